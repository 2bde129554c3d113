"""One process that reads pictures, and its streams; see `reader`."""

import json
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any

from ortstyle.errors import StudioError
from ortstyle.files import reason_of
from ortstyle.jobs.worker_process import DETACHED, describe_exit, environment

_LONGEST_ANSWER = 1 << 22  # bytes
_GRACE = 2.0  # seconds for the process to end by itself
_START = 120.0  # seconds until it is ready, also on a machine that is busy


class ChildDiedError(Exception):
    """The process has ended; the message says how."""


class TooSlowError(Exception):
    """No answer has come in time."""


class ReaderChild:
    """A process that has been started, and the thread that reads its answers."""

    def __init__(self, command: Sequence[str]) -> None:
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=nothing, env=environment(), **DETACHED
            )
        except (OSError, ValueError) as error:
            raise StudioError(
                f"The process that reads pictures can't be started ({reason_of(error)}); close "
                "other programs, and try again."
            ) from error
        self._answers: SimpleQueue[bytes] = SimpleQueue()
        self._number, self._is_ready = 0, False
        self._thread = Thread(target=self._read, name="reader", daemon=True)
        self._thread.start()

    def ask(self, values: dict[str, Any], patience: float) -> dict[str, Any]:
        """Send a request and wait for its answer so many seconds."""
        self._wait_until_ready()
        self._number += 1
        line = json.dumps({"number": self._number, **values}).encode("ascii") + b"\n"
        with suppress(OSError, ValueError):  # ValueError: it is closed; the answer tells
            _of(self._process.stdin).write(line)
            _of(self._process.stdin).flush()
        return self._next(patience)

    def close(self, patience: float = _GRACE) -> None:
        """Let the process end, and wait so many seconds for it before it is killed."""
        with suppress(OSError):
            _of(self._process.stdin).close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        self._process.kill()
        self._process.wait()
        self._thread.join(_GRACE)
        if not self._thread.is_alive():
            _of(self._process.stdout).close()

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        try:
            found = self._next(_START)
            line = found.get("error", "")
        except (TooSlowError, ChildDiedError) as error:
            self.close(patience=0)
            line = str(error) or "it does not answer"
        if line:
            raise StudioError(
                f"The process that reads pictures can't be started ({line}); close other "
                "programs, or install ortstyle anew."
            )
        self._is_ready = True

    def _next(self, patience: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=patience)
        except Empty:
            raise TooSlowError from None
        try:
            found = json.loads(line)
            if found["number"] == self._number:
                return dict(found)
        except (LookupError, TypeError, ValueError, RecursionError):
            pass
        raise ChildDiedError("it wrote what is no answer" if line else self._describe_exit())

    def _describe_exit(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            return describe_exit(self._process.wait(_GRACE))
        return "it wrote no more"

    def _read(self) -> None:
        """Put the lines of standard output in the queue, and at its end an empty one."""
        stream = _of(self._process.stdout)
        while (line := stream.readline(_LONGEST_ANSWER)).endswith(b"\n"):
            self._answers.put(line)
        self._answers.put(b"")


def _of(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101  both are pipes
    return stream
