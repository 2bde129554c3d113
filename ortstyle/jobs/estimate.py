"""Time left, from what jobs took on each device: seconds = overhead + rate × work.

The work of a job is the number of its evaluations times the pixels of each. Overhead and rate are
learnt from jobs that are done; a job that is being painted tells more, the further it is.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import prod
from statistics import median
from typing import Any

from ortstyle.errors import OrtStyleError
from ortstyle.jobs.events import Event
from ortstyle.jobs.job import Job
from ortstyle.jobs.row import Row, State, known_number
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.video.estimate import estimate_film

#: Width and height of a photograph of which nothing is known.
USUAL = (4000, 3000)

#: Frames of a film of which nothing is known.
USUAL_FRAMES = 250

_RECENT = 8  # jobs of a device that count
_ALIKE = 1.2  # works that differ by a smaller factor tell nothing about the overhead


@dataclass(frozen=True)
class Timing:
    """What a job took: its work, and seconds."""

    work: float
    seconds: float


@dataclass(frozen=True)
class Speed:
    """How fast a device is: seconds that each job takes besides, and seconds for each work."""

    overhead: float
    rate: float

    def seconds(self, work: float) -> float:
        """Return the seconds that a job takes."""
        return self.overhead + self.rate * work


def work_of(job: Job, proportions: tuple[int, int], *, frames: int | None = None) -> float:
    """Return the sum of evaluations times pixels over the scales of a job, of a film in all frames.

    Parameters
    ----------
    job
        The job.
    proportions
        Width and height of the content, or of the result. For the size "content" they are those of
        the content in pixels.
    frames
        The frames of a film; None if they are not known.
    """
    settings = job.settings
    if settings.size == "content":
        settings = replace(settings, size=max(proportions))
    if job.film is not None:
        size = scaled_size(proportions, settings.side)
        found = estimate_film(frames or USUAL_FRAMES, size, settings, job.film.settings)
        return found.work * prod(size)
    sizes = [(scaled_size(proportions, side), count) for side, count in settings.schedule()]
    return float(sum(count * width * height for (width, height), count in sizes))


def speed_of(timings: Sequence[Timing]) -> Speed | None:
    """Return the speed of a device from what jobs took there; None if there were none.

    It is the line of Theil and Sen, whose slope is the median of those between two jobs, so that a
    job during which the computer slept does not count. Neither overhead nor rate is negative.
    """
    if not timings:
        return None
    proportional = median(each.seconds / each.work for each in timings)
    works = [each.work for each in timings]
    if max(works) < _ALIKE * min(works):
        return Speed(0.0, proportional)
    slopes = [
        (b.seconds - a.seconds) / (b.work - a.work)
        for a, b in combinations(timings, 2)
        if max(a.work, b.work) >= _ALIKE * min(a.work, b.work)
    ]
    rate = min(max(median(slopes), 0.0), proportional)
    overhead = max(median(each.seconds - rate * each.work for each in timings), 0.0)
    return Speed(overhead, rate)


def blend(measured: float | None, learnt: float | None, *, share: float) -> float | None:
    """Return the seconds left of a job that is being painted.

    Parameters
    ----------
    measured
        What its own evaluations say; None before the first one.
    learnt
        What earlier jobs say; None if there were none.
    share
        The part of its work that is done, 0 to 1: the more, the more `measured` counts.
    """
    if measured is None or learnt is None:
        return learnt if measured is None else measured
    return share * measured + (1 - share) * learnt


def makespan(workers: Sequence[tuple[float, Speed]], works: Iterable[float]) -> float:
    """Return in how many seconds all workers have ended that take jobs from one queue.

    Parameters
    ----------
    workers
        Seconds until each worker can take a job, and how fast it is.
    works
        The work of each job, in the order of the queue.
    """
    free = [(seconds, number) for number, (seconds, _) in enumerate(workers)]
    heapq.heapify(free)
    for work in works:
        seconds, number = free[0]
        heapq.heapreplace(free, (seconds + workers[number][1].seconds(work), number))
    return max(seconds for seconds, _ in free)


@dataclass(frozen=True)
class _Progress:
    """How far a job is: the seconds that it took, and those left by its own evaluations."""

    seconds: float
    seconds_left: float

    @classmethod
    def of(cls, figures: Mapping[str, Any]) -> "_Progress | None":
        """Read the figures of the event "progress"."""
        seconds = known_number(figures.get("seconds"))
        left = known_number(figures.get("seconds_left"))
        return None if not seconds or left is None else cls(seconds, left)

    @property
    def share(self) -> float:
        """The part that is done, 0 to 1."""
        return self.seconds / (self.seconds + self.seconds_left)


class Estimator:
    """Learns from jobs and their events how fast devices are, and estimates the time left.

    Parameters
    ----------
    devices
        The device of each worker, at least one.
    """

    def __init__(self, devices: Sequence[str]) -> None:
        self._devices = tuple(devices)
        self._timings: dict[str, deque[Timing]] = {}
        self._progress: dict[str, _Progress] = {}

    def learn(self, row: Row) -> None:
        """Learn from the row of a job; nothing if it isn't done or was not painted."""
        if row.state is State.DONE and row.device and row.work and row.seconds:
            timings = self._timings.setdefault(row.device, deque(maxlen=_RECENT))
            timings.append(Timing(row.work, row.seconds))

    def take(self, event: Event) -> None:
        """Learn from an event how far a job is."""
        if event.kind == "progress":
            if found := _Progress.of(event.figures):
                self._progress[event.job] = found
        elif event.kind in ("done", "failed", "stopped"):
            self._progress.pop(event.job, None)

    def job_seconds(self, row: Row) -> float | None:
        """Return the seconds left of a job that waits or is being painted; None if not known."""
        speed = speed_of(self._timings_of(row.device))
        learnt = speed.seconds(self._work_of(row)) if speed else None
        found = self._progress.get(row.key)
        if not found:
            return learnt
        rest = None if learnt is None else learnt * (1 - found.share)
        return blend(found.seconds_left, rest, share=found.share)

    def seconds_left(self, rows: Iterable[Row]) -> float | None:
        """Return the seconds until the jobs of these rows are over; None if not known.

        Parameters
        ----------
        rows
            Rows in the order of the queue. Those that neither wait nor are running do not count.
        """
        works: list[float] = []
        running: list[Row] = []
        for row in rows:
            if row.state is State.WAITING:
                works.append(self._work_of(row))
            elif row.state is State.RUNNING:
                running.append(row)
        if not (works or running):
            return 0.0
        workers = self._workers(running)
        known = [(left, speed) for left, speed in workers if left is not None and speed]
        return makespan(known, works) if len(known) == len(workers) else None

    def _workers(self, running: Sequence[Row]) -> list[tuple[float | None, Speed | None]]:
        """Return when each worker can take a job, and how fast it is; None for what isn't known.

        Until a job is done, those that are being painted tell the speed of all devices.
        """
        projected = [timing for row in running if (timing := self._projected(row))]
        idle, found = list(self._devices), list[tuple[float | None, Speed | None]]()
        for row in running:
            speed = speed_of(self._timings_of(row.device) or projected)
            left = self.job_seconds(row)
            if left is None and speed:
                left = speed.seconds(self._work_of(row))
            found.append((left, speed))
            if row.device in idle:
                idle.remove(row.device)
        return found + [(0.0, speed_of(self._timings_of(device) or projected)) for device in idle]

    def _timings_of(self, device: str | None) -> list[Timing]:
        """Return what jobs took on a device; if there were none, on any."""
        chosen = [device] if device in self._timings else list(self._timings)
        return [timing for name in chosen for timing in self._later(name)]

    def _later(self, device: str) -> list[Timing]:
        """Return what jobs took on a device without the first ones, if there are others.

        The first job of each process takes longer, because it loads the network.
        """
        timings = list(self._timings[device])
        return timings[self._devices.count(device) :] or timings

    def _projected(self, row: Row) -> Timing | None:
        """Return what a job that is being painted will have taken, by its own evaluations."""
        found = self._progress.get(row.key)
        return Timing(self._work_of(row), found.seconds + found.seconds_left) if found else None

    def _work_of(self, row: Row) -> float:
        """Return the work of a job; if it isn't known, that of an ordinary photograph."""
        if row.work:
            return row.work
        try:
            return work_of(row.job, USUAL)
        except OrtStyleError:  # it will fail
            return 1.0
