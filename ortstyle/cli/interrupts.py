"""Ctrl-C and SIGTERM, held back until the current evaluation has ended."""

import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any


class Interrupts:
    """Holds back the first Ctrl-C or SIGTERM until an evaluation ends; the second acts at once.

    Parameters
    ----------
    say
        Prints a message; called from within the signal handler.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._handlers: dict[int, Any] = {}
        self._received: int | None = None

    @property
    def received(self) -> bool:
        """Whether a signal has come that `raise_received` will act on."""
        return self._received is not None

    def hold(self) -> None:
        """Begin to hold signals back; does nothing outside of the main thread."""

        def handle(number: int, _: FrameType | None) -> None:
            if self._received is not None:
                raise _stopped(number)
            self._received = number
            self._say("stopping after this evaluation; press Ctrl-C again to stop at once")

        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError):  # not in the main thread
                self._handlers[number] = signal.signal(number, handle)

    def restore(self) -> None:
        """Let signals act as they did before `hold`."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def raise_received(self) -> None:
        """Stop the program if a signal has come."""
        if self._received is not None:
            raise _stopped(self._received)


def _stopped(number: int) -> BaseException:
    """Return the exception that ends a program by a signal."""
    return KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)
