"""Measure how much sooner a worker's second and later jobs start than a fresh `render`.

    pip install ".[cpu]"
    python benchmarks/start_of_jobs.py

A start is the time until the first evaluation begins, and until it ends: of `render` from the start
of its process, of a job from the command to a worker that has painted a job of the same size. Each
has a content of its own; the painting is always the same. Renders and jobs take turns, all with one
thread.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from time import time
from typing import IO, Any

import numpy as np
from PIL import Image

from ortstyle.jobs.job import make_job
from ortstyle.runtime.threads import limit_threads
from ortstyle.settings.settings import Settings

ITERATIONS = 3  # one evaluation for each scale of 512 pixels
# Runs a module in a process that tells on standard error when each evaluation begins and ends.
TELLING = """
import runpy, sys
from time import time
module, *sys.argv[1:] = sys.argv[1:]

def tell_evaluations():
    from ortstyle.run.descent import Descent

    def evaluate(self, real=Descent.evaluate):
        began = time()
        found = real(self)
        print("evaluated", began, time(), file=sys.stderr, flush=True)
        return found

    Descent.evaluate = evaluate

tell_evaluations()
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
Start = tuple[float, float]
"""Seconds until the first evaluation begins, and until it ends."""


class Process:
    """A process that tells when it evaluates, and what it tells."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", TELLING, module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._evaluations: list[Start] = []
        self._told: list[str] = []
        self._reader = Thread(target=self._read, args=(self._process.stderr,), daemon=True)
        self._reader.start()

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            if line.startswith("evaluated "):
                begins, ends = map(float, line.split()[1:])
                self._evaluations.append((begins, ends))
            else:
                self._told.append(line)

    def send(self, command: dict[str, Any]) -> None:
        """Send a command to a worker."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(command)}\n")
        self._process.stdin.flush()

    def wait_for(self, kind: str) -> None:
        """Wait for an event of a worker."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            assert event["kind"] != "failed", line
            if event["kind"] == kind:
                return
        raise AssertionError("".join(self._told))

    def end(self) -> None:
        """Close standard input and wait for the end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.read()
        status = self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        assert not status, "".join(self._told)

    def first_since(self, moment: float) -> Start:
        """Return the start of the first evaluation after a moment."""
        begins, ends = next(found for found in self._evaluations if found[0] > moment)
        return begins - moment, ends - moment


def render_start(pictures: tuple[Path, Path], result: Path, settings: Settings) -> Start:
    """Return the start of a `render` in a process of its own."""
    began = time()
    process = Process(
        "ortstyle",
        "render",
        *map(str, pictures),
        *("--size", str(settings.size), "--iterations", str(settings.iterations)),
        *("--device", "cpu", "-o", str(result)),
    )
    process.end()
    return process.first_since(began)


def job_start(
    worker: Process, pictures: tuple[Path, Path], result: Path, settings: Settings
) -> Start:
    """Return the start of a job that a worker paints, once it is done."""
    content, painting = pictures
    job = make_job(content, [painting], result, settings=settings, device="cpu", threads=1)
    checkpoint = str(result.with_suffix(".checkpoint"))
    began = time()
    worker.send({"command": "run", "job": job.to_dict(), "checkpoint": checkpoint})
    worker.wait_for("ready")
    return worker.first_since(began)


def write_picture(path: Path, side: int, seed: int) -> Path:
    """Write noise of the proportions 4:3."""
    rng = np.random.default_rng(seed)
    Image.fromarray(rng.integers(0, 256, (side * 3 // 4, side, 3), np.uint8)).save(path)
    return path


def measure(folder: Path, side: int, repeat: int) -> tuple[list[Start], list[Start]]:
    """Return the starts of renders and of jobs that are not a worker's first."""
    settings = Settings(size=side, iterations=ITERATIONS)
    painting = write_picture(folder / f"painting-{side}.png", side, 0)
    renders, jobs = [], []
    worker = Process("ortstyle.jobs.worker", "--threads", "1")
    worker.wait_for("ready")
    for number in range(repeat + 1):
        content = write_picture(folder / f"content-{side}-{number}.png", side, 1 + number)
        pictures = content, painting
        job = job_start(worker, pictures, folder / f"job-{side}-{number}.png", settings)
        if number:
            jobs.append(job)
            result = folder / f"render-{side}-{number}.png"
            renders.append(render_start(pictures, result, settings))
    worker.end()
    return renders, jobs


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--repeat", type=int, default=5, help="of each kind (%(default)s)")
    chosen = parser.parse_args()
    limit_threads(1)
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, onnxruntime {version('onnxruntime')}; one thread, median of "
        f"{chosen.repeat}\n"
    )
    print("| size | first evaluation | `render` (s) | later job (s) | times sooner |")
    print("|---|---|---|---|---|")
    with TemporaryDirectory() as folder:
        for side in chosen.sizes:
            found = measure(Path(folder), side, chosen.repeat)
            for index, what in enumerate(("begins", "ends")):
                render, job = (median(start[index] for start in starts) for starts in found)
                print(f"| {side} | {what} | {render:.2f} | {job:.2f} | {render / job:.1f} |")


if __name__ == "__main__":
    main()
