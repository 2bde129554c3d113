"""A process in the background gives way to others."""

import os
import subprocess
import sys

import pytest
from commands import ENVIRONMENT


@pytest.mark.skipif(os.name == "nt", reason="Windows has classes of priority")
def test_a_process_gives_way():
    code = "import os; from ortstyle.jobs.priority import lower_priority as low; low(); "
    command = [sys.executable, "-c", f"{code}print(os.nice(0))"]
    found = subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)
    assert int(found.stdout) == min(os.nice(0) + 10, 19)


@pytest.mark.skipif(os.name != "nt", reason="elsewhere it is a number")
def test_a_process_on_windows_gives_way():
    code = (
        "import ctypes; from ortstyle.jobs.priority import lower_priority as low; low(); "
        "kernel = ctypes.WinDLL('kernel32'); kernel.GetCurrentProcess.restype = ctypes.c_void_p; "
        "print(kernel.GetPriorityClass(ctypes.c_void_p(kernel.GetCurrentProcess())))"
    )
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)
    assert int(found.stdout) == 0x4000
