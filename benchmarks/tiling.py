"""Measure the time for each pixel in tiles and in a whole picture, and the peak memory.

    pip install ".[cpu]"
    python benchmarks/tiling.py --sizes 2048 4096 --memory 4GB

Each row is measured in a process of its own. It plans for the memory budget, makes the objective
and the optimiser as a run does, fills the history of L-BFGS, and times evaluations in tiles with
the optimiser's steps. Then it times evaluations of a whole picture whose longest side has `--whole`
pixels. The pictures are the enlarged examples.
"""

import argparse
import subprocess
import sys
from statistics import median
from time import perf_counter
from typing import Any

from evaluation import EXAMPLES, peak_memory

from ortstyle.graph.network import Network
from ortstyle.memory.amounts import parse_memory
from ortstyle.memory.planner import Planner
from ortstyle.objective.whole import WholeObjective
from ortstyle.optim.storage import release_pages
from ortstyle.packaged import packaged_path
from ortstyle.run.descent import Descent
from ortstyle.run.inputs import Inputs
from ortstyle.run.objective_factory import ObjectiveFactory
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings


def measure(size: int, memory: str, whole: int, evaluations: int) -> None:
    """Measure one size and print its row."""
    settings, device = Settings(size=size, scales=1), find_device("cpu")
    network = Network.open(packaged_path("models", "vgg19.onnx"))
    inputs = Inputs.read(str(EXAMPLES[0]), [str(EXAMPLES[1])], settings)
    planner = Planner(network, settings, budget=parse_memory(memory))
    factory = ObjectiveFactory(inputs, network, settings, device, planner=planner)
    plan = factory.plan(size)
    tiled, start = factory.make(size, settings.schedule()).open(), inputs.start(size, network)
    descent = Descent(tiled, start, settings, history=plan.history, storage=plan.vectors)
    del start
    fill(descent, plan.history)
    times, steps = [], []
    for _ in range(evaluations):
        began = perf_counter()
        descent.evaluate()
        steps.append((perf_counter() - began) / (plan.size[0] * plan.size[1]))
    peak = peak_memory()
    scaled = inputs.at(whole)
    pixels = scaled.content.shape[2] * scaled.content.shape[3]
    with WholeObjective(
        network, scaled.content, styles=scaled.styles, settings=settings, device=device
    ) as objective:
        for _ in range(evaluations + 1):
            began = perf_counter()
            objective(scaled.content)
            times.append((perf_counter() - began) / pixels)
    in_tiles, as_whole = median(steps) * 1e6, median(times[1:]) * 1e6  # µs for a pixel
    kept = plan.storage_text or "–"
    height, width = plan.size
    print(
        f"| {width}×{height} | {memory} | {plan.tile_text} | {kept} | {plan.memory / 1e9:.2f} "
        f"| {peak:.2f} | {in_tiles * width * height / 1e6:.1f} | {in_tiles:.2f} "
        f"| {in_tiles / as_whole:.2f} |"
    )


def fill(descent: Descent, history: int) -> None:
    """Write to all rows of the history, because memory is only taken once it is written to."""
    optimizer: Any = descent.optimizer  # spectral variables around L-BFGS
    x = optimizer._inner.ask()  # noqa: SLF001  only a benchmark needs this
    vectors = optimizer._inner._vectors  # noqa: SLF001
    for rows in (vectors._s, vectors._y):  # noqa: SLF001
        for row in range(history + 1):
            rows.write(row, x, previous=x)
    release_pages()


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2048, 4096])
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--whole", type=int, default=768)
    parser.add_argument("--evaluations", type=int, default=3)
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        measure(arguments.work, arguments.memory, arguments.whole, arguments.evaluations)
        return
    figures = "predicted, GB | peak, GB | s | µs/px | ratio to whole |"
    print(f"| size | budget | painted | kept elsewhere | {figures}")
    print("|---" * 9 + "|", flush=True)
    for size in arguments.sizes:
        options = ["--work", str(size), "--memory", arguments.memory]
        options += ["--whole", str(arguments.whole), "--evaluations", str(arguments.evaluations)]
        subprocess.run([sys.executable, __file__, *options], check=True)


if __name__ == "__main__":
    main()
