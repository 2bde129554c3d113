"""Writing files: checked before a run, then written as a whole or not at all.

A file is written under a temporary name beside its target and renamed once it is complete. A crash
therefore leaves either the whole new file or what was there before.
"""

import errno
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeAlias

from ortstyle.errors import OutputError
from ortstyle.special_files import is_reserved, retry_while_open, special_kind

if sys.platform != "win32":
    import fcntl

WriteContent: TypeAlias = Callable[[BinaryIO], object]
"""A function that writes the content of a file into a binary file open for writing."""

_WINDOWS_PATH_LENGTH = 259  # characters
_TEMPORARY = re.compile(r"\.ortstyle-[0-9a-f]{16}\.\w+")  # see `_temporary_path`
_ABANDONED_SECONDS = 3600.0


def write_atomically(path: Path, write: WriteContent, *, temporary_name: str | None = None) -> None:
    """Write a file so that ``path`` holds either all of it or what was there before.

    A symbolic link is followed, and the permissions of a file that is replaced are kept.

    Parameters
    ----------
    path
        The file.
    write
        A function that writes the content into an open file.
    temporary_name
        Name of the temporary file in the folder of ``path``, where it replaces a file of this name:
        a process that is killed again and again leaves one at most. None for a new name each time.

    Raises
    ------
    OSError
        The file can't be written. The temporary file is removed after this and any other error.
    """
    real = follow_links(path)
    if kind := special_kind(real):
        raise OSError(errno.EINVAL, f"it is {kind}, not a file")
    temporary = _write_temporary(real, write, name=temporary_name)
    try:
        with suppress(FileNotFoundError):
            shutil.copymode(real, temporary)
        retry_while_open(lambda: temporary.replace(real))
    except BaseException:
        with suppress(OSError):
            temporary.chmod(0o600)  # Windows removes no file that is read-only
            temporary.unlink()
        raise


def try_writing(path: Path, write: WriteContent, *, temporary_name: str | None = None) -> None:
    """Raise an `OSError` if no file can be written at ``path``; change nothing.

    A temporary file is written beside ``path`` and removed; it is named as by `write_atomically`.
    """
    real = follow_links(path)
    with suppress(FileNotFoundError):
        real.stat()  # fails where the file system refuses the name
    temporary = _write_temporary(real, write, name=temporary_name)
    try:
        # Windows reports a name that is too long only when a file is renamed to it.
        if sys.platform == "win32" and not real.exists():
            temporary = retry_while_open(lambda: temporary.rename(real))
    finally:
        retry_while_open(temporary.unlink)


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files that processes which were killed have left in a folder.

    A file is removed only if nothing was written to it for an hour, and no process has it open.
    """
    with suppress(OSError):
        for path in folder.iterdir():
            if _TEMPORARY.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                _remove_abandoned(path)


def _remove_abandoned(path: Path) -> None:
    with suppress(OSError):  # on Windows an open file can't be removed
        if time.time() - path.stat().st_mtime < _ABANDONED_SECONDS:
            return
        with path.open("rb") as file:
            if sys.platform != "win32":
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()


def save_file(path: Path, data: bytes, *, option: str) -> None:
    """Save bytes so that ``path`` holds either all of them or what was there before.

    Parameters
    ----------
    path
        The file.
    data
        Its content.
    option
        The option that names the file, such as "plot"; error messages begin with it.

    Raises
    ------
    OutputError
        The file can't be written there; nothing is left behind.
    """
    with writing_errors(path, option=option):
        write_atomically(path, lambda file: file.write(data))


def check_file(path: Path, suffixes: Sequence[str], *, option: str) -> None:
    """Check before a run that a file can be written at ``path``.

    Parameters
    ----------
    path
        The file.
    suffixes
        The suffixes that it may have, in lower case.
    option
        The option that names the file, such as "plot"; error messages begin with it.

    Raises
    ------
    OutputError
        The suffix is not one of ``suffixes``, ``path`` is no file's, or can't be written.
    """
    with writing_errors(path, option=option):
        if path.suffix.lower() not in suffixes and not special_kind(path):
            raise OutputError(f"{option} {path} must end in {' or '.join(suffixes)}")
        if path.is_dir():
            raise OutputError(f"{option} {path} is a folder; name a file in it")
        check_writable(path, lambda file: file.write(b""), option=option)


def check_ordinary(path: Path, *, option: str) -> None:
    """Raise an `OutputError` if a path names a pipe, a socket or a device, also Windows' own."""
    if sys.platform == "win32" and is_reserved(path):
        raise OutputError(f"{option} {path}: Windows reserves the name {path.name}; choose another")
    if kind := special_kind(path):
        other = ", or use -o -" if option == "output" else ""
        raise OutputError(f"{option} {path} is {kind}; name a file{other}")


def check_writable(
    path: Path, write: WriteContent, *, option: str, temporary_name: str | None = None
) -> None:
    """Check before a run that ``path`` can be written; the error says what to do if it can't.

    Parameters
    ----------
    path
        The file.
    write
        A function that writes any valid content, to a temporary file that is removed; its name is
        as in `write_atomically`.
    option
        The option that names the file; error messages begin with it.

    Raises
    ------
    OutputError
        The folder is missing, or the file is write-protected, no file but a pipe or a device, open
        in another program, or has a name that Windows reserves.
    OSError
        The system refuses the file for any other reason.
    """
    check_ordinary(path, option=option)
    real = follow_links(path)
    if not real.parent.is_dir():
        raise _not_found(path, real, option=option)
    with suppress(FileNotFoundError):
        real.stat()  # fails where the file system refuses the name
        if not os.access(real, os.W_OK):
            raise OutputError(f"{option} {path} is write-protected; choose another name")
        if sys.platform == "win32" and _is_open(real):
            raise OutputError(
                f"{option} {path} is open in another program; close it there, or choose another "
                "name"
            )
    try:
        try_writing(path, write, temporary_name=temporary_name)
    except OSError as error:
        if isinstance(error, FileNotFoundError) or _is_too_long(real):
            raise _not_found(path, real, option=option) from error
        raise


@contextmanager
def writing_errors(path: Path, *, option: str = "output") -> Iterator[None]:
    """Turn any error raised inside into an `OutputError` of one line that names ``path``."""
    try:
        yield
    except OutputError:
        raise
    # Pillow's encoders refuse a picture with errors of many kinds: OSError, ValueError…
    except Exception as error:
        flag = "-o" if option == "output" else f"--{option}"
        raise OutputError(
            f"{option} {path} can't be written ({reason_of(error)}); choose another place with "
            f"{flag}"
        ) from error


def reason_of(error: BaseException) -> str:
    """Return why something failed, on one line."""
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or " ".join(str(error).split()) or type(error).__name__


def same_file(path: Path, other: Path) -> bool:
    """Return whether two paths name the same file, whether or not it exists."""
    with suppress(OSError):  # one of them does not exist
        return path.samefile(other)
    return follow_links(path) == follow_links(other)


def follow_links(path: Path) -> Path:
    """Return the absolute path without links, as far as the system can follow them.

    Windows can't follow a path that is too long or names a device; where the current folder has
    been removed, a relative path stays one.
    """
    for follow in (path.resolve, path.absolute):
        with suppress(OSError, RuntimeError):  # of links in a circle, until Python 3.13
            return follow()
    return path


def _temporary_path(target: Path) -> Path:
    """Return the path of a new temporary file in the folder of ``target``."""
    return target.parent / f".ortstyle-{secrets.token_hex(8)}{target.suffix}"


def _write_temporary(target: Path, write: WriteContent, *, name: str | None = None) -> Path:
    """Write a temporary file beside ``target``, with the permissions that the umask gives."""
    temporary = target.with_name(name) if name else _temporary_path(target)
    try:
        if name:
            temporary.unlink(missing_ok=True)
        with temporary.open("xb") as file:
            if sys.platform != "win32":
                with suppress(OSError):  # a file system without locks
                    fcntl.flock(file, fcntl.LOCK_EX)  # see `remove_abandoned`
            write(file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return temporary


def _not_found(path: Path, real: Path, *, option: str) -> OutputError:
    """Return the error for a path that the system can't find."""
    if _is_too_long(real):
        return OutputError(
            f"{option} {path} can't be written (its path may be too long for Windows); choose "
            "another place"
        )
    if not real.is_absolute():
        return OutputError(f"{option} {path}: the current folder has been removed; leave it")
    if real.parent.is_file():
        return OutputError(f"{option} {path}: {real.parent} is a file, not a folder")
    return OutputError(f"{option} {path}: its folder does not exist; create it first")


def _is_too_long(path: Path) -> bool:
    """Return whether a path, or that of its temporary file, may be too long for Windows.

    Windows 10 1607 and later can be configured to allow longer paths, but not longer names.
    """
    longest = max(len(str(path)), len(str(_temporary_path(path))))
    return sys.platform == "win32" and longest > _WINDOWS_PATH_LENGTH


def _is_open(path: Path) -> bool:
    """Return whether a program keeps a file open, so that Windows lets no other replace it."""
    with suppress(PermissionError):
        retry_while_open(lambda: path.replace(path))
        return False
    return True
