"""A limit on the memory of this process, where the system has one."""

import os
import sys

_MOST = 6 << 30  # bytes; the largest pictures that are allowed take 1 to 3 GB
_LEAST = 1 << 30  # for Python and its libraries, and small pictures


def limit_memory() -> int | None:
    """Limit the address space of this process; return the bytes, or None without a limit.

    What takes more raises a `MemoryError`. macOS and Windows have no such limit.
    """
    if sys.platform != "linux":
        return None
    import resource  # noqa: PLC0415  not on every system

    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    wanted = min(_MOST, _LEAST + total // 2)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    return wanted
