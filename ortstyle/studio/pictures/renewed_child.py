"""A process that reads pictures, and is started anew once it has ended."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

from ortstyle.errors import StudioError
from ortstyle.studio.pictures.reader_child import ChildDiedError, ReaderChild, TooSlowError


class RenewedChild:
    """A process that answers one request at a time; any thread may ask.

    Parameters
    ----------
    command
        The command that starts it.

    Raises
    ------
    StudioError
        From `start` and `ask`: it can't be started, or has been closed.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command, self._asking = command, Lock()
        self._child: ReaderChild | None = None
        self._is_closed = False

    def start(self) -> None:
        """Start the process, and don't wait until it is ready."""
        with self._asking:
            self._living_child()

    def ask(self, values: dict[str, Any], patience: float) -> dict[str, Any]:
        """Send a request and wait for its answer so many seconds.

        Raises
        ------
        ChildDiedError
            It has died twice: something else may have ended it once.
        TooSlowError
            No answer has come in time; the process was killed.
        """
        with self._asking:
            try:
                return self._living_child().ask(values, patience)
            except ChildDiedError:
                self._end_child()
            except (TooSlowError, StudioError):  # or it was not ready
                self._end_child()
                raise
            try:
                return self._living_child().ask(values, patience)
            except (ChildDiedError, TooSlowError, StudioError):
                self._end_child()
                raise

    def close(self) -> None:
        """End the process, also while it works; closing it again does nothing."""
        self._is_closed = True
        if child := self._child:
            child.close()

    def _living_child(self) -> ReaderChild:
        if self._child is None and not self._is_closed:
            self._child = ReaderChild(self._command)
        if self._is_closed:  # perhaps meanwhile
            self._end_child()
            raise StudioError("The studio is closing.")
        assert self._child is not None  # noqa: S101
        return self._child

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child:
            child.close(patience=0)
