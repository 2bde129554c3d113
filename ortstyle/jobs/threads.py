"""Threads that work side by side, and end together when the thread that waits is interrupted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event as Flag, Thread


@dataclass(frozen=True)
class Stopping:
    """What stops the work on all devices.

    Attributes
    ----------
    asked
        Set when every worker is to stop.
    hurried
        Set when no worker is waited for any more.
    patience
        Seconds that a worker has to write a checkpoint once it was told to stop.
    """

    asked: Flag
    hurried: Flag
    patience: float


def run_side_by_side(
    works: Sequence[Callable[[Flag], None]], *, interrupted: Callable[[int], None]
) -> None:
    """Run each work in a thread of its own until all have ended, also when this one is interrupted.

    Parameters
    ----------
    works
        What to do; each sets the flag that it is given at its end, whatever happens.
    interrupted
        Called with the number of each interrupt, from 1; it lets the works end. The first interrupt
        is raised again in the end.
    """
    interrupts: list[BaseException] = []
    waiting, running = list(works), list[tuple[Thread, Flag]]()
    while waiting or running:
        try:
            if waiting:
                ended = Flag()
                thread = Thread(target=waiting.pop(0), args=(ended,))
                running.append((thread, ended))
                thread.start()
            running = [(thread, ended) for thread, ended in running if not has_ended(thread, ended)]
        except BaseException as error:  # noqa: BLE001  raised again below
            interrupts.append(error)
            interrupted(len(interrupts))
    if interrupts:
        raise interrupts[0]


def has_ended(thread: Thread, ended: Flag) -> bool:
    """Wait for a moment for a thread to end.

    An interrupt during `Thread.join` would make Python 3.11 believe that the thread has ended.
    """
    if thread.ident is not None and not ended.wait(0.05):
        return False
    if thread.ident is not None:
        thread.join()
    return True
