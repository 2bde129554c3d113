"""Which jobs the workers of one supervisor have, which they may take, and whether any are left."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from threading import Lock

from ortstyle.jobs.row import Row
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import Store

_ABANDONED = 2.0  # seconds between two looks for supervisors that have died
_BUSY = 1.0  # seconds before a job is tried again that another process still paints


@dataclass
class Claims:
    """The jobs of one run of a supervisor; all its workers' threads use it.

    Attributes
    ----------
    owner
        The supervisor's name in the store.
    folder
        The folder of the store.
    tell
        Called with the key of a job, or nothing, and a message about it.
    only
        The keys of the jobs that are taken; None for all.
    reserved
        The devices whose jobs wait for them: a job that names one of them is for no other device.
    """

    owner: str
    folder: StateFolder
    tell: Callable[[str, str], None]
    only: Collection[str] | None = None
    reserved: Sequence[str] = ()
    _lock: Lock = field(default_factory=Lock, init=False)
    _active: set[str] = field(default_factory=set, init=False)
    _busy: dict[str, float] = field(default_factory=dict, init=False)  # when to try them again
    _waits: bool = field(default=False, init=False)  # for other supervisors
    _looks_at: float = field(default=0.0, init=False)  # for supervisors that have died

    def claim(self, store: Store, device: str) -> Row | None:
        """Take the next job for a device; None if none waits."""
        with self._lock:
            now = time.monotonic()
            row = store.claim(
                self.owner,
                device=device,
                only=self.only,
                exclude={key for key, until in self._busy.items() if until > now},
                except_for=[other for other in self.reserved if other != device],
            )
            if row:
                self._active.add(row.key)
            return row

    def end(self, key: str, *, is_busy: bool) -> None:
        """Note that a worker has a job no more; `is_busy` if another process still paints it."""
        with self._lock:
            self._active.discard(key)
            is_news = is_busy and key not in self._busy
            self._busy.pop(key, None)
            if is_busy:
                self._busy[key] = time.monotonic() + _BUSY
        if is_news:
            self.tell(key, "another process still paints this; it is tried again")

    def leave_out(self, device: str) -> None:
        """Let the other devices take the jobs of one that works no more."""
        with self._lock:
            self.reserved = [other for other in self.reserved if other != device]

    def are_over(self, store: Store) -> bool:
        """Return whether no job waits, and no worker has one that it could give back."""
        is_over = self._is_empty(store)
        if is_over or time.monotonic() >= self._looks_at:
            self._looks_at = time.monotonic() + _ABANDONED
            self.folder.free_abandoned(store)
            is_over = self._is_empty(store)
        return is_over and not self._wait_for_others(store)

    def _wait_for_others(self, store: Store) -> bool:
        """Return whether other supervisors have jobs, which they may leave; tell it once."""
        if not store.is_running(only=self.only):
            return False
        with self._lock:
            is_news, self._waits = not self._waits, True
        if is_news:
            self.tell("", "another process paints the last jobs; waiting until they are done")
        return True

    def _is_empty(self, store: Store) -> bool:
        with self._lock:
            return not self._active and store.next_waiting(only=self.only) is None
