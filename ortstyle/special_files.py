"""Pipes, sockets and devices, which have the name of a file: opening one may wait for ever."""

import stat
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
