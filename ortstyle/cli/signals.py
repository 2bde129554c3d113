"""How a signal ends the program: by an exception, which Python raises between two instructions.

While a module written in C is being loaded that waits until the module is there: many call Python
meanwhile, and where that raises an exception some end the process and some make an `ImportError`
of it. An exception that Python itself drops, in a callback, is raised again.
"""

import atexit
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from inspect import currentframe
from types import FrameType
from typing import Any

#: The signals that ask a program to end, as far as the system knows them.
STOPPING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
#: What is called with a signal's number and the frame in which Python was when it came.
Handler = Callable[[int, FrameType | None], None]

#: Methods of Python's import system that are on the stack while a module written in C is loaded.
_LOADING = ("ExtensionFileLoader.create_module", "ExtensionFileLoader.exec_module")


@dataclass
class _Program:
    """What has ended a program, and how to do that once more."""

    ended_by: int | None = None
    again: Handler | None = None


_program = _Program()


def begin_program() -> None:
    """Forget the signals that an earlier program in this process has received."""
    _program.ended_by = _program.again = None


def ending_code() -> int | None:
    """Return the exit code of the signal that was to end the program; None if there was none.

    A library may have caught the signal's exception.
    """
    return None if _program.ended_by is None else 128 + _program.ended_by


@contextmanager
def handled_by(handle: Handler) -> Iterator[None]:
    """Handle the signals of `STOPPING` in the block, but those that are ignored (`nohup`).

    Outside of the main thread this changes nothing.
    """
    kept: dict[int, Any] = {}
    for number in STOPPING:
        before = signal.getsignal(number)
        if before is not signal.SIG_IGN:
            with suppress(ValueError):  # not in the main thread
                kept[number] = signal.signal(number, handle)
    report = sys.unraisablehook

    def raise_again(dropped: Any) -> None:
        number, again = _program.ended_by, _program.again
        is_end = isinstance(dropped.exc_value, KeyboardInterrupt | SystemExit)
        if is_end and number is not None and again:
            _call_after_loads(again, number)
        else:
            report(dropped)

    if kept:
        sys.unraisablehook = raise_again
    try:
        yield
    finally:
        if kept:
            sys.unraisablehook = report
        for number, before in kept.items():
            signal.signal(number, before)


def ignore_signals_at_exit() -> None:
    """Ignore the signals of `STOPPING` once Python calls what libraries have left for its exit.

    The program has done its work by then.
    """
    atexit.register(_ignore_signals)


def _ignore_signals() -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


def end_program(number: int, frame: FrameType | None, again: Handler) -> None:
    """End the program by a signal; called from within its handler.

    Parameters
    ----------
    number
        The signal's.
    frame
        Where Python was when the signal came.
    again
        Called instead, once it is there, if a module written in C is being loaded.

    Raises
    ------
    KeyboardInterrupt
        By SIGINT.
    SystemExit
        By any other signal, with the exit code 128 + its number.
    """
    if _outermost_load(frame):
        _call_after_loads(again, number)
    else:
        _program.again = again
        raise ending_error(number)


def ending_error(number: int) -> BaseException:
    """Return the exception by which a signal ends the program."""
    _program.ended_by = number
    return KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)


def _call_after_loads(handle: Handler, number: int) -> None:
    """Call a function in this thread as soon as no module written in C is being loaded."""
    load = _outermost_load(currentframe())

    def look(frame: FrameType, event: str, _: object) -> None:
        nonlocal load
        if load:
            if event == "return" and frame is load:
                load = None  # its caller comes next
        elif frame.f_code.co_filename != __file__ and not (load := _outermost_load(frame)):
            sys.setprofile(None)
            handle(number, frame)

    sys.setprofile(look)


def _outermost_load(frame: FrameType | None) -> FrameType | None:
    """Return the outermost frame on the stack in which a module written in C is being loaded."""
    found = None
    while frame:
        if frame.f_code.co_qualname in _LOADING:
            found = frame
        frame = frame.f_back
    return found
