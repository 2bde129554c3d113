"""Measure the time and peak memory of one evaluation of loss and gradient, beside eager PyTorch.

    pip install ".[cpu,benchmark]"
    python benchmarks/evaluation.py

Each engine runs in a process of its own, so that its peak memory can be told. The engines evaluate
in turn, so that a machine that slows down affects all of them.
"""

import argparse
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "models" / "vgg19.onnx"
EXAMPLES = [ROOT / "ortstyle" / "examples" / name for name in ("photo.jpg", "painting.jpg")]
ENGINES = ("ortstyle", "torch", "torch channels-last")


def noise_pictures(size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return a content and a style picture of blocky noise from a fixed seed."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 255, (2, 1, 3, size // 8, size // 8)).astype(np.float32)
    content, style = coarse.repeat(8, 3).repeat(8, 4)
    return content, style


def ortstyle_objective(size: int) -> Any:
    """Return a function that evaluates ortstyle's objective and returns the loss."""
    from ortstyle import from_preset
    from ortstyle.graph.network import Network
    from ortstyle.objective.whole import WholeObjective
    from ortstyle.runtime.device_lookup import find_device

    content, style = noise_pictures(size)
    objective = WholeObjective(
        Network.open(MODEL),
        content,
        styles=[style],
        settings=from_preset("neural-style", {"tv_weight": 0.0}),
        device=find_device("cpu"),
    ).open()
    return lambda image: objective(image).loss


def torch_objective(size: int, *, channels_last: bool) -> Any:
    """Return a function that evaluates PyTorch's objective and returns the loss."""
    from reference import Reference

    content, style = noise_pictures(size)
    objective = Reference(MODEL, content, style, channels_last=channels_last)
    return lambda image: objective(image)[0]


def peak_memory() -> float:
    """Return the peak resident memory of this process in GB."""
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / 1e9
    if sys.platform == "linux":  # ru_maxrss may be that of the process that forked this one
        status = Path("/proc/self/status").read_text("ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e9
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def serve(engine: str, size: int) -> None:
    """Evaluate once for each line on stdin; print seconds, loss and peak memory on stdout."""
    if engine == "ortstyle":
        evaluate = ortstyle_objective(size)
    else:
        evaluate = torch_objective(size, channels_last="last" in engine)
    image = noise_pictures(size)[0]
    print("ready", flush=True)
    for _ in sys.stdin:
        began = perf_counter()
        loss = evaluate(image)
        print(perf_counter() - began, loss, peak_memory(), flush=True)


class Worker:
    """Runs an engine in a process of its own and collects its times."""

    def __init__(self, engine: str, size: int) -> None:
        command = [sys.executable, __file__, "--work", engine, "--sizes", str(size)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._read()
        self.seconds: list[float] = []
        self.loss = self.memory = 0.0

    def _read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args} died")
        return line

    def evaluate(self, *, count: bool) -> None:
        """Let the engine evaluate once; `count` says whether the time is kept."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        seconds, self.loss, self.memory = map(float, self._read().split())
        if count:
            self.seconds.append(seconds)

    def stop(self) -> None:
        """End the process."""
        self.process.communicate()


def measure(size: int, runs: int, engines: tuple[str, ...]) -> list[str]:
    """Measure one size and return rows of a Markdown table, one an engine."""
    workers = {engine: Worker(engine, size) for engine in engines}
    for run in range(runs + 1):
        for worker in workers.values():
            worker.evaluate(count=run > 0)
    for worker in workers.values():
        worker.stop()
    baseline = workers["torch"].seconds if "torch" in workers else None
    rows = []
    for engine, worker in workers.items():
        ratios = [a / b for a, b in zip(worker.seconds, baseline or worker.seconds, strict=True)]
        rows.append(
            f"| {size} | {engine} | {median(worker.seconds):.3f} | {median(ratios):.2f} "
            f"| {worker.memory:.2f} | {worker.loss:.6g} |"
        )
    return rows


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024, 2048])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        serve(arguments.work, arguments.sizes[0])
        return
    packages = ["ortstyle", "onnxruntime", "numpy"]
    packages += ["torch"] if any("torch" in name for name in arguments.engines) else []
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    print()
    print("| size | engine | seconds | ratio to torch | peak memory, GB | loss |")
    print("|---|---|---|---|---|---|")
    for size in arguments.sizes:
        for row in measure(size, arguments.runs, tuple(arguments.engines)):
            print(row, flush=True)


if __name__ == "__main__":
    main()
