"""What takes more memory than is allowed is told, and nothing else ends."""

import subprocess
import sys

import pytest

from ortstyle.jobs.worker_process import environment

CODE = """
from ortstyle.studio.pictures.memory_limit import limit_memory
most = limit_memory()
small = bytearray(1 << 20)
try:
    bytes(most)
except MemoryError:
    print("too much")
print(most, len(small))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system has no such limit")
def test_memory_beyond_the_limit_is_refused():
    found = subprocess.run(
        [sys.executable, "-c", CODE], env=environment(), capture_output=True, check=True
    )
    first, second = found.stdout.decode().splitlines()
    assert first == "too much"
    most, small = map(int, second.split())
    assert 1 << 30 <= most <= 6 << 30
    assert small == 1 << 20


@pytest.mark.skipif(sys.platform == "linux", reason="the system has such a limit")
def test_other_systems_have_none():
    from ortstyle.studio.pictures.memory_limit import limit_memory

    assert limit_memory() is None
