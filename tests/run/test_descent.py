"""The optimisation at one scale: of pixels or frequencies, in NumPy or in a device's memory."""

import errno
import os
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from networks import anchor

from ortstyle.errors import OutputError
from ortstyle.run import descent
from ortstyle.run.descent import Descent
from ortstyle.run.stylize import stylize
from ortstyle.runtime import devices
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings

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


def run(photo, painting, settings, device, *, held=None):
    found = list(stylize(photo, painting, settings, device=device, anchor=held))
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
    """The graphs that keep vectors on a device run on the processor here."""
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
@pytest.mark.parametrize("held", [None, anchor(18, 24)], ids=["free", "anchored"])
@pytest.mark.parametrize("changes", [{}, {"spectral": 0.0, "history": 3}])
def test_a_devices_own_loop_is_the_one_here(photo, painting, changes, held):
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
    expected, here = run(photo, painting, settings, find_device("cpu"), held=held)
    found, there = run(photo, painting, settings, device, held=held)
    assert len(found) == len(expected) == 20
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    difference = np.asarray(there.image, float) - np.asarray(here.image)
    assert abs(difference).mean() < 1


def test_pairs_without_room_on_disk_are_one_clear_line(monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(descent, "LBFGS", full)
    start = np.zeros((1, 3, 4, 5), np.float32)
    with pytest.raises(OutputError, match=r"No space left on device.*TMPDIR"):
        Descent(SimpleNamespace(resident=False), start, Settings(), storage="disk")
