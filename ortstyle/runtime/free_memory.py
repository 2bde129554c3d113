"""How much memory this process may still take, as the system and its limits say."""

import ctypes
import mmap
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_FALLBACK_BYTES = 2_000_000_000  # free on the smallest machines, for systems that report nothing


def free_memory() -> int:
    """Return the bytes that this process may still take without swapping or being killed.

    On Linux this is the least of what the system has free or can free, what each control group
    around the process leaves, and what the process's own limits leave. On Windows and macOS it is
    what the system has free, elsewhere half of the machine's memory.
    """
    found = None
    with suppress(OSError, ValueError, AttributeError):
        if sys.platform == "linux":
            found = linux_free_memory()
        elif sys.platform == "win32":
            found = _windows_free_memory()
        elif sys.platform == "darwin":
            found = _mac_free_memory()
    return _half_of_memory() if found is None else max(found, 0)


def linux_free_memory(root: Path = Path("/")) -> int | None:
    """Return the bytes of `free_memory` from Linux' files under `root`; None if none are there."""
    found = [
        *_available_in_system(root),
        *_left_by_version_2(root),
        *_left_by_version_1(root),
        *unused_process_limits(root),
    ]
    return min(found, default=None)


def _available_in_system(root: Path) -> Iterator[int]:
    """Yield the bytes that the kernel estimates to be available."""
    with suppress(OSError, ValueError):
        for line in (root / "proc/meminfo").read_text("ascii").splitlines():
            name, _, amount = line.partition(":")
            if name == "MemAvailable":
                yield int(amount.split()[0]) * 1024


def _left_by_version_2(root: Path) -> Iterator[int]:
    """Yield the bytes that each control group of version 2 leaves."""
    for folder in _group_folders(root, controller="", mounted=root / "sys/fs/cgroup"):
        yield from _left_in_group(
            folder, limit="memory.max", usage="memory.current", reclaimable="inactive_file"
        )


def _left_by_version_1(root: Path) -> Iterator[int]:
    """Yield the bytes that each control group of version 1 leaves."""
    mounted = root / "sys/fs/cgroup/memory"
    for folder in _group_folders(root, controller="memory", mounted=mounted):
        yield from _left_in_group(
            folder,
            limit="memory.limit_in_bytes",
            usage="memory.usage_in_bytes",
            reclaimable="total_inactive_file",
        )


def _group_folders(root: Path, *, controller: str, mounted: Path) -> Iterator[Path]:
    """Yield the folders of the process's control group and of all groups around it.

    In a container the path of the group may be that outside the container. Then only the mounted
    folder itself belongs to the group.
    """
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text("utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                inner = mounted / path.strip("/")
                yield inner
                if inner != mounted:
                    yield from (p for p in inner.parents if p.is_relative_to(mounted))


def _left_in_group(folder: Path, *, limit: str, usage: str, reclaimable: str) -> Iterator[int]:
    """Yield a group's limit less its usage, if it has a limit; cached files count as free."""
    with suppress(OSError, ValueError):  # "max" means no limit
        limit_bytes = int((folder / limit).read_text("ascii"))
        used = int((folder / usage).read_text("ascii"))
        for line in (folder / "memory.stat").read_text("ascii").splitlines():
            name, _, amount = line.partition(" ")
            if name == reclaimable:
                used -= int(amount)
        yield limit_bytes - max(used, 0)


def unused_process_limits(root: Path = Path("/")) -> Iterator[int]:
    """Yield the bytes that `ulimit -v` and `ulimit -d` leave, where they are set."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  Windows does not have it

    with suppress(OSError, ValueError, IndexError):
        pages = (root / "proc/self/statm").read_text("ascii").split()
        for limit, column in ((resource.RLIMIT_AS, 0), (resource.RLIMIT_DATA, 5)):
            limit_bytes, _ = resource.getrlimit(limit)
            if limit_bytes != resource.RLIM_INFINITY:
                yield limit_bytes - int(pages[column]) * mmap.PAGESIZE


class _MemoryStatus(ctypes.Structure):
    """Windows' MEMORYSTATUSEX."""

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


def _windows_free_memory() -> int | None:
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return min(int(status.free), int(status.committable), int(status.addresses))


def _mac_free_memory() -> int | None:
    """Ask host_statistics64 for HOST_VM_INFO64, which counts free pages first, inactive third."""
    system = ctypes.CDLL(None)
    system.mach_host_self.restype = ctypes.c_uint32
    counts, length = (ctypes.c_uint32 * 38)(), ctypes.c_uint32(38)
    arguments = (ctypes.c_uint32(system.mach_host_self()), 4, counts, ctypes.byref(length))
    if system.host_statistics64(*arguments):
        return None
    return int(counts[0] + counts[2]) * mmap.PAGESIZE


def _half_of_memory() -> int:
    if sys.platform == "win32":
        return _FALLBACK_BYTES
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return _FALLBACK_BYTES
