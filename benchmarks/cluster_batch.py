"""Compare a batch on a cluster of two worker processes with the same batch in one process.

    pip install ".[cpu,cluster,benchmark]"
    python benchmarks/cluster_batch.py [--photographs 12] [--size 192] [--iterations 20]

The same small pictures are painted by one worker process, by two, by a Dask cluster of two workers
on this machine, and by such a cluster of which a worker is killed in the middle. Every worker has
one thread. Printed are the times, and how many pictures differ by a byte from those of one process.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from threading import Timer
from typing import Any

from killed_batch import paint_inputs, pictures

from ortstyle.runtime.threads import limit_threads


def main() -> None:
    """Run the batches and print how they compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--photographs", type=int, default=12)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--iterations", type=int, default=20)
    options = parser.parse_args()
    limit_threads(1)  # before NumPy's libraries read it in the processes to come
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paint_inputs(folder / "photographs", options.photographs, seed=1)
        paint_inputs(folder / "styles", 1, seed=1000)
        command = [sys.executable, "-m", "ortstyle", "batch", str(folder / "photographs")]
        command += ["--style", str(folder / "styles"), "--size", str(options.size), "--quiet"]
        command += ["--iterations", str(options.iterations)]
        one = timed([*command, "--device", "cpu", "--threads", "1"], folder / "one")
        two = timed([*command, "--device", "cpu,cpu", "--threads", "2"], folder / "two")
        print(f"one process: {one:.1f} s; two processes: {two:.1f} s, {two / one:.2f} of it")
        for title, kills in (("cluster", False), ("cluster, a worker killed", True)):
            seconds = on_cluster(command, folder / title, kill_after=one / 4 if kills else None)
            print(f"{title}: {seconds:.1f} s, {seconds / one:.2f} of one process")
        for other in ("two", "cluster", "cluster, a worker killed"):
            print(f"{other}: {differences(folder / 'one', folder / other)} pictures differ")


def timed(command: Sequence[str], output: Path) -> float:
    """Run a batch; return the seconds that it took."""
    began = time.perf_counter()
    subprocess.run([*command, "-o", str(output)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def on_cluster(command: Sequence[str], output: Path, *, kill_after: float | None) -> float:
    """Run a batch on a new cluster of two workers; return the seconds that it took."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        killer: Any = nullcontext()
        if kill_after is not None:
            killer = Killing(kill_after, lambda: kill_a_worker(cluster))
        with killer:
            if kill_after is not None:  # so that a picture is sent in several parts
                command = [*command, "--checkpoint-every", "0.05"]
            return timed([*command, "--scheduler", cluster.scheduler_address], output)


class Killing:
    """Calls a function after some seconds, unless the block has ended."""

    def __init__(self, seconds: float, kill: Callable[[], None]) -> None:
        self._timer = Timer(seconds, kill)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()


def kill_a_worker(cluster: Any) -> None:
    """Kill the process of a worker; its nanny starts another one."""
    nanny = next(iter(cluster.workers.values()))
    os.kill(nanny.process.pid, 9)
    print(f"killed process {nanny.process.pid}")


def differences(one: Path, other: Path) -> int:
    """Return how many pictures of a folder are missing in another or differ from those there."""
    found = 0
    for path in pictures(one):
        same = other / path.relative_to(one)
        found += not same.exists() or same.read_bytes() != path.read_bytes()
    return found


if __name__ == "__main__":
    main()
