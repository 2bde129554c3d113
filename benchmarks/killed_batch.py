"""Kills a batch again and again, and compares its pictures with those of an undisturbed batch.

    python benchmarks/killed_batch.py [--photographs 40] [--styles 3] [--kills 20] [--seed 0]

A folder of small pictures is painted with some styles twice: once undisturbed, and once while the
supervisor or one of its workers is killed (SIGKILL) at random moments and the command is typed
again each time. Printed are the kills, how many pictures are there, how many differ by a byte, how
many were written more than once (by their inode and time), and what was left beside them.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

_SIZE = 64  # pixels of the longest side of a result


def main() -> None:
    """Paint both batches and print how they compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--photographs", type=int, default=40)
    parser.add_argument("--styles", type=int, default=3)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--iterations", type=int, default=6)
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311  moments, no secrets
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paint_inputs(folder / "photographs", options.photographs, seed=1)
        paint_inputs(folder / "styles", options.styles, seed=1000)
        command = batch_command(folder, iterations=options.iterations)
        began = time.perf_counter()
        subprocess.run([*command, "-o", folder / "calm"], check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        print(f"undisturbed: {len(pictures(folder / 'calm'))} pictures in {seconds:.0f} s")
        watch = Watch(folder / "killed")
        kills = {"supervisor": 0, "worker": 0}
        while sum(kills.values()) < options.kills:
            kills[disturb([*command, "-o", folder / "killed"], watch, rng, seconds)] += 1
            if len(pictures(folder / "killed")) == len(pictures(folder / "calm")):
                break
        last = subprocess.run([*command, "-o", folder / "killed"], check=False)
        watch.look()
        print(f"killed: {kills}, then run to its end (exit code {last.returncode})")
        report(folder / "calm", folder / "killed", watch)


def paint_inputs(folder: Path, count: int, *, seed: int) -> None:
    """Write pictures of smooth colours with edges, each from its own seed."""
    folder.mkdir()
    for index in range(count):
        rng = np.random.default_rng(seed + index)
        small = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        image = Image.fromarray(small).resize((96, 72), Image.Resampling.BICUBIC)
        image.paste(tuple(map(int, rng.integers(0, 255, 3))), (20, 10, 60, 50))
        image.save(folder / f"picture-{index:03}.png")


def batch_command(folder: Path, *, iterations: int) -> list[str]:
    """Return the command, without the folder of the results."""
    command = [sys.executable, "-m", "ortstyle", "batch", str(folder / "photographs")]
    command += ["--style", str(folder / "styles"), "--size", str(_SIZE), "--quiet"]
    return [*command, "--iterations", str(iterations), "--threads", "1", "--device", "cpu,cpu"]


def disturb(command: Sequence[object], watch: "Watch", rng: random.Random, calm: float) -> str:
    """Start the batch and kill a part of it at a random moment; return which."""
    victim = rng.choice(["supervisor", "worker"])
    process = psutil.Popen([str(part) for part in command])
    time.sleep(rng.uniform(1.0, max(4.0, calm / 8)))
    watch.look()
    if victim == "worker":
        workers = process.children(recursive=True) if process.is_running() else []
        if workers:
            rng.choice(workers).kill()
        time.sleep(rng.uniform(0.0, 3.0))  # the supervisor goes on, and is killed with the rest
    process.kill()
    process.wait()
    watch.look()
    return victim


class Watch:
    """Notices when a picture that was there has been written again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._seen = folder, dict[Path, tuple[int, int]]()
        self.again: list[Path] = []

    def look(self) -> None:
        """Compare the pictures with those seen before."""
        for path in pictures(self._folder):
            found = path.stat()
            mark = found.st_ino, found.st_mtime_ns
            if self._seen.setdefault(path, mark) != mark:
                self.again.append(path)
                self._seen[path] = mark


def pictures(folder: Path) -> list[Path]:
    """Return the results in a folder."""
    return sorted(path for path in folder.rglob("*.png") if not path.name.startswith("."))


def litter(folder: Path) -> Iterator[Path]:
    """Yield what is left in a folder beside results, report and store."""
    for path in folder.rglob("*"):
        is_kept = path.suffix == ".png" and not path.name.startswith(".")
        if path.is_file() and not is_kept and path.name not in ("report.jsonl", "jobs.sqlite"):
            yield path.relative_to(folder)


def report(calm: Path, killed: Path, watch: Watch) -> None:
    """Print how the pictures of the two batches compare."""
    names = [path.relative_to(calm) for path in pictures(calm)]
    there = [name for name in names if (killed / name).exists()]
    different = [n for n in there if (calm / n).read_bytes() != (killed / n).read_bytes()]
    print(f"pictures: {len(there)} of {len(names)}; different: {len(different)}")
    print(f"written again: {len(watch.again)}; left: {[str(path) for path in litter(killed)]}")


if __name__ == "__main__":
    main()
