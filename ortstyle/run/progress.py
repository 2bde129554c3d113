"""The progress of a run, in numbers that JSON can hold."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from math import isfinite
from typing import Any, Self

from ortstyle.settings.value_types import Schedule


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is; a checkpoint holds it under "position".

    Attributes
    ----------
    schedule
        (longest side, evaluations) of each scale.
    scale
        Index of the scale that is being painted; the number of scales when all are painted.
    done
        Evaluations made at this scale; 0 between two scales.
    iterations
        Steps that the optimiser accepted at this scale before it was restarted last.
    restarts, evaluations, seconds
        Totals of the run.
    last
        The figures of the evaluation made last, as `Iterate.figures` returns them.
    lowest
        The lowest loss of this scale so far, after each of the last evaluations, eleven at most.
    """

    schedule: Schedule
    scale: int = 0
    done: int = 0
    iterations: int = 0
    restarts: int = 0
    evaluations: int = 0
    seconds: float = 0.0
    last: Mapping[str, Any] | None = None
    lowest: tuple[float, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether all scales are painted."""
        return self.scale == len(self.schedule)

    @property
    def side(self) -> int:
        """Longest side of the scale that is being painted, in pixels."""
        return self.schedule[self.scale][0]

    @property
    def is_last_evaluation(self) -> bool:
        """Whether the evaluation made last is the last one of its scale."""
        return self.done == self.schedule[self.scale][1]

    def is_settled(self, patience: float) -> bool:
        """Return whether ten evaluations have lowered the loss by less than this share of it."""
        if len(self.lowest) <= _SETTLING:
            return False
        return self.lowest[-1] > (1 - patience) * self.lowest[0]

    @property
    def evaluations_left(self) -> float:
        """Evaluations to come; those of finer scales count by the ratio of their pixels."""
        finer = self.schedule[self.scale + 1 :]
        here = self.schedule[self.scale][1] - self.done
        return here + sum(count * (side / self.side) ** 2 for side, count in finer)

    @property
    def seconds_left(self) -> float:
        """The time to come, by the time that the evaluations took so far and by their pixels."""
        if self.is_over or not self.side:
            return 0.0
        coarser = self.schedule[: self.scale]
        made = self.done + sum(count * (side / self.side) ** 2 for side, count in coarser)
        return self.seconds / made * self.evaluations_left if made else 0.0

    def at_next_scale(self) -> Self:
        """Return the progress at the beginning of the next scale."""
        return replace(self, scale=self.scale + 1, done=0, iterations=0, lowest=())

    def after_evaluation(self, loss: float) -> Self:
        """Return the progress after one more evaluation, which gave a loss."""
        lowest = self.lowest
        if isfinite(loss):
            lowest = (*lowest, min((loss, *lowest[-1:])))[-_SETTLING - 1 :]
        return replace(self, done=self.done + 1, evaluations=self.evaluations + 1, lowest=lowest)

    def after_restart(self, accepted: int) -> Self:
        """Return the progress after a restart of the optimiser, which had accepted some steps."""
        return replace(self, restarts=self.restarts + 1, iterations=self.iterations + accepted)

    def to_dict(self) -> dict[str, Any]:
        """Return the progress in a form that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned, after it was written and read as JSON.

        Raises
        ------
        TypeError, ValueError, KeyError
            The data are not those of a progress.
        """
        data = {"lowest": (), **data}  # checkpoints of earlier versions have none
        _check_names(data, [known.name for known in fields(cls)])
        last = dict(data["last"])
        last["scale"] = tuple(map(_count, last["scale"]))
        schedule = tuple((_count(side), _count(count)) for side, count in data["schedule"])
        counts = {name: _count(data[name]) for name in _COUNTS}
        lowest = tuple(map(_number, data["lowest"]))
        seconds = _seconds(data["seconds"])
        found = cls(schedule=schedule, seconds=seconds, last=last, lowest=lowest, **counts)
        _check_figures(last)
        if not 0 <= found.scale <= len(schedule):
            raise ValueError("there is no such scale")
        return found


_SETTLING = 10  # evaluations that must lower the loss
_LONGEST = 1e9  # seconds, thirty years
_COUNTS = ("scale", "done", "iterations", "restarts", "evaluations")
_FIGURE_COUNTS = ("width", "height", "iteration", "evaluations")  # of an iterate


def _check_figures(figures: Mapping[str, Any]) -> None:
    """Raise a `TypeError` or `KeyError` if these are not the figures of an iterate."""
    _check_names(figures, (*_FIGURE_COUNTS, "scale", "loss", "terms", "seconds"))
    for name in _FIGURE_COUNTS:
        _count(figures[name])
    _seconds(figures["seconds"])
    for number in (figures["loss"], *figures["terms"].values()):
        _number(number)


def _check_names(data: Mapping[str, Any], names: Iterable[str]) -> None:
    if data.keys() != set(names):
        raise KeyError("other values than expected")


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r} is no count")
    return value


def _seconds(value: Any) -> float:
    seconds = _number(value)
    if not 0 <= seconds <= _LONGEST:
        raise ValueError(f"{value!r} is no time that a run takes")
    return seconds


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError(f"{value!r} is no number")
    return float(value)
