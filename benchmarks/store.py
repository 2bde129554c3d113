"""Measure the store of jobs: the time of each operation with many jobs in it, and the memory.

    pip install ".[cpu]"
    python benchmarks/store.py

Each time is the median and the longest of many calls. The memory is what Python's objects take at
most while all rows are listed, beside the store itself.
"""

import argparse
import platform
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from ortstyle import Settings
from ortstyle.jobs.job import Job, make_job
from ortstyle.jobs.store import State, Store

HASHES = {Path("photo.jpg"): "1" * 64, Path("painting.jpg"): "2" * 64}
PAGE = 100  # rows


def each_job(folder: Path) -> Iterator[Job]:
    """Yield jobs without end, each with an output of its own."""
    content, style = HASHES
    for number in count():
        output = folder / f"{number}.png"
        yield make_job(content, [style], output, settings=Settings(), hash_of=HASHES)


def time_calls(call: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Return the median and the longest time of several calls, in milliseconds."""
    found = []
    for _ in range(repeat):
        began = perf_counter()
        call()
        found.append((perf_counter() - began) * 1e3)
    return median(found), max(found)


def page(store: Store, after: str | None) -> list[str]:
    """List one page of rows."""
    return [row.key for row in islice(store.list(after=after), PAGE)]


def peak(store: Store, rows: int) -> float:
    """Return the memory that Python's objects take at most while so many rows are listed, in MB."""
    tracemalloc.start()
    assert sum(1 for _ in islice(store.list(), rows)) == rows
    found = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return found


def measure(store: Store, jobs: Iterator[Job], repeat: int) -> Iterator[tuple[str, float, float]]:
    """Yield the name and the times of each operation."""
    new = list(islice(jobs, repeat))
    yield "add a job", *time_calls(lambda: store.add([new.pop()]), repeat)
    middle = next(islice(store.list(), store.counts()[State.WAITING] // 2, None)).key
    yield f"list {PAGE} rows, the first", *time_calls(lambda: page(store, None), repeat)
    yield f"list {PAGE} rows in the middle", *time_calls(lambda: page(store, middle), repeat)
    yield "count by state", *time_calls(store.counts, repeat)
    claimed = []
    claim = lambda: claimed.append(store.claim("0" * 16, device="cpu"))
    yield "claim a job", *time_calls(claim, repeat)
    keys = [row.key for row in claimed if row]
    figures = {"seconds": 1.0, "work": 1.0, "sha256": "0" * 64, "device": "cpu"}
    yield "finish a job", *time_calls(lambda: store.finish(keys.pop(), **figures), repeat)
    yield "look for a job that does not wait", *time_calls(lambda: look(store), repeat)
    yield "look for damage", *time_calls(store.check, max(repeat // 20, 1))
    move = lambda: store.move(middle, before=page(store, None)[0])
    yield "move a job to the front", *time_calls(move, repeat)


def look(store: Store) -> None:
    """Look through all jobs that wait."""
    assert store.next_waiting(only=["0"]) is None


def main() -> None:
    """Print a row for each operation."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=200, help="calls each (%(default)s)")
    chosen = parser.parse_args()

    with TemporaryDirectory() as folder, Store(Path(folder, "jobs.sqlite")) as store:
        jobs = each_job(Path(folder))
        began = perf_counter()
        added = list(islice(jobs, chosen.jobs))
        made = perf_counter() - began
        began = perf_counter()
        store.add(added)
        each = (perf_counter() - began) / chosen.jobs * 1e3
        python, sqlite = platform.python_version(), sqlite3.sqlite_version
        print(f"{platform.machine()}, Python {python}, SQLite {sqlite}; {chosen.jobs} jobs\n")
        print("| operation | median (ms) | longest (ms) |")
        print("|---|---|---|")
        print(f"| make a job, of {chosen.jobs} | {made / chosen.jobs * 1e3:.2f} | |")
        print(f"| add a job, of {chosen.jobs} at once | {each:.2f} | |")
        for name, usual, longest in measure(store, jobs, chosen.repeat):
            print(f"| {name} | {usual:.2f} | {longest:.2f} |")
        print("\n| rows listed | peak (MB) |")
        print("|---|---|")
        for rows in (chosen.jobs // 10, chosen.jobs):
            print(f"| {rows} | {peak(store, rows):.2f} |")
        size = store.path.stat().st_size / 1e6
        print(f"\nThe file has {size:.1f} MB.")


if __name__ == "__main__":
    main()
