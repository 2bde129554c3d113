"""How many processor threads a session may use."""

import os
from pathlib import Path

#: The environment variable that limits the threads of this process, and of those that it starts.
LIMIT = "ORTSTYLE_THREADS"
# NumPy's libraries for linear algebra read theirs when they are loaded.
_OF_NUMPY = (
    *("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"),
    *("BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"),
)


def limit_threads(count: int) -> None:
    """Limit the threads of this process, those of NumPy too unless it has been loaded.

    For programs, not for the library: it changes the environment of the process.
    """
    os.environ.update(dict.fromkeys((LIMIT, *_OF_NUMPY), str(count)))


def thread_count() -> int:
    """Return the number of threads to use: the limit, or the cores that this process may use.

    The number is 0 if the process may use all cores, which leaves the choice to ONNX Runtime.
    """
    limit = os.environ.get(LIMIT, "")
    if limit.isascii() and limit.isdecimal() and int(limit[:9]) > 0:
        return int(limit[:9])
    total = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else total
    allowed = min(allowed, _control_group_quota(total))
    return 0 if allowed == total else allowed


def _control_group_quota(total: int) -> int:
    """Return the whole cores that a Linux control group allows; `total` without a limit."""
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
    except (OSError, ValueError):
        return total
    return total if limit == "max" else max(1, round(int(limit) / int(period)))
