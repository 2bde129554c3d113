"""How far a batch is and how long it will take, from the events of its jobs alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from ortstyle.jobs.estimate import Estimator
from ortstyle.jobs.events import Event
from ortstyle.jobs.row import Row, State, known_number

_SECONDS = 1.0  # between two estimates, which look at every job

_UNLIKE = 4  # a picture that takes so many times the work of another tells nothing about it


class BatchEstimate:
    """Follows the jobs of a batch; one thread at a time may call it.

    Parameters
    ----------
    rows
        Rows of the store. Those of jobs that are done tell how fast the devices are, if their work
        was not much less or more than that of the jobs to paint.
    works
        The work of each job to paint, by its key; see `estimate.work_of`.
    devices
        The device of each worker.
    clock
        The time in seconds.
    """

    def __init__(
        self,
        rows: Iterable[Row],
        works: Mapping[str, float],
        *,
        devices: Sequence[str],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._estimator, self._devices, self._clock = Estimator(devices), devices, clock
        least, most = min(works.values(), default=0.0), max(works.values(), default=0.0)
        for row in rows:
            if row.work and least / _UNLIKE <= row.work <= most * _UNLIKE:
                self._estimator.learn(row)
        self._rows = {key: _waiting(key, work) for key, work in works.items()}
        self._parts: dict[str, float] = {}  # of running jobs, 0 to 1
        self._total = sum(map(_work, self._rows.values())) or 1.0
        self._done = 0.0  # work
        self._next = float("-inf")

    @property
    def seconds_left(self) -> float | None:
        """The seconds until the batch is over; None if that isn't known yet."""
        return self._estimator.seconds_left(self._rows.values())

    @property
    def share(self) -> float:
        """How much of the work is done, 0 to 1."""
        running = sum(part * _work(self._rows[key]) for key, part in self._parts.items())
        return min(1.0, (self._done + running) / self._total)

    def take(self, event: Event) -> tuple[float | None, float | None]:
        """Learn from an event; return `share` and `seconds_left`, or None for what is as before."""
        self._estimator.take(event)
        row = self._rows.get(event.job)
        if row is not None:
            self._follow(row, event)
        if self._clock() < self._next:
            return None, None
        self._next = self._clock() + _SECONDS
        return self.share, self.seconds_left

    def _follow(self, row: Row, event: Event) -> None:
        figures = event.figures
        if event.kind == "started":
            named = figures.get("device")
            device = named if named in self._devices else self._devices[0]
            self._rows[row.key] = replace(row, state=State.RUNNING, device=device)
        elif event.kind == "progress":
            done, left = (known_number(figures.get(name)) for name in ("seconds", "seconds_left"))
            if done and left is not None:
                self._parts[row.key] = done / (done + left)
        elif event.kind == "stopped":
            self._rows[row.key] = replace(row, state=State.WAITING)
            self._parts.pop(row.key, None)
        elif event.kind in ("done", "failed"):
            self._next = float("-inf")
            self._done += _work(row)
            self._parts.pop(row.key, None)
            del self._rows[row.key]
            seconds = known_number(figures.get("seconds"))
            if event.kind == "done" and seconds:
                over = replace(row, state=State.DONE, seconds=seconds)
                self._estimator.learn(over)


def _waiting(key: str, work: float) -> Row:
    """Return the row of a job that waits; its data are not needed, because its work is known."""
    nothing = dict.fromkeys(("error", "begun", "ended", "seconds", "sha256", "device", "owner"))
    known: dict[str, Any] = {"attempts": 0, "added": 0.0, "data": "", "work": work, **nothing}
    return Row(key=key, state=State.WAITING, **known)


def _work(row: Row) -> float:
    return row.work or 1.0
