"""How far a run is, in numbers that JSON holds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
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
    """

    schedule: Schedule
    scale: int = 0
    done: int = 0
    iterations: int = 0
    restarts: int = 0
    evaluations: int = 0
    seconds: float = 0.0
    last: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it in a form that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned, after it was written and read as JSON.

        Raises
        ------
        TypeError, ValueError, KeyError
            It is something else.
        """
        last = dict(data["last"])
        index, count = last["scale"]
        schedule = tuple((int(side), int(count)) for side, count in data["schedule"])
        last["scale"] = int(index), int(count)
        found = cls(**{**data, "schedule": schedule, "last": last})
        if not 0 <= found.scale <= len(schedule):
            raise ValueError("there is no such scale")
        return found
