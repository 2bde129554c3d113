"""The streams of a worker process: commands read line by line, events written whole."""

import os
from collections.abc import Callable, Iterator
from threading import Lock

from ortstyle.jobs.events import Event

MOST_BYTES = 1 << 22  # of a command; a longer one is refused
_CHUNK = 1 << 16  # bytes to read at once


def read_lines(descriptor: int) -> Iterator[bytes]:
    """Yield the lines of a file that is open, without the ends; of one too long, its beginning.

    No lock is held while reading, so that the interpreter can exit meanwhile.
    """
    rest, is_too_long = b"", False
    while chunk := _read(descriptor):
        *lines, last = chunk.split(b"\n")
        for line in lines:
            if not is_too_long:
                yield rest + line
            rest, is_too_long = b"", False
        if not is_too_long:
            rest += last
        if len(rest) > MOST_BYTES:
            yield rest[:_CHUNK]  # no command, because its end is missing
            rest, is_too_long = b"", True


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:  # Windows' word for the end of a pipe
        return b""


class EventPipe:
    """Writes events to a file that is open, by its descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._writing = descriptor, Lock()
        self._is_lost = False
        #: Called when the reader has gone.
        self.lost: Callable[[], None] = lambda: None

    def tell(self, event: Event) -> None:
        """Write an event; nothing if the reader has gone."""
        rest = memoryview(f"{event.to_line()}\n".encode("ascii"))
        with self._writing:
            try:
                while rest and not self._is_lost:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError:
                self._is_lost = True
                self.lost()


def take_standard_streams() -> tuple[int, int]:
    """Return descriptors of standard input and output, of which others see nothing any more.

    Libraries read nothing then, and what they print goes to standard error. On Windows a library
    that looks at standard input while it is loaded would wait for the thread that reads it.
    """
    commands, events = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return commands, events
