"""Weights so large that 32-bit numbers overflow: one line, exit code 1, and no picture."""

import numpy as np
import onnx
import pytest
from commands import names
from onnx import numpy_helper
from PIL import Image

from ortstyle import stylize
from ortstyle.settings.value_types import style_loss_names

pytest.importorskip("onnxruntime")
PICTURES = ["painting.png", "photo.png"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--style-weight", "1e38"], " after 1 evaluation; lower --style-weight"),
        (["--style-weight", "1e300"], "the loss is infinite after 1 evaluation; lower --style-w"),
        (["--style-weight", "1e38", "--scales", "2", "--memory", "1GB"], "lower --style-weight"),
        (["--style-weight", "1e38", "--optimizer", "adam"], "lower --style-weight"),
        (["--style-layers", "relu1:1e300,relu2"], "lower --style-weight"),
        (["--content-weight", "1e38", "--init", "painting.png"], "lower --content-weight"),
        (["--tv-weight", "1e36"], "32-bit numbers after 1 evaluation; lower --tv-weight"),
        (["--tv-weight", "1e36", "--optimizer", "adam"], "lower --tv-weight"),
    ],
)
def test_weights_that_overflow_end_in_one_line(folder, call, network, options, told):
    code, out, err = call("render", "photo.png", "painting.png", "-q", *network, *options)
    assert code == 1
    assert told in err
    assert err.count("\n") == 1
    assert not out
    assert names(folder) == PICTURES


@pytest.mark.parametrize("loss", style_loss_names())
@pytest.mark.parametrize("weight", [1e30, np.nan])
def test_a_network_that_overflows_ends_in_one_line(folder, call, network, tiny, weight, loss):
    model = onnx.load(tiny)
    (first,) = (tensor for tensor in model.graph.initializer if tensor.name == "w1")
    changed = (numpy_helper.to_array(first) * weight).astype(np.float32)
    first.CopyFrom(numpy_helper.from_array(changed, "w1"))
    onnx.save(model, "net.onnx")
    options = [*network, "--model", "net.onnx", "--style-loss", loss]
    code, out, err = call("render", "photo.png", "painting.png", "-q", *options)
    assert code == 1
    assert "after 1 evaluation; " in err
    assert err.count("\n") == 1
    assert not out
    assert names(folder) == ["net.onnx", *PICTURES]


def test_the_picture_of_coarser_scales_is_saved(folder, call, network, monkeypatch):
    """As if only the finer scale overflowed."""
    from ortstyle.objective.whole import WholeObjective

    real = WholeObjective.__call__

    def overflowing(self, image):
        found = real(self, image)
        if image.shape[3] == 24:
            found.gradient[:] = np.inf
        return found

    monkeypatch.setattr(WholeObjective, "__call__", overflowing)
    scales = ["--scales", "2", "-o", "a.png"]
    code, _, err = call("render", "photo.png", "painting.png", "-q", *network, *scales)
    assert code == 1
    saved, error = err.splitlines()
    assert saved.endswith("; saved a.png")
    assert "32-bit numbers after " in error
    with Image.open("a.png") as picture:
        assert picture.size == (17, 12)


@pytest.mark.parametrize("color", [(128, 128, 128), (0, 0, 0), (255, 255, 255)])
def test_a_flat_picture_has_a_finite_wasserstein_loss(tiny_settings, painting, color):
    flat = Image.new("RGB", (40, 40), color)
    settings = tiny_settings(style_loss="wasserstein", padding="replicate", size=40)
    for pictures in ((flat, painting), (painting, flat)):
        run = stylize(*pictures, settings, device="cpu")
        assert np.isfinite(next(run).loss)
