"""The memory of an optimiser's vectors, as predicted and as measured."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from fakes import Fake, bowl

from ortstyle.memory.optimizer_memory import checkpoint_bytes, vectors_bytes
from ortstyle.objective.objective import Evaluation
from ortstyle.run.checkpoint import write_checkpoint
from ortstyle.run.descent import Descent
from ortstyle.run.saved_state import arrays_within_scale
from ortstyle.settings.settings import Settings


class Bowl:
    """An objective that takes no memory but its gradient; some rows are steeper than others."""

    resident = False

    def __init__(self, shape):
        self.target = np.random.default_rng(1).uniform(0, 255, shape).astype(np.float32)
        self.steepness = np.linspace(1, 9, shape[2], dtype=np.float32)

    def __call__(self, x):
        gradient = x - self.target
        squares = np.einsum("abhw,abhw->h", gradient, gradient)
        loss = float(self.steepness.astype(np.float64) @ squares)
        gradient *= 2 * self.steepness[:, None]
        return Evaluation(loss=loss, terms={}, gradient=gradient)


@pytest.mark.parametrize(
    ("storage", "changes"),
    [
        ("float32", {}),
        ("float32", {"spectral": 0.0}),
        ("float16", {}),
        ("float32", {"optimizer": "adam"}),
    ],
)
def test_the_memory_of_vectors_is_predicted(storage, changes):
    size, history = (900, 1000), 4
    run, start = Bowl((1, 3, *size)), np.zeros((1, 3, *size), np.float32)
    settings = Settings(**changes)
    tracemalloc.start()
    try:
        made = Descent(run, start, settings, history=history, storage=storage)
        for _ in range(6):
            if made.optimizer.stop is None:
                made.evaluate()
                picture = made.picture()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert picture().shape == start.shape
    predicted = vectors_bytes(settings, size, history=history, storage=storage)
    assert peak == pytest.approx(predicted, rel=0.1)


SCRIPT = """
import sys
from pathlib import Path
import numpy as np
sys.path[:0] = [sys.argv[1], str(Path(sys.argv[1]).parent)]
from test_optimizer_memory import Bowl, Descent, Settings
from ortstyle.run.checkpoint import read_checkpoint, write_checkpoint

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024

shape = 1, 3, 1100, 1000
run = Bowl(shape)
settings = Settings(spectral=float(sys.argv[3]))
made = Descent(run, np.zeros(shape, np.float32), settings, history=12, storage="disk")
before = status("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # reset the peak
for _ in range(20):
    made.evaluate()
kept = Path(sys.argv[2]) / "kept"
write_checkpoint(kept, {}, made.optimizer.state(copy=False))
made.optimizer.load(read_checkpoint(kept).arrays)
made.evaluate()
print(before, status("VmHWM"))
"""


@pytest.mark.parametrize("storage", ["float32", "float16", "disk"])
@pytest.mark.parametrize("changes", [{}, {"spectral": 0.0}, {"optimizer": "adam"}])
def test_the_size_of_a_checkpoint_is_predicted(tmp_path, storage, changes):
    size, settings = (40, 60), Settings(history=3, **changes)
    shape = (1, 3, *size)
    objective = Fake(lambda _, image: bowl(image))
    descent = Descent(objective, np.zeros(shape, np.float32), settings, storage=storage)
    largest = 0
    for _ in range(8):
        descent.evaluate()
        write_checkpoint(tmp_path / "a.ck", {}, arrays_within_scale(descent.optimizer))
        largest = max(largest, (tmp_path / "a.ck").stat().st_size)
    expected = checkpoint_bytes(settings, size, history=3, storage=storage)
    assert 0.6 * expected < largest + 100_000 <= expected + 5_000


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("spectral", [0.5, 0.0])  # up to 512 pixels, at finer scales
def test_vectors_on_disk_take_no_memory(tmp_path, spectral):
    command = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(tmp_path)]
    command.append(str(spectral))
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    before, peak = map(int, printed.split())
    settings = Settings(spectral=spectral)
    predicted = vectors_bytes(settings, (1100, 1000), history=12, storage="disk")
    in_memory = vectors_bytes(settings, (1100, 1000), history=12, storage="float16")
    assert peak - before < 1.1 * predicted < 0.6 * in_memory
