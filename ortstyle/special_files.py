"""Pipes, sockets and devices, which have the name of a file: opening one may wait for ever."""

import os
import stat
import sys
from pathlib import Path

PIPE = "a pipe"


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


def is_reserved(path: Path) -> bool:
    """Return whether Windows reserves a name for a device, such as nul.png, or refuses it."""
    if sys.version_info >= (3, 13):
        return os.path.isreserved(path.name)
    return path.is_reserved()
