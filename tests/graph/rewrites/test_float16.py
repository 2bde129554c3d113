"""The network in float16: converted nodes, the range of values and the error."""

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from networks import VGG19, difference, picture, run_session, with_random_weights
from numeric import operators

from ortstyle.errors import DeviceError, SettingsError
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.ops import PORTABLE
from ortstyle.graph.rewrites.float16 import peaks_model, to_half
from ortstyle.objective.whole import WholeObjective, activation_peaks
from ortstyle.run import probe, verification
from ortstyle.run.stylize import stylize
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings

pytest.importorskip("onnxruntime")

SIZE = (37, 44)
HALF, SINGLE = ir.DataType.FLOAT16, ir.DataType.FLOAT
CUT = {
    "content_layers": (("relu2_2", 1.0),),
    "style_layers": (("relu1_1", 1.0), ("relu2_1", 1.0), ("relu3_1", 1.0)),
}


@pytest.fixture(scope="module")
def vgg19():
    return Network.open(VGG19)


def converted(network, settings, factor=1.0):
    """Return the graph in float32 and float16, and inputs; `factor` falsifies the peaks."""
    content, style, image = (picture(*SIZE, seed) for seed in range(3))
    cpu = find_device("cpu")
    targets = WholeObjective(
        network, content, styles=[style], settings=settings, device=cpu
    ).targets()
    wide, narrow = (loss_model(network, SIZE, settings=settings) for _ in range(2))
    peaks = activation_peaks(narrow, content, targets=targets)
    to_half(narrow, {name: factor * peak for name, peak in peaks.items()})
    return wide, narrow, targets | {"image": image}


VARIANTS = {
    "max pooling": {},
    "average pooling": {"pooling": "avg"},
    "normalised gradients": {"normalize_gradients": True},
    "style alone": {"content_weight": 0.0},
    "content alone": {"style_weight": 0.0},
}


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_the_gradient_is_nearly_that_of_32_bits(vgg19, changes):
    wide, narrow, feeds = converted(vgg19, Settings(**(CUT | changes)))
    expected, found = run_session(wide, feeds), run_session(narrow, feeds)
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-2)
    assert 1e-6 < difference(found["gradient"], expected["gradient"]) < 1e-2


def test_the_network_is_narrow_and_the_rest_is_not(vgg19):
    _, narrow, _ = converted(vgg19, Settings())
    onnx.checker.check_model(ir.to_proto(narrow), full_check=True)
    assert set(operators(narrow)) <= PORTABLE
    kinds = {"Conv": set(), "MatMul": set(), "ReduceMean": set(), "MaxPool": set()}
    for node in narrow.graph:
        if node.op_type in kinds:
            kinds[node.op_type].add(node.outputs[0].dtype)
    assert kinds["MatMul"] == kinds["ReduceMean"] == {SINGLE}
    assert kinds["MaxPool"] == {HALF}
    wide = [n for n in narrow.graph if n.op_type == "Conv" and n.outputs[0].dtype == SINGLE]
    assert len(wide) == 2  # the preprocessing, forward and backward
    assert {v.dtype for v in (*narrow.graph.inputs, *narrow.graph.outputs)} == {SINGLE}
    weights = [w for w in narrow.graph.initializers.values() if w.const_value.nbytes > 1e4]
    kernels = [w for w in weights if len(w.shape) == 4]
    assert {w.dtype for w in weights if w not in kernels} == {SINGLE}  # constants of the statistics
    assert len(kernels) == 24  # all but those of the three channels, which are small
    assert {w.dtype for w in kernels} == {HALF}


def test_names_of_inputs_and_outputs_stay(vgg19):
    wide, narrow, _ = converted(vgg19, Settings(**CUT))
    for kept, values in ((wide.graph.inputs, narrow.graph.inputs),
                         (wide.graph.outputs, narrow.graph.outputs)):  # fmt: skip
        assert [(v.name, v.shape) for v in values] == [(v.name, v.shape) for v in kept]


def test_the_scales_round_nothing(vgg19):
    _, narrow, feeds = converted(vgg19, Settings(**CUT))
    _, other, _ = converted(vgg19, Settings(**CUT), factor=16.0)
    found, shifted = run_session(narrow, feeds), run_session(other, feeds)
    assert shifted["loss"] == pytest.approx(found["loss"], rel=1e-5)
    assert difference(shifted["gradient"], found["gradient"]) < 1e-4


@pytest.mark.parametrize("gain", [0.02, 50.0])
def test_layers_far_out_of_the_range_are_brought_into_it(vgg19, tmp_path, gain):
    """Without scales, activations would be infinite or zero in float16."""
    model = onnx.load(VGG19)
    for weight in model.graph.initializer:
        if weight.name in ("conv1_2.codebook", "conv2_1.codebook"):
            array = onnx.numpy_helper.to_array(weight) * np.float32(gain)
            weight.CopyFrom(onnx.numpy_helper.from_array(array, weight.name))
    path = tmp_path / "loud.onnx"
    onnx.save(model, path)
    wide, narrow, feeds = converted(Network.open(path), Settings(**CUT))
    expected, found = run_session(wide, feeds), run_session(narrow, feeds)
    assert found["loss"] == pytest.approx(expected["loss"], rel=5e-3)
    assert difference(found["gradient"], expected["gradient"]) < 2e-2


def test_another_network_with_operators_that_stay_wide(tmp_path):
    network = Network.open(with_random_weights("squeezenet", tmp_path))
    layers = {"content_layers": (("r25", 1.0),), "style_layers": (("r2", 1.0), ("r10", 1.0))}
    settings = Settings(**layers, content_weight=0.8)
    wide, narrow, feeds = converted(network, settings)
    assert any(n.outputs[0].dtype == HALF for n in narrow.graph if n.op_type == "Conv")
    expected, found = run_session(wide, feeds), run_session(narrow, feeds)
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-2)
    assert difference(found["gradient"], expected["gradient"]) < 0.1


def test_peaks_are_those_of_the_layers(vgg19):
    settings = Settings(**CUT, tv_weight=0.0)
    model = loss_model(vgg19, SIZE, settings=settings, statistics=True)
    feeds = {
        v.name: np.zeros([int(d) for d in v.shape], np.float32) for v in model.graph.inputs
    } | {"image": picture(*SIZE)}
    found = run_session(peaks_model(model), feeds)
    assert found["peak.relu2_2"] == found["statistics.content.relu2_2"].max()


# the setting


def test_a_run_in_16_bits_ends_near_one_in_32(photo, painting):
    losses = []
    for precision in ("float32", "float16"):
        changes = {"size": 40, "iterations": 15, "optimizer": "adam"}  # amplifies no rounding
        settings = Settings(**CUT, **changes, precision=precision)
        *_, last = stylize(photo, painting, settings, device="cpu")
        losses.append(last.loss)
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
    assert losses[1] != losses[0]


def test_a_device_that_is_off_in_16_bits_is_refused(photo, painting, monkeypatch):
    monkeypatch.setattr(probe, "LOW_PRECISION_GRADIENT_TOLERANCE", 1e-7)
    monkeypatch.setattr(verification, "_verified", set())
    with pytest.raises(
        DeviceError, match=r"can't be trusted with float16 of .*its gradient is off"
    ):
        stylize(photo, painting, Settings(size=40, precision="float16"), device="cpu")


def test_tf32_is_nvidias(photo, painting):
    with pytest.raises(DeviceError, match="cpu has no TF32"):
        stylize(photo, painting, Settings(size=40, precision="tf32"), device="cpu")


def test_the_training_engine_has_no_16_bits():
    with pytest.raises(SettingsError, match="--precision float16 needs --engine portable"):
        Settings(engine="training", precision="float16")
