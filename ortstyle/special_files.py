"""Names of files that are none: pipes and devices, which may be waited for for ever, and links."""

import os
import stat
import sys
from pathlib import Path

PIPE = "a pipe"
_JUNCTION = 0xA0000003  # `stat.IO_REPARSE_TAG_MOUNT_POINT`; any user may make one


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
