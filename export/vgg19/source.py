"""An open file of weights, as the readers get it, and words about what is wrong with it."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

HEAD = 32  # bytes at a file's beginning, enough for every format's signature


@dataclass(frozen=True)
class Source:
    """A file of weights, open for reading.

    Attributes
    ----------
    name : str
        What messages call it: its path, followed by the member's name if it lies in an archive.
    path : Path
        The file on disk: the archive, if it lies in one.
    file : io.BufferedIOBase
        Its bytes, at any position.
    head : bytes
        Its first 32 bytes, or all if it is shorter.
    """

    name: str
    path: Path
    file: io.BufferedIOBase
    head: bytes

    def sha256(self) -> str:
        """Hash the whole file, in hexadecimal."""
        return sha256(self.file)


def sha256(file: io.BufferedIOBase) -> str:
    """Hash an open file from its beginning, in hexadecimal."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def first_line(error: Exception) -> str:
    """Give the first line of an error's message, or its type's name if it has none."""
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__
