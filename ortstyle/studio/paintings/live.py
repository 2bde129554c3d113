"""What is known of paintings only while they are painted: how far they are, and notices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from ortstyle.jobs.events import Event
from ortstyle.jobs.row import known_number
from ortstyle.studio.records import PHASES

_MOST_NOTICES, _LONGEST_NOTICE = 5, 500
_FIGURES = ("evaluations", "of", "loss", "seconds", "seconds_left")


@dataclass(frozen=True)
class Live:
    """How far a painting is.

    Attributes
    ----------
    progress
        Figures of its last event "progress", as a `Summary` has them; None before the first one.
    width, height
        The present size in pixels, if it is known.
    notices
        The last messages for a person, each once.
    """

    progress: Mapping[str, Any] | None = None
    width: int | None = None
    height: int | None = None
    notices: tuple[str, ...] = ()


class LiveProgress:
    """How far each painting is that is not over; any thread may use it."""

    def __init__(self) -> None:
        self._lock, self._found = Lock(), dict[str, Live]()

    def take(self, painting_id: str, event: Event) -> None:
        """Note what an event tells of a painting."""
        with self._lock:
            live = self._found.get(painting_id, Live())
            if event.kind == "progress":
                live = replace(live, **_progress_of(event.figures))
            elif event.kind == "notice":
                live = replace(live, notices=_with_notice(live.notices, event.figures))
            self._found[painting_id] = live

    def get(self, painting_id: str) -> Live:
        """Return how far a painting is."""
        with self._lock:
            return self._found.get(painting_id, Live())

    def forget(self, painting_id: str) -> None:
        """Forget a painting that is over."""
        with self._lock:
            self._found.pop(painting_id, None)

    def __len__(self) -> int:
        return len(self._found)


def _progress_of(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `Live` that an event "progress" gives."""
    scale = figures.get("scale")
    progress: dict[str, Any] = {name: known_number(figures.get(name)) for name in _FIGURES}
    progress["scale"] = list(scale) if isinstance(scale, list) and len(scale) == 2 else None
    for name in ("evaluations", "of"):
        progress[name] = int(progress[name] or 0)
    phase = figures.get("phase")
    progress["phase"] = phase if phase in PHASES else None
    for name in ("frame", "frames", "frames_of"):
        number = known_number(figures.get(name))
        progress[name] = None if number is None else int(number)
    sizes = {name: known_number(figures.get(name)) for name in ("width", "height")}
    return {"progress": progress} | {k: None if v is None else int(v) for k, v in sizes.items()}


def _with_notice(notices: tuple[str, ...], figures: Mapping[str, Any]) -> tuple[str, ...]:
    text = str(figures.get("text", ""))[:_LONGEST_NOTICE]
    return notices if text in notices or not text else (*notices, text)[-_MOST_NOTICES:]
