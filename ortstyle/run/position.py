"""Where a run stands, in numbers that JSON holds."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Self

from ortstyle.objective.whole import Pixels
from ortstyle.pictures.picture import Picture
from ortstyle.run.iterate import Iterate
from ortstyle.settings.record import Schedule


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """An `Iterate` without its picture; see there."""

    width: int
    height: int
    scale: tuple[int, int]
    iteration: int
    evaluations: int
    loss: float
    terms: Mapping[str, float]
    seconds: float

    @classmethod
    def of(cls, iterate: Iterate) -> Self:
        """Take an iterate's."""
        values = {name: getattr(iterate, name) for name in cls.__dataclass_fields__}
        return cls(**values | {"terms": dict(iterate.terms)})

    def iterate(
        self, pixels: Callable[[], Pixels], colors: Picture | None, *, notice: str = ""
    ) -> Iterate:
        """Give the iterate again, with its picture."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["terms"] = MappingProxyType(dict(self.terms))
        return Iterate(**values, notice=notice, _pixels=pixels, _colors_of=colors)


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a run stands.

    Attributes
    ----------
    schedule
        (side, evaluations) of its scales.
    scale
        Index of the scale that is being painted; their count when all are.
    done
        Evaluations at this scale; 0 between two.
    iterations
        Steps accepted at this scale before the last restart.
    restarts, evaluations, seconds
        Of the whole run.
    last
        The evaluation made last.
    """

    schedule: Schedule
    scale: int = 0
    done: int = 0
    iterations: int = 0
    restarts: int = 0
    evaluations: int = 0
    seconds: float = 0.0
    last: Numbers | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave, once it was JSON.

        Raises
        ------
        TypeError, ValueError, KeyError
            It is something else.
        """
        last = dict(data["last"])
        index, count = last["scale"]
        schedule = tuple((int(side), int(count)) for side, count in data["schedule"])
        numbers = Numbers(**last | {"scale": (index, count)})
        found = cls(**{**data, "schedule": schedule, "last": numbers})
        if not 0 <= found.scale <= len(schedule):
            raise ValueError("there is no such scale")
        return found
