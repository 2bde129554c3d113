"""Convolutions to few channels, compared with what they were before."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from networks import VGG19, difference, run_session
from numeric import operators

from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites.few_channels import transpose_few
from ortstyle.settings.settings import Settings


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def convolution(shape, outputs, kernel=(3, 3), *, bias=False, **attributes):
    """Return a model of one convolution."""
    graph = new_graph("convolution")
    ops, x = Ops(graph), add_input(graph, "x", shape)
    inputs = shape[1] // attributes.get("group", 1)
    weights = [ops.constant(noise(outputs, inputs, *kernel, seed=1), "weight")]
    weights += [ops.constant(noise(outputs, seed=2), "bias")] if bias else []
    add_output(graph, "y", ops.emit("Conv", [x, *weights], attributes)[0])
    return finish(graph)


@given(
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    pads=st.tuples(*[st.integers(0, 2)] * 4),
    count=st.integers(1, 2),
    bias=st.booleans(),
)
@settings(max_examples=40)
def test_the_result_is_the_same(size, kernel, pads, count, bias):
    pytest.importorskip("onnxruntime")
    spans = [n + pads[i] + pads[i + 2] for i, n in enumerate(size)]
    if any(span < k for span, k in zip(spans, kernel, strict=True)):
        return
    model = convolution((count, 20, *size), 2, kernel, pads=pads, bias=bias)
    feeds = {"x": noise(count, 20, *size)}
    expected = run_session(model, feeds)["y"]
    transpose_few(model)
    fits = all(pad < k for pad, k in zip(pads, kernel * 2, strict=True))
    assert operators(model)["ConvTranspose"] == fits
    assert difference(run_session(model, feeds)["y"], expected) < 1e-5
    assert len(model.graph.initializers) == 1 + bias


@pytest.mark.parametrize(
    ("inputs", "outputs", "attributes"),
    [
        (64, 8, {}),
        (18, 2, {}),
        (64, 3, {"strides": [2, 2]}),
        (64, 3, {"dilations": [2, 2]}),
        (64, 4, {"group": 2}),
    ],
)
def test_others_are_left_alone(inputs, outputs, attributes):
    model = convolution((1, inputs, 12, 12), outputs, **attributes)
    transpose_few(model)
    assert operators(model)["ConvTranspose"] == 0


def test_of_vgg_19_it_is_the_last_step_of_the_backward_pass():
    model = loss_model(Network.open(VGG19), (64, 64), settings=Settings())
    before = operators(model)["Conv"]
    transpose_few(model)
    assert operators(model)["ConvTranspose"] == 1
    assert operators(model)["Conv"] == before - 1
