"""ONNX Runtime's arena on the processor: closed sessions give their memory back."""

import subprocess
import sys

import pytest
from networks import VGG19

from ortstyle.runtime import arena

SCRIPT = """
import gc, sys
import numpy as np
from pathlib import Path
from ortstyle.graph.network import Network
from ortstyle.objective.whole import WholeObjective
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings

def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

def evaluate(size):
    picture = np.random.default_rng(0).uniform(0, 255, (1, 3, size, size)).astype(np.float32)
    with WholeObjective(
        network, picture, styles=[picture[..., ::-1]], settings=Settings(), device=cpu
    ) as objective:
        objective(picture)
        return resident()

cpu = find_device("cpu")
network = Network.open(sys.argv[1])
evaluate(64)
before = resident()
open_ = evaluate(128)
print(before, open_, resident(), evaluate(128), resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_closed_objective_gives_its_memory_back():
    pytest.importorskip("onnxruntime")
    command = [sys.executable, "-c", SCRIPT, str(VGG19)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    before, while_open, after, again, in_the_end = map(float, printed.split())
    taken = while_open - before
    assert taken > 200, "the test needs something to give back"
    assert after - before < 0.05 * taken
    assert again - before < 1.1 * taken
    assert in_the_end - before < 0.05 * taken


def test_the_arena_leaves_half_of_what_limits_leave(monkeypatch):
    left = [10**12]
    monkeypatch.setattr(arena, "unused_process_limits", lambda: iter(left))
    reserved_bytes = arena.reserved_bytes.__wrapped__
    most = reserved_bytes()
    left[0] = 10**9
    assert 4.9e8 < reserved_bytes() <= 5e8
    assert reserved_bytes() % 256 == 0, "ONNX Runtime fails with others"
    left[0] = -1
    assert reserved_bytes() == 0
    left.clear()
    assert reserved_bytes() == most


def test_a_runtime_without_such_an_arena_will_do(monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")

    def refuse(*_):
        raise RuntimeError("an allocator for this device has already been registered")

    monkeypatch.setattr(onnxruntime, "create_and_register_allocator", refuse)
    monkeypatch.setattr(arena, "_register", arena._register.__wrapped__)
    options = onnxruntime.SessionOptions()
    arena.set_memory_options(options)
    assert not options.enable_mem_reuse
    with pytest.raises(RuntimeError):
        options.get_session_config_entry("session.use_env_allocators")
    arena.release_arena()  # does nothing, but does not fail
