"""How much memory this process may still take, by what the system and its limits say."""

import ctypes
import mmap
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_UNKNOWN = 2_000_000_000  # where nothing can be found out: what the smallest machines have free


def free_memory() -> int:
    """Give the bytes that this process may still take without swapping or being ended.

    On Linux the least of what the system has free or can free and what each control group around
    the process and its own limits leave; on Windows and macOS what the system has; elsewhere half
    of the machine's memory.
    """
    found = None
    with suppress(OSError, ValueError, AttributeError):
        if sys.platform == "linux":
            found = linux_memory()
        elif sys.platform == "win32":
            found = _windows_memory()
        elif sys.platform == "darwin":
            found = _mac_memory()
    return _half_of_all() if found is None else max(found, 0)


def linux_memory(root: Path = Path("/")) -> int | None:
    """Read it from the files under `root`; None where there are none."""
    found = [*_system(root), *_version_2(root), *_version_1(root), *own_limits(root)]
    return min(found, default=None)


def _system(root: Path) -> Iterator[int]:
    with suppress(OSError, ValueError):
        for line in (root / "proc/meminfo").read_text("ascii").splitlines():
            name, _, amount = line.partition(":")
            if name == "MemAvailable":
                yield int(amount.split()[0]) * 1024


def _version_2(root: Path) -> Iterator[int]:
    """Give what each control group of version 2 leaves."""
    for folder in _groups(root, "", root / "sys/fs/cgroup"):
        yield from _left(folder, "memory.max", "memory.current", "inactive_file")


def _version_1(root: Path) -> Iterator[int]:
    """Give what each control group of version 1 leaves."""
    for folder in _groups(root, "memory", root / "sys/fs/cgroup/memory"):
        usage = "memory.usage_in_bytes"
        yield from _left(folder, "memory.limit_in_bytes", usage, "total_inactive_file")


def _groups(root: Path, controller: str, mounted: Path) -> Iterator[Path]:
    """List the folders of the process's group and of all around it, innermost first.

    A container may see the path of its group from outside, where only the mount itself is its own.
    """
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text("utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                inner = mounted / path.strip("/")
                yield inner
                if inner != mounted:
                    yield from (p for p in inner.parents if p.is_relative_to(mounted))


def _left(folder: Path, limit: str, usage: str, reclaimable: str) -> Iterator[int]:
    """Give a group's limit less its usage, of which cached files count as free; none without."""
    with suppress(OSError, ValueError):  # "max" is no limit
        most = int((folder / limit).read_text("ascii"))
        taken = int((folder / usage).read_text("ascii"))
        for line in (folder / "memory.stat").read_text("ascii").splitlines():
            name, _, amount = line.partition(" ")
            if name == reclaimable:
                taken -= int(amount)
        yield most - max(taken, 0)


def own_limits(root: Path = Path("/")) -> Iterator[int]:
    """Give what `ulimit -v` and `ulimit -d` leave, where they are set."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  Windows has none

    with suppress(OSError, ValueError, IndexError):
        pages = (root / "proc/self/statm").read_text("ascii").split()
        for limit, column in ((resource.RLIMIT_AS, 0), (resource.RLIMIT_DATA, 5)):
            most, _ = resource.getrlimit(limit)
            if most != resource.RLIM_INFINITY:
                yield most - int(pages[column]) * mmap.PAGESIZE


class _Status(ctypes.Structure):
    """MEMORYSTATUSEX."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("total", ctypes.c_uint64),
        ("free", ctypes.c_uint64),
        ("total_committable", ctypes.c_uint64),
        ("committable", ctypes.c_uint64),
        ("total_addresses", ctypes.c_uint64),
        ("addresses", ctypes.c_uint64),
        ("extended", ctypes.c_uint64),
    )


def _windows_memory() -> int | None:
    status = _Status(length=ctypes.sizeof(_Status))
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return min(int(status.free), int(status.committable), int(status.addresses))


def _mac_memory() -> int | None:
    """Ask host_statistics64 for HOST_VM_INFO64; its first and third count are free, inactive."""
    system = ctypes.CDLL(None)
    system.mach_host_self.restype = ctypes.c_uint32
    counts, length = (ctypes.c_uint32 * 38)(), ctypes.c_uint32(38)
    where = (ctypes.c_uint32(system.mach_host_self()), 4, counts, ctypes.byref(length))
    if system.host_statistics64(*where):
        return None
    return int(counts[0] + counts[2]) * mmap.PAGESIZE


def _half_of_all() -> int:
    if sys.platform == "win32":
        return _UNKNOWN
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN
