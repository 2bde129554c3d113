"""The optimiser on an objective: on pixels or frequencies, here or in a device's memory."""

import errno
import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ortstyle.errors import OutputError
from ortstyle.objective.whole import Evaluation
from ortstyle.run import descent
from ortstyle.run.descent import Descent, vectors_bytes
from ortstyle.run.stylize import stylize
from ortstyle.runtime import devices
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.record import Settings

DEVICE = os.environ.get("ORTSTYLE_DEVICE")
LAYERS = (("relu1_1", 1.0), ("relu2_1", 1.0))


def test_normalised_gradients_take_no_line_search(photo, painting, tiny_settings, monkeypatch):
    steps = []
    real = descent.LBFGS
    monkeypatch.setattr(descent, "LBFGS", lambda x, **k: steps.append(k["step"]) or real(x, **k))
    for changes in ({"normalize_gradients": True, "spectral": 0.0}, {}):
        list(stylize(photo, painting, tiny_settings(**changes), device="cpu"))
    assert steps == ["published", "line-search"]


def test_only_l_bfgs_stays_on_a_device():
    with_memory = replace(devices.DEVICES[-1], memory="gpu")
    assert descent.resident(with_memory, Settings())
    assert not descent.resident(with_memory, Settings(optimizer="adam"))
    assert not descent.resident(with_memory, Settings(engine="training"))
    assert not descent.resident(replace(with_memory, memory=""), Settings())


def run(photo, painting, settings, device):
    found = list(stylize(photo, painting, settings, device=device))
    return [iterate.loss for iterate in found], found[-1]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"spectral": 0.0},
        {"step": "published", "spectral": 0.0, "history": 3},
        {"normalize_gradients": True, "iterations": 3},
        {"init": "noise", "iterations": 12, "history": 4},
    ],
)
def test_the_loop_in_a_devices_memory_is_the_one_here(photo, painting, tiny_settings, changes):
    """On the processor, by the graphs that other devices run."""
    pytest.importorskip("onnxruntime")
    settings = tiny_settings(**({"iterations": 8} | changes))
    cpu = find_device("cpu")
    expected, here = run(photo, painting, settings, cpu)
    found, there = run(photo, painting, settings, replace(cpu, memory="cpu"))
    # The published step's first pair is mostly rounding, which its third point shows.
    exact = 2 if settings.step == "published" or settings.normalize_gradients else 3
    np.testing.assert_allclose(found[:exact], expected[:exact], rtol=5e-3)
    np.testing.assert_allclose(min(found), min(expected), rtol=0.05)  # rounding grows from then on
    assert there.iteration == here.iteration
    difference = np.asarray(there.image, float) - np.asarray(here.image)
    assert abs(difference).mean() < 1


# Without maxima and |x|, whose derivatives jump: rounding decides on which side of a jump a number
# falls, and after twenty steps the losses differ by per cents. Without, by less than 2e-5.
SMOOTH = {"pooling": "avg", "tv": "l2", "iterations": 20}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"spectral": 0.0},
        {"step": "published", "spectral": 0.0},
        {"history": 4},
        {"style_loss": "moments", "equalize": True, "content_weight": 2.0, "style_weight": 1.0},
    ],
)
def test_twenty_losses_in_a_devices_memory_are_the_processors(
    photo, painting, tiny_settings, changes
):
    pytest.importorskip("onnxruntime")
    settings = tiny_settings(**SMOOTH, **changes)
    cpu = find_device("cpu")
    expected, _ = run(photo, painting, settings, cpu)
    found, _ = run(photo, painting, settings, replace(cpu, memory="cpu"))
    assert len(found) == len(expected) == 20
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert expected[-1] < 0.5 * expected[0]


@pytest.mark.usefixtures("overwriting")
def test_an_overwritten_gradient_would_show_in_these_losses(photo, painting, tiny_settings):
    settings = tiny_settings(**SMOOTH)
    cpu = find_device("cpu")
    expected, _ = run(photo, painting, settings, cpu)
    found, _ = run(photo, painting, settings, replace(cpu, memory="cpu"))
    np.testing.assert_allclose(found[:2], expected[:2], rtol=1e-3)
    assert abs(found[2] / expected[2] - 1) > 0.01


def test_a_picture_can_be_read_when_the_run_is_over(photo, painting, tiny_settings):
    pytest.importorskip("onnxruntime")
    device = replace(find_device("cpu"), memory="cpu")
    found = list(stylize(photo, painting, tiny_settings(), device=device))
    first, last = (np.asarray(found[i].image, float) for i in (0, -1))
    assert abs(first - np.asarray(photo.resize(found[0].image.size))).mean() < 3
    assert abs(last - first).mean() > 1


def test_only_numbers_cross_the_bus(photo, painting, tiny_settings, monkeypatch):
    """What an iteration feeds and fetches as arrays is far smaller than the picture."""
    pytest.importorskip("onnxruntime")
    from ortstyle.runtime.session import Session

    crossed = []
    real = Session.run

    def watched(self, **inputs):
        found = real(self, **inputs)
        values = [*inputs.values(), *found.values()]
        crossed.append(sum(v.nbytes for v in values if isinstance(v, np.ndarray)))
        return found

    monkeypatch.setattr(Session, "run", watched)
    device = replace(find_device("cpu"), memory="cpu")
    iterations = stylize(photo, painting, tiny_settings(iterations=9), device=device)
    for _ in range(3):
        next(iterations)
    crossed.clear()
    for _ in range(4):
        next(iterations)
    assert len(crossed) >= 4
    assert sum(crossed) / 4 < 2000


@pytest.mark.device
@pytest.mark.skipif(not DEVICE, reason="ORTSTYLE_DEVICE names no device")
@pytest.mark.parametrize("changes", [{}, {"spectral": 0.0, "history": 3}])
def test_a_devices_own_loop_is_the_one_here(photo, painting, changes):
    device = find_device(DEVICE)
    if not device.memory:
        pytest.skip(f"{DEVICE} works in the processor's memory")
    settings = Settings(
        size=24,
        content_layers=(("relu2_1", 1.0),),
        style_layers=LAYERS,
        content_weight=20.0,  # steps are short and none is too long, so that rounding stays small
        precision="float32",
        **SMOOTH,
        **changes,
    )
    expected, here = run(photo, painting, settings, find_device("cpu"))
    found, there = run(photo, painting, settings, device)
    assert len(found) == len(expected) == 20
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    difference = np.asarray(there.image, float) - np.asarray(here.image)
    assert abs(difference).mean() < 1


class Bowl:
    """An objective that takes no memory but its gradient."""

    resident = False

    def __init__(self, shape):
        self.target = np.random.default_rng(1).uniform(0, 255, shape).astype(np.float32)

    def __call__(self, x):
        gradient = x - self.target
        loss = float(gradient.ravel() @ gradient.ravel())
        gradient *= 2
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
sys.path.insert(0, sys.argv[1])
from test_descent import Bowl, Descent, Settings
from ortstyle.run.checkpoint import read_checkpoint, write_checkpoint

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024

shape = 1, 3, 1100, 1000
run = Bowl(shape)
made = Descent(run, np.zeros(shape, np.float32), Settings(), history=12, storage="disk")
before = status("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # release_pages the peak
for _ in range(20):
    made.evaluate()
kept = Path(sys.argv[2]) / "kept"
write_checkpoint(kept, {}, made.optimizer.state(copy=False))
made.optimizer.load(read_checkpoint(kept).arrays)
made.evaluate()
print(before, status("VmHWM"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_vectors_on_disk_take_no_memory(tmp_path):
    command = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(tmp_path)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    before, peak = map(int, printed.split())
    predicted = vectors_bytes(Settings(), (1100, 1000), history=12, storage="disk")
    in_memory = vectors_bytes(Settings(), (1100, 1000), history=12, storage="float16")
    assert peak - before < 1.1 * predicted < 0.6 * in_memory


def test_pairs_without_room_on_disk_are_one_clear_line(monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(descent, "LBFGS", full)
    start = np.zeros((1, 3, 4, 5), np.float32)
    with pytest.raises(OutputError, match=r"No space left on device.*TMPDIR"):
        Descent(SimpleNamespace(resident=False), start, Settings(), storage="disk")
