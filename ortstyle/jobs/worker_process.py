"""A worker process as its supervisor sees it: commands in, events out, and its last words.

See `worker` for the protocol. The process is a stranger to the terminal's Ctrl-C, so that it is the
supervisor who decides when a job is stopped; it ends by itself when its standard input ends, which
is also what happens when the supervisor is killed.
"""

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event as Flag, Lock, Thread
from typing import IO, Any, Literal, Self

from ortstyle.errors import JobError
from ortstyle.files import reason_of
from ortstyle.jobs.events import Event
from ortstyle.jobs.row import one_line

#: What may be asked of a worker.
Command = Literal["run", "pause", "proceed", "stop", "save", "preview", "exit"]

_LONGEST_EVENT = 1 << 24  # bytes; previews are the longest
_LONGEST_WORD = 1000  # bytes of a line on standard error that are read at once
_EVENTS = 1000  # that wait to be read, before the worker has to wait
_TAIL = 20  # lines of standard error that are kept
_GRACE = 2.0  # seconds for a process to end once it has been told to

DETACHED: dict[str, Any] = {"start_new_session": True}
if sys.platform == "win32":
    _FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    DETACHED = {"creationflags": _FLAGS}


class WorkerDiedError(JobError):
    """A worker process has ended; the message holds its last words."""


class WorkerProcess:
    """A process that paints one job after another; a context manager, which ends it.

    Parameters
    ----------
    command
        The command that starts it, such as `worker.worker_command` returns.

    Raises
    ------
    JobError
        The process can't be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(), **DETACHED
            )
        except (OSError, ValueError) as error:
            raise JobError(
                f"no worker process can be started ({reason_of(error)}); close other programs, or "
                "install ortstyle anew"
            ) from error
        self._sending, self._closing, self._fault = Lock(), Flag(), ""
        self._events: Queue[Event | Literal["end"] | None] = Queue(_EVENTS)
        self._words: deque[str] = deque(maxlen=_TAIL)
        self._threads = [
            Thread(target=read, name="worker", daemon=True)
            for read in (self._read_events, self._read_words)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def send(self, command: Command, **values: Any) -> None:
        """Send a command; nothing if the process has ended, which `next_event` tells.

        Any thread may call this.
        """
        line = json.dumps({"command": command, **values}).encode() + b"\n"
        with self._sending, suppress(OSError, ValueError):  # ValueError: it is closed
            _of(self._process.stdin).write(line)
            _of(self._process.stdin).flush()

    def next_event(self, timeout: float) -> Event | None:
        """Wait for an event; return None if there is none in time, or after `wake`.

        Raises
        ------
        WorkerDiedError
            The process has ended, or wrote something that is no event.
        """
        try:
            found = self._events.get(timeout=timeout)
        except Empty:
            if self.is_alive:
                return None
            try:  # another process may still have its standard output open
                found = self._events.get(timeout=_GRACE)
            except Empty:
                found = "end"
        if found == "end":
            self._put("end")  # for who asks again
            raise WorkerDiedError(self._last_words())
        return found

    def wake(self) -> None:
        """Let a thread that waits in `next_event` return; any thread may call this."""
        with suppress(Full):
            self._events.put_nowait(None)

    def kill(self) -> None:
        """End the process at once; any thread may call this."""
        self._process.kill()

    def close(self, patience: float = _GRACE) -> None:
        """Let the process end and wait for it; closing it again does nothing.

        Parameters
        ----------
        patience
            Seconds to wait before it is killed.
        """
        with self._sending, suppress(OSError):
            _of(self._process.stdin).close()
        self._closing.set()
        for end in (self._process.terminate, self._process.kill):
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
                break
            end()
        self._process.wait()
        for thread, stream in zip(self._threads, self._streams, strict=True):
            thread.join(_GRACE)
            if not thread.is_alive():  # else a process that the worker has started writes there
                stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _streams(self) -> tuple[IO[bytes], IO[bytes]]:
        return _of(self._process.stdout), _of(self._process.stderr)

    def _read_events(self) -> None:
        """Read events until the end of standard output, or until something is no event."""
        stream = self._streams[0]
        try:
            while (line := stream.readline(_LONGEST_EVENT)).endswith(b"\n"):
                self._put(Event.from_line(line.decode("ascii")))
            if len(line) == _LONGEST_EVENT:
                self._fault = "it wrote an event without end"
        except JobError as error:
            self._fault = str(error)
        except ValueError:
            self._fault = "it wrote what is no text"
        self._put("end")

    def _put(self, event: Event | Literal["end"]) -> None:
        while not self._closing.is_set():
            with suppress(Full):
                self._events.put(event, timeout=0.1)
                return

    def _read_words(self) -> None:
        stream = self._streams[1]
        while line := stream.readline(_LONGEST_WORD):
            if text := one_line(line.decode("utf-8", "replace")):
                self._words.append(text)

    def _last_words(self) -> str:
        """Return in one line how the process has ended and what it wrote last."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0 if self._fault else _GRACE)
        if self.is_alive:
            self._process.kill()
            self._fault = self._fault or "it wrote no more"
        code = self._process.wait()
        self._threads[1].join(_GRACE)
        last = self._words[-1] if self._words else ""
        return ": ".join(filter(None, [self._fault or describe_exit(code), last]))


def describe_exit(code: int) -> str:
    """Return in words what a process's exit code says."""
    if code < 0:
        with suppress(ValueError):
            name = signal.Signals(-code).name
            why = ", as when memory is short" if name == "SIGKILL" else ""
            return f"killed by {name}{why}"
    return f"exit code {code if code < 1 << 16 else hex(code)}"


def environment() -> dict[str, str]:
    """Return an environment in which a process finds this very package."""
    folder = Path(__file__).parents[2]
    if folder.name in ("site-packages", "dist-packages"):
        return dict(os.environ)
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [*known, str(folder)]))}


def _of(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101  all three are pipes
    return stream
