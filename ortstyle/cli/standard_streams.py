"""Standard output and error that may go away during a run: a closed pipe or terminal, a full disk.

Nothing that is printed is worth a picture. So printing never fails here; what could not be printed
is told by the exit code where it matters.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from typing import TextIO


class UnfailingStream:
    """A text stream that discards what can't be written any more, and remembers why.

    Parameters
    ----------
    stream
        The stream to write to. All its other attributes are the same here.
    is_missing
        Whether the process was started without this stream, and ``stream`` leads nowhere.
    """

    def __init__(self, stream: "TextIO", *, is_missing: bool = False) -> None:
        self._stream, self.is_missing = stream, is_missing
        #: The error because of which text was discarded; None while there was none.
        self.error: OSError | None = None

    def write(self, text: str) -> int:
        """Write text, if it can be written."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._discard(error)
        return len(text)

    def flush(self) -> None:
        """Write what is still in the stream's buffer, if it can be written."""
        try:
            self._stream.flush()
        except OSError as error:
            self._discard(error)

    def _discard(self, error: OSError) -> None:
        """Write to nowhere from now on, also what Python writes when it exits."""
        self.error = self.error or error
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def unfailing_streams() -> Iterator[UnfailingStream]:
    """Let printing to the standard streams never fail; return the one of standard output."""
    _open_missing_descriptors()
    before = sys.stdout, sys.stderr
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        out, error = (
            UnfailingStream(stream or nowhere, is_missing=not stream) for stream in before
        )
        sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", error)
        try:
            yield out
        finally:
            out.flush()
            error.flush()
            sys.stdout, sys.stderr = before


def _open_missing_descriptors() -> None:
    """Open the standard descriptors that are closed, else a file of the run would get their number.

    ONNX Runtime and other libraries print to descriptor 2 whatever it is.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
