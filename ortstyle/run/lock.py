"""A lock that lets only one process at a time use a checkpoint."""

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from ortstyle.errors import CheckpointError, CheckpointInUseError
from ortstyle.files import follow_links
from ortstyle.special_files import special_kind

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class CheckpointLock:
    """Locks a checkpoint for one process; the operating system unlocks it when the process ends.

    Parameters
    ----------
    path
        The path of the checkpoint; the lock's file has the same name with ``.lock`` added.

    Raises
    ------
    CheckpointInUseError
        Another process has locked the checkpoint.
    CheckpointError
        The lock's file can't be made.
    """

    def __init__(self, path: Path) -> None:
        real = follow_links(path)
        self._path = real.with_name(f"{real.name}.lock")
        try:
            self._file = self._acquire()
        except (BlockingIOError, PermissionError) as error:
            if isinstance(error, PermissionError) and not os.access(real.parent, os.W_OK):
                raise CheckpointError(
                    f"checkpoint {path} lies in a folder that can't be written to; choose another "
                    "place"
                ) from error
            raise CheckpointInUseError(
                f"checkpoint {path} is in use by another run; wait until that run has ended, or "
                "stop it"
            ) from error
        except OSError as error:
            raise CheckpointError(
                f"checkpoint {path} can't be written ({error.strerror}); choose another place "
                "with --checkpoint"
            ) from error

    def _acquire(self) -> BinaryIO:
        """Return the lock's file, open and locked."""
        while True:
            file = _open_unfollowed(self._path)
            try:
                _lock_file(file)
                # The process that held the lock may have removed the file since it was opened.
                if os.path.samestat(os.fstat(file.fileno()), self._path.lstat()):
                    return file
            except FileNotFoundError:
                pass
            except BaseException:
                file.close()
                raise
            file.close()

    def release(self) -> None:
        """Release the checkpoint for other processes; releasing it again does nothing."""
        if self._file.closed:
            return
        if sys.platform == "win32":  # where an open file can't be removed
            self._file.close()
        with suppress(OSError):
            if self._path.lstat().st_size == 0:
                self._path.unlink()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


# A link that a stranger has left would make a file elsewhere, and a pipe could be waited for.
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND
_FLAGS |= sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


def _open_unfollowed(path: Path) -> BinaryIO:
    """Open a file, which is made if it is missing; raise an `OSError` if it is a link or a pipe."""
    if path.is_symlink():  # not every system has O_NOFOLLOW
        raise OSError(errno.ELOOP, f"{path.name} is a link")
    if kind := special_kind(path):
        raise OSError(errno.EINVAL, f"{path.name} is {kind}")
    return os.fdopen(os.open(path, _FLAGS, 0o666), "ab")


#: Windows' errors for a byte that another process has locked: access denied, deadlock avoided, and
#: under Wine no error number.
_HELD_ELSEWHERE = (0, errno.EACCES, errno.EDEADLK)


def _lock_file(file: BinaryIO) -> None:
    """Lock a file, or raise BlockingIOError where another process has locked it."""
    if sys.platform == "win32":
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in _HELD_ELSEWHERE:
                raise BlockingIOError(error.errno, "in use") from error
            raise
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
