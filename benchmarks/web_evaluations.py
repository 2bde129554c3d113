"""Evaluations of loss and gradient in Python and in a browser, in turn; for web.py.

Each evaluates the same square pictures by the default preset, in processes of its own.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Protocol, Self

from web_browser import BrowserEvaluations
from web_site import serve, squares

HEAD = (
    "| size | what | threads | s, median | least | a second | ratio to Python | loss |\n"
    "|---|---|---|---|---|---|---|---|"
)
WEBGPU_SIDE = 64
_WEBGPU_RUNS = 1


class Evaluations(Protocol):
    """What evaluates a picture."""

    def open(self, side: int) -> None:
        """Prepare square pictures of a side."""

    def evaluate(self) -> tuple[float, float]:
        """Evaluate once; return the seconds and the loss."""


class PythonEvaluations:
    """Evaluations by ortstyle's objective on the processor; a context manager.

    Parameters
    ----------
    threads
        Threads of a session.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._process: subprocess.Popen[str] | None = None

    def open(self, side: int) -> None:
        """Prepare square pictures of a side, in a process that replaces the one before."""
        self._end()
        command = [sys.executable, __file__, str(side), str(self._threads)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def evaluate(self) -> tuple[float, float]:
        """Evaluate once; return the seconds and the loss."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        seconds, loss = map(float, self._process.stdout.readline().split())
        return seconds, loss

    def _end(self) -> None:
        if self._process:
            self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()


@dataclass
class Engine:
    """Something that evaluates, what it is called, and the seconds and the loss found.

    `baseline` is the name of the engine whose times its own are divided by.
    """

    name: str
    threads: int
    evaluations: Evaluations
    baseline: str
    seconds: list[float] = field(default_factory=list)
    loss: float = 0.0


def rows(side: int, engines: Sequence[Engine]) -> list[str]:
    """Return rows of Markdown of engines that have evaluated in turn."""
    found = []
    for engine in engines:
        beside = next(each for each in engines if each.name == engine.baseline)
        pairs = zip(engine.seconds, beside.seconds, strict=False)
        seconds = median(engine.seconds)
        found.append(
            f"| {side} | {engine.name.rpartition(',')[0]} | {engine.threads} | {seconds:.3f} "
            f"| {min(engine.seconds):.3f} | {1 / seconds:.3g} "
            f"| {median(a / b for a, b in pairs):.2f} | {engine.loss:.6g} |"
        )
    return found


def evaluate_in_turn(side: int, engines: Sequence[Engine], runs: int) -> None:
    """Let engines evaluate, one after another and again; the first time is not kept."""
    for engine in engines:
        engine.evaluations.open(side)
        engine.seconds = []
    for run in range(runs + 1):
        for engine in engines:
            seconds, engine.loss = engine.evaluations.evaluate()
            if run:
                engine.seconds.append(seconds)


def measure(site: Path, sides: Sequence[int], *, runs: int, webgpu: bool) -> Iterator[str]:
    """Measure, and yield rows of Markdown as they are found.

    Parameters
    ----------
    site
        A site of `web_site.add_evaluations`.
    sides
        Of the pictures, in pixels.
    runs
        Evaluations of each engine that are kept.
    webgpu
        Whether WebGPU is measured too, on SwiftShader and at 64 pixels, once.
    """
    with ExitStack() as stack:
        isolated = stack.enter_context(serve(site))
        alone = stack.enter_context(serve(site, isolating=False))
        engines = []
        for threads, server in ((1, alone), (2, isolated)):
            python = stack.enter_context(PythonEvaluations(threads))
            name = f"Python,{threads}"
            engines.append(Engine(name, threads, python, name))
            wasm = BrowserEvaluations(server.address, backend="wasm", threads=threads)
            stack.enter_context(wasm)
            kind = "isolated" if wasm.device["isolated"] else "not isolated"
            count = wasm.device["threads"]
            engines.append(Engine(f"WebAssembly, {kind},{count}", count, wasm, name))
        for side in sides:
            evaluate_in_turn(side, engines, runs)
            yield from rows(side, engines)
    if webgpu:
        yield from measure_webgpu(site)


def measure_webgpu(site: Path) -> Iterator[str]:
    """Measure WebGPU on SwiftShader and yield its row of Markdown."""
    with ExitStack() as stack:
        server = stack.enter_context(serve(site))
        python = Engine("Python,2", 2, stack.enter_context(PythonEvaluations(2)), "Python,2")
        browser = BrowserEvaluations(server.address, backend="webgpu", threads=1)
        stack.enter_context(browser)
        name = f"WebGPU on {browser.device['adapter']},2"
        engines = [python, Engine(name, 2, browser, python.name)]
        evaluate_in_turn(WEBGPU_SIDE, engines, _WEBGPU_RUNS)
        yield rows(WEBGPU_SIDE, engines)[1]


def work(side: int, threads: int) -> None:
    """Evaluate once for each line of standard input; print the seconds and the loss."""
    from ortstyle.runtime.threads import limit_threads

    limit_threads(threads)

    from ortstyle.graph.network import Network
    from ortstyle.objective.whole import WholeObjective
    from ortstyle.packaged import packaged_path
    from ortstyle.runtime.device_lookup import find_device
    from ortstyle.settings.settings import Settings

    content, style = squares(side)
    settings = replace(Settings(), size=side, scales=1, precision="float32")
    network = Network.open(packaged_path("models", "vgg19.onnx"))
    with WholeObjective(
        network, content, styles=[style], settings=settings, device=find_device("cpu")
    ) as objective:
        for _ in sys.stdin:
            began = perf_counter()
            loss = objective(content).loss
            print(perf_counter() - began, loss, flush=True)


if __name__ == "__main__":
    work(*map(int, sys.argv[1:]))
