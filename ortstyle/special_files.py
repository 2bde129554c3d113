"""Files that are none, such as pipes, links and reserved names; files that others have open."""

import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")

PIPE = "a pipe"
_JUNCTION = 0xA0000003  # `stat.IO_REPARSE_TAG_MOUNT_POINT`; any user may make one
_SECONDS = 2.0  # a file that is open for longer is in use
_PAUSE = 0.02  # seconds between two tries
#: Windows' errors where a file is open elsewhere: access denied, sharing violation, lock violation.
_OPEN_ELSEWHERE = (5, 32, 33)


def special_kind(path: Path) -> str:
    """Return "a pipe", "a socket" or "a device" if a path names one; empty for all else."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # there is nothing, or the file system refuses the name
        return ""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return ""
    if stat.S_ISFIFO(mode):
        return PIPE
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def is_link(path: Path) -> bool:
    """Return whether a path is a link, or one of Windows' folders that stand for another one."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return False
    return stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == _JUNCTION


def can_name(text: str) -> bool:
    """Return whether text has only signs of which the system can make the name of a file.

    Half of a surrogate pair is none, also on Windows, which would take it.
    """
    try:
        if sys.platform == "win32":
            text.encode()
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def is_reserved(path: Path) -> bool:
    """Return whether Windows reserves a name for a device, such as nul.png, or refuses it."""
    if sys.version_info >= (3, 13):
        return os.path.isreserved(path.name)
    return path.is_reserved()


def retry_while_open(change: Callable[[], _T]) -> _T:
    """Return what a function returns that replaces, renames or removes a file.

    Windows refuses that while another program has the file open, unless that program allows it.
    Virus scanners, search indexers and programs that synchronise folders open a file just when it
    has been written, and close it soon after. So the function is called again, for two seconds at
    most.

    Raises
    ------
    OSError
        The file is still open, or the system refuses the change for another reason.
    """
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            return change()
        except OSError as error:
            # Only Windows' errors have this attribute.
            is_open = getattr(error, "winerror", None) in _OPEN_ELSEWHERE
            if not is_open or time.monotonic() >= deadline:
                raise
        time.sleep(_PAUSE)
