"""The priority of a process, for those that paint while somebody works on the same machine."""

import os
import sys
from contextlib import suppress

_NICENESS = 10  # of 19
_BELOW_NORMAL = 0x4000  # a priority class of Windows


def lower_priority() -> None:
    """Let this process give way to others that want the processor, if the system can do it."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415  is needed there alone

        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.SetPriorityClass(ctypes.c_void_p(kernel.GetCurrentProcess()), _BELOW_NORMAL)
    else:
        with suppress(OSError):
            os.nice(_NICENESS)
