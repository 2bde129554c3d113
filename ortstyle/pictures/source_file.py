"""Opening of whatever a path of a picture names: a file, a pipe or standard input.

A pipe is read once, into memory. Nothing waits for a pipe that nobody writes to.
"""

import io
import os
import select
import stat
import sys
import time
from pathlib import Path
from typing import BinaryIO

from ortstyle.errors import PictureError
from ortstyle.special_files import PIPE, special_kind

STANDARD_INPUT = "-"
"""The path that stands for standard input; a file of this name is ``./-``."""

MAX_PIPE_BYTES = 1 << 30
"""How many bytes are read from a pipe at most."""

_WAIT_FOR_WRITER = 5.0  # seconds until a pipe that nobody has open for writing is refused
_WAIT_FOR_DATA = 60.0  # seconds until one is refused whose writer is silent
_LOOK_AGAIN = 0.1  # seconds
_PIECE = 1 << 16


def label_of(name: str, path: str | os.PathLike[str]) -> str:
    """Return the role and the name of a picture, with which error messages begin."""
    if os.fspath(path) == STANDARD_INPUT:
        return f"{name} from standard input"
    return f"{name} {os.fspath(path)}"


def is_pipe(source: object) -> bool:
    """Return whether a source is the path of a pipe or of standard input, read only once."""
    if not isinstance(source, str | os.PathLike):
        return False
    return os.fspath(source) == STANDARD_INPUT or special_kind(Path(source)) == PIPE


def open_source(path: Path, *, label: str) -> BinaryIO:
    """Open a picture's file, or read a pipe; error messages begin with ``label``.

    Returns
    -------
    BinaryIO
        A file that can be read again from its beginning.

    Raises
    ------
    PictureError
        The path is a folder, a device or a socket, or can't be that of a file; the file is empty;
        or from a pipe nothing comes, or too much.
    OSError
        The file can't be opened; see `pillow_guard.reading_errors`.
    """
    if os.fspath(path) == STANDARD_INPUT:
        return _read_standard_input(label)
    try:
        found = path.stat()
    except ValueError as error:  # it holds a null, or what is no character
        raise PictureError(f"{label} can't be the name of a file; check the path") from error
    if stat.S_ISDIR(found.st_mode):
        raise PictureError(f"{label} is a folder; name a picture in it")
    if stat.S_ISREG(found.st_mode):
        if found.st_size == 0:
            raise PictureError(f"{label} is empty; get a fresh copy")
        return path.open("rb")
    kind = special_kind(path)
    if kind == PIPE and sys.platform != "win32":
        return _read_fifo(path, label)
    raise PictureError(f"{label} is {kind}, not a file; name a picture")


def _read_standard_input(label: str) -> BinaryIO:
    if sys.stdin is None or sys.stdin.closed:
        raise PictureError(f"{label}: there is none; name a picture's file")
    if sys.stdin.isatty():
        raise PictureError(f"{label}: it is a terminal; redirect a picture to it with <")
    if sys.platform == "win32":
        return _in_memory(sys.stdin.buffer.read(MAX_PIPE_BYTES + 1), label)
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, io.UnsupportedOperation):  # a program has replaced it
        return _in_memory(sys.stdin.buffer.read(MAX_PIPE_BYTES + 1), label)
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise PictureError(f"{label}: it is a device, not a picture; redirect one to it with <")
    return _in_memory(_read_all(sys.stdin.fileno(), label, has_writer=True), label)


def _read_fifo(path: Path, label: str) -> BinaryIO:
    """Read a pipe that has a path; without a writer opening it would wait for ever."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        return _in_memory(_read_all(descriptor, label, has_writer=False), label)
    finally:
        os.close(descriptor)


def _read_all(descriptor: int, label: str, *, has_writer: bool) -> bytes:
    """Read to the end of a pipe; where a writer may still come, wait a moment for one."""
    parts: list[bytes] = []
    count, begun, heard = 0, time.monotonic(), time.monotonic()
    while count <= MAX_PIPE_BYTES:
        if not select.select([descriptor], [], [], _LOOK_AGAIN)[0]:
            if time.monotonic() - heard > _WAIT_FOR_DATA:
                raise PictureError(f"{label}: nothing comes from the pipe; check what writes to it")
            if has_writer:
                continue  # reading would wait
        try:
            part = os.read(descriptor, _PIECE)
        except BlockingIOError:
            continue
        if not part and (has_writer or parts):
            break
        if not part:
            if time.monotonic() - begun > _WAIT_FOR_WRITER:
                raise PictureError(f"{label} is a pipe that nobody writes to; name a file")
            time.sleep(0.02)
            continue
        heard = time.monotonic()
        parts.append(part)
        count += len(part)
    return b"".join(parts)


def _in_memory(data: bytes, label: str) -> BinaryIO:
    if not data:
        raise PictureError(f"{label} is empty: a pipe can be read only once; name a file")
    if len(data) > MAX_PIPE_BYTES:
        raise PictureError(f"{label} sends more than 1 GB; save it as a file first")
    return io.BytesIO(data)
