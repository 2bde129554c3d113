"""A picture that is being sent: its bytes in a temporary file, counted and hashed as they come."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Self

from ortstyle.errors import StudioError
from ortstyle.files import reason_of
from ortstyle.special_files import retry_while_open
from ortstyle.studio.faults import TooLarge, disk_full, is_full


class Upload:
    """A temporary file that is removed, unless `move_to` has kept it; a context manager.

    Parameters
    ----------
    path
        The temporary file, which does not exist yet.
    most_bytes
        Its largest size.
    shown
        The name by which messages call it.

    Attributes
    ----------
    path
        The file.
    size
        How many bytes have come.

    Raises
    ------
    TooLarge
        More bytes have come than allowed.
    NoSpace
        The disk is full.
    StudioError
        The file can't be written.
    """

    def __init__(self, path: Path, *, most_bytes: int, shown: str) -> None:
        self.path, self.size = path, 0
        self._most, self._shown, self._hash = most_bytes, shown, sha256()
        with writing_faults():
            self._file = path.open("xb")

    @property
    def sha256(self) -> str:
        """The hash of what has come, as hexadecimal digits."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Write what has come."""
        self.size += len(data)
        if self.size > self._most:
            raise too_large(self._shown, self._most)
        self._hash.update(data)
        with writing_faults():
            self._file.write(data)

    def finish(self) -> None:
        """Close the file, once all has come."""
        with writing_faults():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def move_to(self, path: Path) -> None:
        """Keep the file at a path."""
        with writing_faults():
            retry_while_open(lambda: self.path.replace(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


@contextmanager
def writing_faults() -> Iterator[None]:
    """Turn any `OSError` raised inside into `NoSpace` or a `StudioError`, in a sentence."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise disk_full() from error
        raise StudioError(
            f"The studio's folder can't be written ({reason_of(error)}); check its disk."
        ) from error


def too_large(shown: str, most_bytes: int) -> TooLarge:
    """Return what is said of a picture that has too many bytes."""
    most = f"{most_bytes / 1e6:,.0f} MB" if most_bytes >= 1e6 else f"{most_bytes:,} bytes"
    return TooLarge(f"“{shown}” is larger than {most}, which is the most; send a smaller file.")
