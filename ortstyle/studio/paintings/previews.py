"""The newest preview of each painting, asked of its worker only while somebody looks."""

import binascii
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic, time
from typing import Any, NamedTuple

from ortstyle.jobs.events import Event, check_preview_side

_INTEREST = 5.0  # seconds for which a look counts
_INTERVAL = 0.25  # seconds between two requests to a worker, at least
_LARGEST = 4 << 20  # bytes of a preview
_MOST_BYTES = 32 << 20  # of all previews
_MOST_PAINTINGS = 256  # that are looked at
_JPEG = b"\xff\xd8\xff"
_ENDS = frozenset({"done", "failed", "stopped"})
_MOMENTS = frozenset({"started", "progress", "continued"})  # when a worker may have something new


class Preview(NamedTuple):
    """A painting so far, as a JPEG; a later one has a higher version."""

    jpeg: bytes
    version: int


@dataclass
class _Watched:
    """A painting that somebody has looked at or that has a preview."""

    preview: Preview | None = None
    asked_at: float = float("-inf")
    looks: dict[int, float] = field(default_factory=dict)  # until when each side is wanted

    def side(self) -> int | None:
        """Return the largest side that is wanted now."""
        now = monotonic()
        self.looks = {side: until for side, until in self.looks.items() if until > now}
        return max(self.looks, default=None)


class Previews:
    """Keeps the newest preview of each painting that is looked at; any thread may call its methods.

    Parameters
    ----------
    ask
        Called with the key of a job and a side in pixels, to have its worker tell a preview.
    """

    def __init__(self, ask: Callable[[str, int], None]) -> None:
        self._ask = ask
        self._lock = Lock()
        self._watched: OrderedDict[str, _Watched] = OrderedDict()  # looked at last is last
        self._version = 0

    def look(self, key: str, side: int) -> Preview | None:
        """Return the newest preview of a job, and have it renewed for the next seconds.

        Parameters
        ----------
        key
            `Job.key`; of a job that is not over.
        side
            The side in pixels that is wanted. A preview may be larger if somebody else looks too.

        Raises
        ------
        JobError
            The side is out of bounds; see `jobs.events.check_preview_side`.
        """
        check_preview_side(side)
        with self._lock:
            watched = self._watched.setdefault(key, _Watched())
            self._watched.move_to_end(key)
            watched.looks[side] = monotonic() + _INTEREST
            self._forget_oldest()
            found = watched.preview
        self._request(key)
        return found

    def version(self, key: str) -> int | None:
        """Return the version of the newest preview of a job; None if it has none."""
        with self._lock:
            watched = self._watched.get(key)
            return watched.preview.version if watched and watched.preview else None

    def take(self, event: Event) -> bool:
        """Take an event of a job; return whether it has brought a new preview."""
        if event.kind in _ENDS:
            self.forget(event.job)
        elif event.kind == "preview":
            found = self._keep(event.job, event.figures)
            self._request(event.job)
            return found
        elif event.kind in _MOMENTS:
            self._request(event.job)
        return False

    def forget(self, key: str) -> None:
        """Forget the preview of a job."""
        with self._lock:
            self._watched.pop(key, None)

    def _keep(self, key: str, figures: Mapping[str, Any]) -> bool:
        jpeg = _decoded(figures.get("jpeg"))
        if jpeg is None:
            return False
        with self._lock:
            if key not in self._watched:  # nobody has asked, or the job is over
                return False
            # Also after the studio was started again it is higher than what a page has seen.
            self._version = max(self._version + 1, int(1000 * time()))
            self._watched[key].preview = Preview(jpeg, self._version)
            self._forget_oldest()
            return key in self._watched

    def _request(self, key: str) -> None:
        """Ask the worker of a job for a preview, if somebody looks and it is time."""
        with self._lock:
            watched = self._watched.get(key)
            side = watched.side() if watched else None
            if not watched or side is None or monotonic() - watched.asked_at < _INTERVAL:
                return
            watched.asked_at = monotonic()
        self._ask(key, side)

    def _forget_oldest(self) -> None:
        total = sum(len(each.preview.jpeg) for each in self._watched.values() if each.preview)
        while total > _MOST_BYTES or len(self._watched) > _MOST_PAINTINGS:
            _, oldest = self._watched.popitem(last=False)
            total -= len(oldest.preview.jpeg) if oldest.preview else 0


def _decoded(text: object) -> bytes | None:
    """Return the bytes of a JPEG in base64; None for anything else."""
    if not isinstance(text, str) or len(text) > 4 * _LARGEST // 3:
        return None
    try:
        found = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if found.startswith(_JPEG) else None
