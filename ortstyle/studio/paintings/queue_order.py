"""Tells the page the order of the queue: soon after it has changed, and seldom while it is long."""

import logging
from collections.abc import Callable
from threading import Condition, Thread
from time import monotonic

_LOG = logging.getLogger(__name__)

_SHARE = 4  # a long queue takes a fifth of the time at most


class QueueOrder:
    """Calls a function soon after each change, in a thread of its own, and once for several.

    Parameters
    ----------
    tell
        Tells the order of the queue.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._changed = Condition()
        self._is_due = self._is_closing = False
        self._thread = Thread(target=self._work, name="order of the queue", daemon=True)
        self._thread.start()

    def change(self) -> None:
        """Say that the order may have changed."""
        with self._changed:
            self._is_due = True
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread; closing it again does nothing."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_due or self._is_closing)
                if self._is_closing:
                    return
                self._is_due = False
            began = monotonic()
            try:
                self._tell()
            except Exception as error:  # noqa: BLE001  the next change tells it
                _LOG.error("the order of the queue could not be told", exc_info=error)
            with self._changed:
                pause = _SHARE * (monotonic() - began)
                self._changed.wait_for(lambda: self._is_closing, pause)
