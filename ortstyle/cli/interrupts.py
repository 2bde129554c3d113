"""Signals that stop a run: Ctrl-C, SIGTERM, SIGHUP, Ctrl-Break and the closing of a console.

None of them loses what has been painted. Before there is a picture they act at once. While a run
paints, they wait until the current evaluation has ended; if that takes long, the picture so far is
saved meanwhile by another thread, because whoever sends SIGTERM or closes a console waits only for
some seconds before he kills the process. While files are saved, nothing interrupts.
"""

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Lock, RLock, Thread, current_thread, main_thread
from types import FrameType
from typing import Literal, Self

from ortstyle.cli.signals import STOPPING, begin_program, end_program, ending_error, handled_by
from ortstyle.cli.windows_console import ConsoleClosing

_CLOSED = 1  # stands for the closing of a console, as SIGHUP does elsewhere
_GRACE = 1.0  # seconds that an evaluation has to end before the picture is saved without it
_END_OF_WATCH = b"\0"  # no signal has this number

_Phase = Literal["preparing", "deferring", "painting", "saving"]


#: Set once a signal has been answered by a message.
_ANSWERED = Event()


@contextmanager
def stopping_at_once(say: Callable[[str], None], message: str = "stopped") -> Iterator[None]:
    """End the program by every signal of `STOPPING`, with exit code 128 + its number.

    The first signal is answered by the message.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        if not _ANSWERED.is_set():
            say(message)
            _ANSWERED.set()
        end_program(number, frame, handle)

    _ANSWERED.clear()
    begin_program()
    with handled_by(handle):
        yield


@contextmanager
def stopping_by(
    stop: Callable[[], None], say: Callable[[str], None], message: str
) -> Iterator[None]:
    """Let the first signal of `STOPPING` call a function, which makes the block end by itself.

    After the block the program ends as by `stopping_at_once`. A second Ctrl-C ends it at once. The
    closing of a Windows console counts as a signal.

    Parameters
    ----------
    stop
        Called from within a signal handler or from another thread.
    say
        Prints a message, in the same places.
    message
        What is said when the first signal comes.
    """
    received: list[int] = []
    over = Event()

    def handle(number: int, frame: FrameType | None = None) -> None:
        received.append(number)
        if received.count(signal.SIGINT) > 1:
            end_program(number, frame, handle)
        if len(received) == 1:
            _ANSWERED.set()
            say(message)
            stop()

    def close_console() -> None:
        handle(_CLOSED)
        over.wait()

    closing = ConsoleClosing(close_console)
    try:
        with handled_by(handle):
            yield
    finally:
        over.set()
        closing.end()
    if received:
        raise ending_error(received[0])


class Interrupts:
    """Decides when a signal stops a run, and makes sure that a picture is saved in time.

    This is a context manager. Outside of the main thread it leaves all signals as they are, as it
    does with those that the program was told to ignore (`nohup`).

    Parameters
    ----------
    say
        Prints a message; called from within a signal handler and from another thread.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._phase: _Phase = "preparing"
        self._rescue: Callable[[], None] = lambda: None
        self._handlers = ExitStack()
        self._received: int | None = None
        self._presses = [0, 0]  # of Ctrl-C, as the watching thread and the handler have seen them
        self._announcing = RLock()
        self._rescuing = Lock()
        self._evaluation_ended, self._over = Event(), Event()
        self._watch: _Watch | None = None
        self._closing: ConsoleClosing | None = None

    def __enter__(self) -> Self:
        if current_thread() is main_thread():
            self._handlers.enter_context(handled_by(self._handle))
            with suppress(OSError):  # no sockets; then signals wait for the main thread
                self._watch = _Watch(self._arrive)
            if sys.platform == "win32":
                self._closing = ConsoleClosing(self._close_console)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._evaluation_ended.set()  # the watch need not wait for one
        if self._closing:
            self._closing.end()
        if self._watch:
            self._watch.end()
        self._handlers.close()

    @property
    def received(self) -> bool:
        """Whether a signal has come that `raise_received` will act on."""
        return self._received is not None

    def raise_received(self) -> None:
        """Stop the program if a signal has come."""
        if self._received is not None:
            raise ending_error(self._received)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Let signals act only after the block, which is short: it opens or removes files."""
        self._phase = "deferring"
        yield  # an error that is raised here is stopped by no signal
        self._phase = "preparing"
        self.raise_received()

    def begin_painting(self, rescue: Callable[[], None]) -> None:
        """From now on let signals wait for the end of an evaluation.

        Parameters
        ----------
        rescue
            Saves the picture so far; called from another thread if an evaluation does not end in
            time.
        """
        if self._phase == "preparing":
            self._phase, self._rescue = "painting", rescue

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Let nothing interrupt the block, which saves the picture and what belongs to it."""
        self._phase = "saving"
        self._evaluation_ended.set()
        with self._rescuing:  # wait until the other thread has saved what it is saving
            pass
        yield

    def _handle(self, number: int, frame: FrameType | None) -> None:
        """Act on a signal in the main thread, between two instructions of Python."""
        self._announce(number)
        if number == signal.SIGINT:
            self._presses[1] += 1
        self._end(number, frame)

    def _end(self, number: int, frame: FrameType | None) -> None:
        """End the program if a signal does that now."""
        at_once = self._phase == "painting" and max(self._presses) > 1
        if self._phase == "preparing" or (at_once and number == signal.SIGINT):
            end_program(number, frame, self._end)

    def _arrive(self, number: int) -> None:
        """Act on a signal in another thread, while the main thread may be in a long evaluation."""
        if number == signal.SIGINT:
            self._presses[0] += 1
        self._announce(number)
        # At a terminal a person decides how long to wait, and a second Ctrl-C stops at once.
        if number == signal.SIGINT or self._evaluation_ended.wait(_GRACE):
            return
        with self._rescuing:
            if not self._evaluation_ended.is_set():
                self._rescue()

    def _close_console(self) -> None:
        """Act on the closing of a Windows console in its thread; return when all is saved."""
        self._arrive(_CLOSED)
        self._over.wait()

    def _announce(self, number: int) -> None:
        """Say what the first signal does; whichever thread hears of it first says it."""
        with self._announcing:
            if self._received is not None:
                return
            self._received = number
            _ANSWERED.set()
            if self._phase == "saving":
                self._say("the picture is being saved; wait for a moment")
            elif self._phase != "painting":
                self._say("stopped before the first evaluation has ended; no picture is saved")
            elif number == signal.SIGINT:
                self._say("stopping after this evaluation; press Ctrl-C again to stop at once")
            else:
                self._say("stopping after this evaluation")


class _Watch:
    """A thread that hears of signals at once, also while the main thread runs no Python code."""

    def __init__(self, arrive: Callable[[int], None]) -> None:
        self._arrive = arrive
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._thread = Thread(target=self._run, name="signals", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (heard := self._reader.recv(1)) != _END_OF_WATCH:
            if heard[0] in STOPPING:
                self._arrive(heard[0])

    def end(self) -> None:
        """End the thread."""
        signal.set_wakeup_fd(self._before)
        self._writer.setblocking(True)
        self._writer.send(_END_OF_WATCH)
        self._thread.join()
        self._reader.close()
        self._writer.close()
