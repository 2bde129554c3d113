"""The folder of large temporary files: one on a disk, because some systems keep /tmp in memory."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_IN_MEMORY = {"tmpfs", "ramfs", "devtmpfs", "hugetlbfs"}  # file systems


def disk_folder() -> Path | None:
    """Return the folder for temporary files that take no memory; None if there is none.

    This is where `tempfile` puts its own, which TMPDIR names, unless it is in memory; otherwise
    /var/tmp or the user's cache.
    """
    return next((folder for folder in _candidates() if not is_in_memory(folder)), None)


def temporary_folder() -> Path:
    """Return the folder for large temporary files: `disk_folder`, or `tempfile`'s if it is None."""
    return disk_folder() or Path(tempfile.gettempdir())


def _candidates() -> Iterator[Path]:
    """Yield the folders in question that can be written to, the best first."""
    first = Path(tempfile.gettempdir())
    yield first
    if sys.platform != "linux":
        return
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  raises nothing where there is none
    cache = os.environ.get("XDG_CACHE_HOME", "")
    others = [Path("/var/tmp"), Path(cache) if cache else home / ".cache"]  # noqa: S108
    yield from (folder for folder in others if folder.is_dir() and os.access(folder, os.W_OK))


def is_in_memory(folder: Path, root: Path = Path("/")) -> bool:
    """Return whether the files of a folder are in memory; only Linux can tell.

    `root` is the folder in which ``proc`` is.
    """
    if sys.platform != "linux":
        return False
    with suppress(OSError, ValueError):
        device = folder.stat().st_dev
        number = f"{os.major(device)}:{os.minor(device)}"
        # Lines of proc(5): "36 35 98:0 / /mnt rw,noatime master:1 - ext3 /dev/root rw".
        for line in (root / "proc/self/mountinfo").read_text("utf-8", "replace").splitlines():
            mount, _, system = line.partition(" - ")
            if mount.split()[2:3] == [number]:
                return system.split()[0] in _IN_MEMORY
    return False
