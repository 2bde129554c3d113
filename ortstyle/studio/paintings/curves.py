"""The loss of each painting over its evaluations: a file of lines, which survives a kill."""

import json
from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from ortstyle.jobs.events import Event
from ortstyle.studio.records import is_id

_POINTS = 1000  # of a whole painting, about
_LARGEST = 4 << 20  # bytes of a file that are read
_MOST_KNOWN = 256  # paintings whose last point is known without reading


class Point(NamedTuple):
    """A point of a curve: evaluations so far, the loss there, and its terms by name."""

    evaluations: int
    loss: float | None
    terms: Mapping[str, float | None]


class Curves:
    """The curves of all paintings, in a folder; any thread may call its methods.

    A painting that begins anew, or goes on from an earlier checkpoint, writes further points; what
    it had painted beyond is left out when its curve is read.

    Parameters
    ----------
    folder
        The folder; it is made when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, Lock()
        self._last: dict[str, int] = {}  # evaluations of the last point that was written

    def take(self, id: str, event: Event) -> None:  # noqa: A002  is what it is called everywhere
        """Write the point of an event "progress" of a painting; others are left alone.

        Of all evaluations about a thousand are kept, and the last one. A point that can't be
        written, because the disk is full, is missing in the curve.
        """
        point = _point_of(event.figures) if event.kind == "progress" else None
        if point is None:
            return
        total = event.figures.get("of")
        with self._lock:
            if self._is_due(id, point.evaluations, total if type(total) is int else 0):
                with suppress(OSError):
                    self._append(id, point)

    def read(self, id: str) -> list[Point]:  # noqa: A002
        """Return the curve of a painting; empty if it has none."""
        try:
            with self._path(id).open("rb") as file:
                lines = file.read(_LARGEST).splitlines()
        except OSError:
            return []
        found: list[Point] = []
        for point in filter(None, map(_read_point, lines)):
            while found and found[-1].evaluations >= point.evaluations:
                found.pop()
            found.append(point)
        return found

    def remove(self, id: str) -> None:  # noqa: A002
        """Remove the curve of a painting."""
        with self._lock, suppress(OSError):
            self._last.pop(id, None)
            self._path(id).unlink(missing_ok=True)

    def _path(self, id: str) -> Path:  # noqa: A002
        assert is_id(id), "ids are checked where they come from"  # noqa: S101
        return self._folder / f"{id}.jsonl"

    def _is_due(self, id: str, evaluations: int, total: int) -> bool:  # noqa: A002
        last = self._last.get(id)
        if last is not None and last < evaluations < total:
            return evaluations - last >= total / _POINTS
        return True

    def _append(self, id: str, point: Point) -> None:  # noqa: A002
        """Write a point on a line of its own, also where the last one was cut off."""
        self._folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps(point).encode()
        if id not in self._last:
            while len(self._last) >= _MOST_KNOWN:
                self._last.pop(next(iter(self._last)))
            line = b"\n" + line
        with self._path(id).open("ab") as file:
            file.write(line + b"\n")
        self._last[id] = point.evaluations


def _read_point(line: bytes) -> Point | None:
    """Return the point of a line; None if it was cut off, or is empty."""
    try:
        evaluations, loss, terms = json.loads(line)
    except (ValueError, TypeError, RecursionError):
        return None
    return _point_of({"evaluations": evaluations, "loss": loss, "terms": terms})


def _point_of(figures: Mapping[str, Any]) -> Point | None:
    """Return the point in figures of unknown origin; None if it is none."""
    evaluations, loss = figures.get("evaluations"), figures.get("loss")
    terms = figures.get("terms") or {}
    if type(evaluations) is not int or evaluations < 0 or not isinstance(terms, dict):
        return None
    if not all(map(_is_value, (loss, *terms.values()))):
        return None
    return Point(evaluations, loss, terms)


def _is_value(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and isfinite(value))
