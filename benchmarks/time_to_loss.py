"""Measure how long ortstyle takes to reach the loss of eager PyTorch after 300 evaluations.

    pip install ".[cpu,benchmark]"
    python benchmarks/time_to_loss.py                                # the example pictures
    python benchmarks/time_to_loss.py --pair PHOTO PAINTING --pair PHOTO PAINTING --size 512

The objective is that of the preset neural-style without total variation, and the start is the
content picture. PyTorch uses `torch.optim.LBFGS` with 100 curvature pairs, as the published
implementation does; ortstyle uses its default optimiser. Each runs in a process of its own, and
they evaluate in turn, so that a machine that slows down affects both. The time to open the model is
not counted.
"""

import argparse
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from evaluation import EXAMPLES, MODEL

OBJECTIVE = {"tv_weight": 0.0, "init": "content"}
OPTIMIZER = {"step": "line-search", "spectral": 0.5, "history": 20}


def read_pictures(pair: list[str], size: int) -> Any:
    """Read content and style as arrays."""
    from ortstyle.pictures.picture import resize_to_side, to_array
    from ortstyle.pictures.read import read_rgb

    opened = (read_rgb(path, name=path, max_pixels=10**9) for path in pair)
    return [to_array(resize_to_side(picture, size)) for picture in opened]


def ortstyle_losses(pair: list[str], size: int) -> Iterator[float]:
    """Yield 0 once the objective is open, then ortstyle's loss at each evaluation."""
    from ortstyle import from_preset
    from ortstyle.graph.network import Network
    from ortstyle.objective.whole import WholeObjective
    from ortstyle.run.descent import Descent
    from ortstyle.runtime.device_lookup import find_device

    content, style = read_pictures(pair, size)
    settings = from_preset("neural-style", OBJECTIVE | OPTIMIZER)
    with WholeObjective(
        Network.open(MODEL), content, styles=[style], settings=settings, device=find_device("cpu")
    ) as objective:
        descent = Descent(objective, content, settings)
        yield 0.0
        while True:
            yield descent.evaluate().loss


def torch_losses(pair: list[str], size: int) -> Iterator[float]:
    """Yield 0 once the objective is open, then PyTorch's loss at each evaluation."""
    import threading
    from queue import Queue

    import torch
    from reference import Reference

    content, style = read_pictures(pair, size)
    objective = Reference(MODEL, content, style)
    image = torch.from_numpy(content.copy()).requires_grad_()
    optimizer = torch.optim.LBFGS([image], lr=1, max_iter=10**6, max_eval=10**6, history_size=100,
        tolerance_change=-1, tolerance_grad=-1)  # fmt: skip
    losses: Queue[float] = Queue()
    turns: Queue[None] = Queue()

    last: list[float] = []

    def closure() -> Any:
        # A loss is handed over when the next one is asked for, so that the time of an evaluation
        # includes the optimiser's own work after it.
        for loss in last:
            losses.put(loss)
        turns.get()
        loss, _, gradient = objective(image.detach().numpy())
        image.grad = torch.from_numpy(gradient)
        last[:] = [loss]
        return torch.tensor(loss)

    yield 0.0
    threading.Thread(target=lambda: optimizer.step(closure), daemon=True).start()
    while True:
        turns.put(None)
        yield losses.get()


def serve(engine: str, pair: list[str], size: int) -> None:
    """Evaluate once for each line on stdin; print its seconds and loss on stdout."""
    losses = (ortstyle_losses if engine == "ortstyle" else torch_losses)(pair, size)
    next(losses)
    print("ready", flush=True)
    for _ in sys.stdin:
        began = perf_counter()
        loss = next(losses)
        print(perf_counter() - began, loss, flush=True)


class Worker:
    """Runs an engine in a process of its own and collects its times and losses."""

    def __init__(self, engine: str, pair: list[str], size: int) -> None:
        command = [sys.executable, __file__, "--work", engine, "--pair", *pair, "--size", str(size)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._read()
        self.seconds, self.losses = [0.0], [float("inf")]

    def _read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args} died")
        return line

    def evaluate(self) -> None:
        """Let the engine evaluate once."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        seconds, loss = map(float, self._read().split())
        self.seconds.append(self.seconds[-1] + seconds)
        self.losses.append(loss)


def measure(pair: list[str], size: int, evaluations: int) -> str:
    """Measure one pair and return a row of a Markdown table."""
    workers = [Worker(engine, pair, size) for engine in ("ortstyle", "torch")]
    ortstyle, torch = workers
    for n in range(evaluations):
        torch.evaluate()
        if n < evaluations * 3 // 5:
            ortstyle.evaluate()
    target = torch.losses[evaluations]
    while min(ortstyle.losses) > target and len(ortstyle.losses) <= evaluations:
        ortstyle.evaluate()
    reached = next((n for n, loss in enumerate(ortstyle.losses) if loss <= target), None)
    for worker in workers:
        worker.process.kill()
    if reached is None:
        return f"| {size} | {target:.4g} | {torch.seconds[-1]:.0f} | – | > {evaluations} | – | – |"
    ratio = ortstyle.seconds[reached] / torch.seconds[-1]
    each = [w.seconds[-1] / (len(w.seconds) - 1) for w in workers]
    return (
        f"| {size} | {target:.4g} | {torch.seconds[-1]:.0f} | {ortstyle.seconds[reached]:.0f} "
        f"| {reached} | {each[0] / each[1]:.2f} | {ratio:.2f} |"
    )


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", nargs=2, action="append")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--evaluations", type=int, default=300)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    pairs = arguments.pair or [list(map(str, EXAMPLES))]
    if arguments.work:
        serve(arguments.work, pairs[0], arguments.size)
        return
    packages = ("ortstyle", "onnxruntime", "torch", "numpy")
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    print(f"\nPyTorch: {arguments.evaluations} evaluations\n")
    print("| pair | size | loss | PyTorch, s | ortstyle, s | evaluations | evaluation, ratio "
          "| time to loss, ratio |")  # fmt: skip
    print("|---" * 8 + "|")
    for pair in pairs:
        names = " × ".join(Path(path).stem for path in pair)
        print(f"| {names} {measure(pair, arguments.size, arguments.evaluations)}", flush=True)


if __name__ == "__main__":
    main()
