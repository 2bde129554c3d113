"""Convolutions with fewer multiplications, compared with direct ones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from networks import VGG19, difference, picture, run_session
from numeric import operators
from onnx_ir.passes.common import RemoveUnusedNodesPass

from ortstyle.graph.autodiff import pullback
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites import winograd
from ortstyle.graph.rewrites.convolution_cost import NARROW, WIDE
from ortstyle.graph.rewrites.winograd import rewrite
from ortstyle.graph.values import shape_of
from ortstyle.objective.whole import WholeObjective
from ortstyle.runtime import devices
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.threads import LIMIT
from ortstyle.settings.settings import Settings

COSTS = pytest.mark.parametrize("costs", [NARROW, WIDE], ids=["by axis", "both axes"])
EAGER = {"faster": lambda *_: True}
#: Tolerance for float32 rounding, as a relative norm, by the width of a tile.
TOLERANCE = {2: 1e-6, 4: 5e-6, 6: 2e-5}


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def convolution(shape, outputs, kernel=(3, 3), *, bias=True, **attributes):
    """Return a model of a convolution and its backward pass, and its inputs."""
    graph = new_graph("convolution")
    ops = Ops(graph)
    x = add_input(graph, "x", shape)
    inputs = shape[1] // attributes.get("group", 1)
    weights = [ops.constant(noise(outputs, inputs, *kernel, seed=1), "weight")]
    weights += [ops.constant(noise(outputs, seed=2), "bias")] if bias else []
    y = ops.emit("Conv", [x, *weights], attributes)[0]
    cotangent = add_input(graph, "cotangent", shape_of(y))
    add_output(graph, "back", pullback(graph, {y: cotangent}, x))
    add_output(graph, "y", y)
    feeds = {"x": noise(*shape, seed=3), "cotangent": noise(*shape_of(cotangent), seed=4)}
    return finish(graph), feeds


def assert_equal(model, feeds, tolerance, **how):
    """Rewrite a model and compare its outputs; return the kernels."""
    expected = run_session(model, feeds)
    kernels = rewrite(model, **(EAGER | how))
    found = run_session(model, feeds | kernels)
    assert list(found) == list(expected)
    for name in expected:
        assert difference(found[name], expected[name]) <= tolerance, name
    return kernels


@COSTS
@pytest.mark.parametrize("tile", [2, 4, 6])
@pytest.mark.parametrize(
    ("size", "attributes"),
    [
        ((16, 24), {"pads": [1] * 4}),
        ((13, 15), {"pads": [1] * 4}),
        ((9, 11), {}),
        ((9, 11), {"pads": [0, 1, 2, 1]}),
        ((9, 11), {"pads": [3, 0, 0, 3]}),
        ((7, 5), {"auto_pad": "SAME_UPPER"}),
        ((3, 3), {}),
        ((1, 1), {"pads": [1] * 4}),
    ],
)
def test_a_convolution_and_its_gradient_are_the_direct_ones(tile, size, attributes, costs):
    pytest.importorskip("onnxruntime")
    model, feeds = convolution((1, 5, *size), 7, **attributes)
    kernels = assert_equal(model, feeds, TOLERANCE[tile], tile=tile, costs=costs)
    assert kernels.keys() == {"weight.winograd"}, "the gradient has a kernel of its own"
    assert kernels["weight.winograd"].shape == ((tile + 2) ** 2, 7, 5)
    assert not model.graph.initializers.keys() & {"weight", "weight.turned"}


@given(
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    channels=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    pads=st.tuples(*[st.integers(0, 3)] * 4),
    tile=st.sampled_from([2, 4, 6]),
    bias=st.booleans(),
    costs=st.sampled_from([NARROW, WIDE]),
)
@settings(deadline=None, max_examples=40)
def test_any_size_padding_and_channels(size, channels, pads, tile, bias, costs):
    pytest.importorskip("onnxruntime")
    if any(n + pads[i] + pads[i + 2] < 3 for i, n in enumerate(size)):
        return
    model, feeds = convolution((1, channels[0], *size), channels[1], bias=bias, pads=pads)
    assert_equal(model, feeds, 10 * TOLERANCE[tile], tile=tile, costs=costs)


@pytest.mark.parametrize(
    ("shape", "kernel", "attributes"),
    [
        ((1, 4, 12, 12), (5, 5), {}),
        ((1, 4, 12, 12), (1, 1), {}),
        ((1, 4, 12, 12), (3, 3), {"strides": [2, 2]}),
        ((1, 4, 12, 12), (3, 3), {"dilations": [2, 2]}),
        ((1, 4, 12, 12), (3, 3), {"group": 2}),
        ((2, 4, 12, 12), (3, 3), {}),
    ],
)
def test_others_are_left_alone(shape, kernel, attributes):
    model, _ = convolution(shape, 4, kernel, **attributes)
    del model.graph.outputs[0]  # the backward pass of a strided convolution has stride 1
    RemoveUnusedNodesPass()(model)
    before = [(node.op_type, [v and v.name for v in node.inputs]) for node in model.graph]
    assert rewrite(model, **EAGER) == {}
    assert [(node.op_type, [v and v.name for v in node.inputs]) for node in model.graph] == before


def test_only_where_it_gains():
    model, _ = convolution((1, 8, 24, 23), 16, pads=[1] * 4)
    asked = []
    assert rewrite(model) == {}
    assert rewrite(model, faster=lambda *amounts: bool(asked.append(amounts))) == {}
    assert asked == [(8, 16, 36), (16, 8, 36)]
    forward = rewrite(model, faster=lambda inputs, *_: inputs == 8, costs=NARROW)
    assert forward.keys() == {"weight.winograd"}
    assert operators(model)["Conv"] == 3, "one direct, two for the axes of the tiles"


def test_tiles_are_transformed_along_both_axes_at_once_where_that_is_faster():
    model, _ = convolution((1, 8, 24, 23), 16, pads=[1] * 4)
    rewrite(model, faster=lambda inputs, *_: inputs == 8, costs=WIDE)
    assert operators(model)["Conv"] == 2, "one direct, one for the tiles"


def test_kernels_are_transformed_once():
    models = [convolution((1, 4, n, n), 4)[0] for n in (12, 16)]
    first = rewrite(models[0], **EAGER)
    second = rewrite(models[1], first, **EAGER)
    assert second["weight.winograd"] is first["weight.winograd"]


def test_convolutions_of_one_kernel_share_it():
    graph = new_graph("twice")
    ops = Ops(graph)
    weight = ops.constant(noise(4, 4, 3, 3), "weight")
    y = ops.conv(ops.conv(add_input(graph, "x", (1, 4, 12, 12)), weight), weight)
    add_output(graph, "y", y)
    model = finish(graph)
    pytest.importorskip("onnxruntime")
    kernels = assert_equal(model, {"x": noise(1, 4, 12, 12)}, TOLERANCE[4])
    assert list(kernels) == ["weight.winograd"]


@COSTS
@pytest.mark.parametrize("threads", [1, 2])
def test_the_objective_is_the_same_on_the_processor(costs, threads, monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(winograd, "costs_here", lambda: costs)
    monkeypatch.setenv(LIMIT, str(threads))
    network = Network.open(VGG19)
    content, style, image = (picture(96, 90, seed=seed) for seed in range(3))
    found = {}
    for fewer in (False, True):
        device = replace(find_device("cpu"), winograd=fewer)
        with WholeObjective(
            network, content, styles=[style], settings=Settings(tv_weight=0.0), device=device
        ) as objective:
            found[fewer] = objective(image)
            again = objective(image)
        assert found[fewer].loss == again.loss
        np.testing.assert_array_equal(found[fewer].gradient, again.gradient)
    assert found[True].loss == pytest.approx(found[False].loss, rel=1e-4)
    assert found[True].terms == pytest.approx(found[False].terms, rel=1e-4)
    # Masks of Relu and pools differ where a feature is as small as its rounding error.
    assert difference(found[True].gradient, found[False].gradient) < 1e-3


@COSTS
def test_the_processor_gains_by_it(costs):
    pytest.importorskip("onnxruntime")
    device = find_device("cpu")
    assert device.winograd
    assert not any(row.winograd for row in devices.DEVICES if row.name != "cpu")
    network = Network.open(VGG19)
    graph = new_graph("vgg")
    ops = Ops(graph)
    layers = network.append(ops, add_input(graph, "image", (1, 3, 192, 192)), ["relu4_2"])
    add_output(graph, "y", layers["relu4_2"])
    model = finish(graph)
    kernels = rewrite(model, costs=costs)
    wide = {"conv3_1", "conv3_2", "conv3_3", "conv3_4", "conv4_1", "conv4_2"}
    found = {name.removesuffix(".weight.winograd") for name in kernels}
    assert found == (wide | {"conv2_1", "conv2_2"} if costs is NARROW else wide)
    products = 3 if costs.by_axis else 2
    assert operators(model)["MatMul"] == products * len(kernels)
