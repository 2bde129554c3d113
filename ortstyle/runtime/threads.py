"""How many processor threads a session may use."""

import os
from pathlib import Path


def thread_count() -> int:
    """Return the number of cores that this process may use.

    The number is 0 if the process may use all cores, which leaves the choice to ONNX Runtime.
    """
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
