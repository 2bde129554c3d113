"""How a studio is at a moment: what its server holds, what it has started and what is on disk."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

import psutil

_MEGABYTE = 1e6
_BYTES = ("rss", "pss", "children", "folder")


@dataclass(frozen=True)
class Sample:
    """How the studio was at a moment.

    Attributes
    ----------
    minutes
        Since the beginning.
    done, failed
        Paintings so far.
    rss, pss
        Bytes of the server's memory; `pss` counts shared pages in parts, 0 where it is unknown.
    descriptors, threads
        Of the server; handles instead of descriptors on Windows.
    children
        Bytes of the memory of the processes that it has started.
    files, folder
        Number and bytes of the files in its folder.
    tabs
        How often the other tab has come.
    """

    minutes: float
    done: int
    failed: int
    rss: int
    pss: int
    descriptors: int
    threads: int
    children: int
    files: int
    folder: int
    tabs: int


def sample(
    process: psutil.Process, folder: Path, *, minutes: float, done: int, failed: int, tabs: int
) -> Sample:
    """Return how the server of a studio and its folder are now; the rest is as it is told."""
    files = [size for size in map(_size_of, folder.rglob("*")) if size is not None]
    with process.oneshot():
        return Sample(
            minutes=minutes,
            done=done,
            failed=failed,
            rss=process.memory_info().rss,
            pss=getattr(process.memory_full_info(), "pss", 0),
            descriptors=process.num_fds() if psutil.POSIX else process.num_handles(),
            threads=process.num_threads(),
            children=sum(_memory_of(process.children(recursive=True))),
            files=len(files),
            folder=sum(files),
            tabs=tabs,
        )


def _size_of(path: Path) -> int | None:
    with suppress(OSError):
        return path.stat().st_size if path.is_file() else None
    return None


def _memory_of(processes: Sequence[psutil.Process]) -> Iterator[int]:
    for each in processes:
        with suppress(psutil.Error):
            yield each.memory_info().rss


def after_warm_up(samples: Sequence[Sample], jobs: int) -> list[Sample]:
    """Return the samples since so many paintings were done."""
    return [sample for sample in samples if sample.done >= jobs]


def growth(samples: Sequence[Sample], name: str) -> float:
    """Return by how much a figure is larger in the last fifth of some samples than in the first.

    The medians of both are compared, because a figure goes up and down with what is going on.
    """
    values = [float(getattr(sample, name)) for sample in samples]
    part = max(1, len(values) // 5)
    return median(values[-part:]) - median(values[:part])


def row(sample: Sample) -> str:
    """Return a row of the table of samples."""
    found = [f"{sample.minutes:.1f}"]
    for each in fields(sample)[1:]:
        value = getattr(sample, each.name)
        found.append(f"{value / _MEGABYTE:.1f}" if each.name in _BYTES else str(value))
    return "| " + " | ".join(found) + " |"


HEAD = (
    "| min | done | failed | RSS, MB | PSS, MB | descriptors | threads | children, MB | files | "
    "folder, MB | tabs |\n|" + "---|" * len(fields(Sample))
)
