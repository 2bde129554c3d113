"""Measure the time that the optimiser adds to an evaluation once its history is full.

    pip install ".[cpu]"
    python benchmarks/optimizer.py

An iteration of the default optimiser is one evaluation of loss and gradient, and the optimiser's
own work: inner products, the direction, and cosine transforms, which it makes up to 512 pixels and
at the coarsest scale. Here every size is the coarsest scale.
"""

import argparse
import platform
from importlib.metadata import version
from statistics import median
from time import perf_counter
from typing import Any

from evaluation import MODEL, noise_pictures

from ortstyle import from_preset
from ortstyle.graph.network import Network
from ortstyle.objective.objective import Evaluation
from ortstyle.objective.whole import WholeObjective
from ortstyle.run.descent import Descent
from ortstyle.runtime.device_lookup import find_device


class TimedObjective(WholeObjective):
    """An objective that measures how long its last evaluation took."""

    seconds = 0.0

    def __call__(self, image: Any) -> Evaluation:
        """Evaluate and measure the time."""
        began = perf_counter()
        found = super().__call__(image)
        self.seconds = perf_counter() - began
        return found


def measure(size: int, history: int, runs: int) -> str:
    """Measure one size and length of the history and return a row of a Markdown table."""
    content, style = noise_pictures(size)
    settings = from_preset("default", {"history": history})
    network = Network.open(MODEL)
    cpu = find_device("cpu")
    evaluation, optimizer = [], []
    with TimedObjective(
        network, content, styles=[style], settings=settings, device=cpu
    ) as objective:
        descent = Descent(objective, content, settings)
        for n in range(history + 5 + runs):
            began = perf_counter()
            descent.evaluate()
            descent.picture()
            if n >= history + 5:
                evaluation.append(objective.seconds)
                optimizer.append(perf_counter() - began - objective.seconds)
    share = median(b / (a + b) for a, b in zip(evaluation, optimizer, strict=True))
    return (
        f"| {size} | {history} | {median(evaluation) * 1e3:.0f} | {median(optimizer) * 1e3:.1f} "
        f"| {share:.1%} |"
    )


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024])
    parser.add_argument("--histories", type=int, nargs="+", default=[20])
    parser.add_argument("--runs", type=int, default=10)
    arguments = parser.parse_args()
    packages = ("ortstyle", "onnxruntime", "numpy")
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    print("\n| size | pairs | evaluation, ms | optimiser, ms | share |\n|---|---|---|---|---|")
    for size in arguments.sizes:
        for history in arguments.histories:
            print(measure(size, history, arguments.runs), flush=True)


if __name__ == "__main__":
    main()
