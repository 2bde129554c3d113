"""Measure what commands take before anything is painted: processor, time, and peak memory.

    pip install ".[cpu]"
    python benchmarks/start.py

Each figure is the median of several processes; the commands run in turn. `render` is stopped when
it has printed its first line, which says the size and the memory of the run; with ``--trace`` when
the loss of the first iterate is known. A peak is never less than that of this script, which starts
the processes. On Linux and macOS.
"""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from evaluation import noise_pictures
from PIL import Image


def measure(arguments: Sequence[str]) -> tuple[float, float, float]:
    """Return the processor's seconds, the seconds and the peak in MB that a command takes."""
    command = [sys.executable, "-m", "ortstyle", *arguments]
    began = perf_counter()
    stops = arguments[0] == "render"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        if "--trace" in arguments:
            _wait_for_loss(Path(arguments[-1]), process)
        elif stops:
            assert process.stderr.readline(), "nothing was printed"
        if stops:
            process.kill()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert stops or not process.returncode, process.stderr.read().decode()
    unit = 1 if sys.platform == "darwin" else 1024
    seconds = perf_counter() - began
    return used.ru_utime + used.ru_stime, seconds, used.ru_maxrss * unit / 1e6


def _wait_for_loss(trace: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a run has traced its first loss, and remove the trace."""
    while not trace.exists() or b'"loss"' not in trace.read_bytes():
        assert process.poll() is None, "the run has ended"
        sleep(0.005)
    trace.unlink()


def main() -> None:
    """Print a row for each command."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 4096, 16384])
    parser.add_argument("--repeat", type=int, default=5, help="processes a command (%(default)s)")
    chosen = parser.parse_args()

    with TemporaryDirectory() as folder:
        pictures = [str(Path(folder, name)) for name in ("photo.png", "painting.png")]
        for name, array in zip(pictures, noise_pictures(512), strict=True):
            Image.fromarray(array[0].transpose(1, 2, 0).round().astype("uint8")).save(name)
        result = str(Path(folder, "result.png"))
        commands = [["--version"], ["--help"], ["presets"]]
        commands += [["plan", *pictures, "--size", str(size)] for size in chosen.sizes]
        commands += [
            ["render", *pictures, "--size", str(size), "-o", result] for size in chosen.sizes
        ]
        commands.append(
            ["render", *pictures, "-o", result, "--trace", str(Path(folder, "trace.jsonl"))]
        )
        found: list[list[tuple[float, float, float]]] = [[] for _ in commands]
        for _ in range(chosen.repeat):
            for figures, command in zip(found, commands, strict=True):
                figures.append(measure(command))
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, ",
        end="",
    )
    print(f"onnx {version('onnx')}, onnx_ir {version('onnx-ir')}; median of {chosen.repeat}\n")
    print("| command | processor (s) | time (s) | peak (MB) |")
    print("|---|---|---|---|")
    for command, figures in zip(commands, found, strict=True):
        shown = " ".join(part for part in command if not part.startswith(folder) and part != "-o")
        processor, seconds, peak = (median(column) for column in zip(*figures, strict=True))
        print(f"| {shown} | {processor:.2f} | {seconds:.2f} | {peak:.0f} |")


if __name__ == "__main__":
    main()
