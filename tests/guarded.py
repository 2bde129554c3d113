"""Runs a function in a process of its own, bounded in time, whose memory and output are measured.

What a file from a stranger does to a reader is found out there: the process may hang, take all
memory, or die, and the tests go on with another one.
"""

import os
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from ortstyle.errors import OrtStyleError

MEMORY = 6 << 30  # bytes of address space, so that a mistake takes the process, not the machine


@dataclass(frozen=True)
class Outcome:
    """How a call ended: "done", "refused", "error", "hang" or "died", and what it took.

    `megabytes` are those above what the process held before; 0 where the system does not tell.
    """

    kind: str
    text: str = ""
    seconds: float = 0.0
    megabytes: int = 0
    printed: str = ""

    def fault(self, *, seconds=10.0, megabytes=1024, silent=True):
        """Return what is wrong with this outcome in words; empty if nothing is.

        A call that is to be `silent` prints nothing, nor does a library that it uses.
        """
        if self.kind not in ("done", "refused"):
            return f"{self.kind} after {self.seconds:.1f} s: {self.text}"
        if self.kind == "refused" and (not self.text or len(self.text.splitlines()) != 1):
            return f"its message is not one line: {self.text!r}"
        if silent and self.printed:
            return f"printed {self.printed!r}"
        if self.seconds > seconds:
            return f"took {self.seconds:.1f} s"
        return f"took {self.megabytes} MB" if self.megabytes > megabytes else ""


class Guarded:
    """Calls a function of an importable module in another process, one call after the other."""

    def __init__(self, function, *, seconds=20.0):
        self._function, self._seconds = function, seconds
        self._process = self._pipe = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop()

    def __call__(self, *arguments):
        """Return the outcome of a call with these arguments."""
        if self._process is None:
            context = get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(self._function, theirs))
            self._process.daemon = True
            self._process.start()
            theirs.close()
            assert self._pipe.recv() == "ready"
        began = time.monotonic()
        self._pipe.send(arguments)
        if not self._pipe.poll(self._seconds):
            self._stop()
            return Outcome("hang", seconds=time.monotonic() - began)
        try:
            return self._pipe.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            self._stop()
            return Outcome("died", f"exit code {code}", seconds=time.monotonic() - began)

    def _stop(self):
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None


def _serve(function, pipe):
    """Answer calls that come through a pipe, until it is closed."""
    with suppress(ImportError):  # Windows has no limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with tempfile.TemporaryFile() as printed:
        sys.stdout.flush()
        for stream in (1, 2):
            os.dup2(printed.fileno(), stream)
        pipe.send("ready")
        with suppress(EOFError):
            while True:
                pipe.send(_outcome(function, pipe.recv(), printed))


def _outcome(function, arguments, printed):
    printed.seek(0)
    printed.truncate()
    before, began = _start_measuring(), time.monotonic()
    try:
        kind, text = "done", str(function(*arguments) or "")
    except OrtStyleError as error:
        kind, text = "refused", str(error)
    except Exception:  # noqa: BLE001  any of them is what the tests look for
        kind, text = "error", traceback.format_exc()
    seconds = time.monotonic() - began
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    printed.seek(0)
    said = printed.read(2000).decode("utf-8", "replace")
    return Outcome(kind, text, seconds, (_peak() - before) >> 20, said)


def _start_measuring():
    """Return the bytes that the process holds now, and begin to watch its peak."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak():
    """Return the most bytes that the process has held; 0 where the system does not tell."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) << 10
    return 0


def fuzzing(*, at_least=0):
    """Yield numbers for as many minutes as ORTSTYLE_FUZZ_MINUTES says, by default 1/3.

    The first is that of ORTSTYLE_FUZZ_FROM, by default 0; another one gives other cases.
    """
    end = time.monotonic() + 60 * float(os.environ.get("ORTSTYLE_FUZZ_MINUTES", "0.33"))
    number = first = int(os.environ.get("ORTSTYLE_FUZZ_FROM", "0"))
    while number < first + at_least or time.monotonic() < end:
        yield number
        number += 1
