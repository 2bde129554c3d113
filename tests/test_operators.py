"""Every operator of every graph that ortstyle emits, run by a device and by the processor.

Nodes that differ in operator, attributes, dtypes, ranks or constants are run once each, on random
numbers: a kernel that is wrong for one of them shows here by name. `test_conformance.py` says which
of them a provider has kernels for at all.
"""

import os
from collections import defaultdict
from math import prod

import numpy as np
import onnx_ir as ir
import pytest
from cases import (
    CASES,
    EVEN,
    ODD,
    WHOLE,
    graph_of_coefficients,
    optimiser_graphs,
    tile_graphs,
    whole_graphs,
)
from networks import VGG19

from ortstyle.errors import DeviceError
from ortstyle.graph.network import Network
from ortstyle.graph.ops import PORTABLE, shape_of
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings

DEVICE = os.environ.get("ORTSTYLE_DEVICE")
pytestmark = [
    pytest.mark.device,
    pytest.mark.skipif(not DEVICE, reason="ORTSTYLE_DEVICE names no device"),
]
# Relative to the largest number of a result: products are summed in another order, of float16 with
# 11 bits.
TOLERANCE = {"float32": 1e-3, "float16": 1e-2}
# Cut below the third pool, which leaves no operator out and most of VGG-19's layers.
LAYERS = {
    "content_layers": (("relu2_1", 1.0),),
    "style_layers": (("relu1_1", 1.0), ("relu2_2", 0.5), ("relu3_1", 2.0)),
}
OPERATORS = sorted(PORTABLE | {"Concat", "Identity"})
CHOSEN = [
    "max, default",
    "max, Gram matrices",
    "avg, wasserstein",
    "l2, relative, mirrored",
    "max, normalised gradients",
    "max, unrectified layer",
    "max, isotropic smoothness",
]


def every_graph(comparisons):
    """Return the graphs of the chosen cases, whole and in tiles, and those of the optimiser."""
    network = Network.open(VGG19)
    for name in CHOSEN:
        settings = Settings(**(LAYERS | CASES[name][2]))
        for size in (ODD, EVEN) if name == CHOSEN[0] else (ODD,):
            other = "loss" if comparisons == "arithmetic" else "arithmetic"
            names = tuple(name for name in WHOLE if name != other)
            yield from whole_graphs(network, size, settings, names=names).values()
        if not settings.normalize_gradients:
            yield from tile_graphs(network, ODD, settings)
    yield graph_of_coefficients(network, ODD, Settings(**LAYERS))
    yield from optimiser_graphs((1, 3, *ODD))


def constant(value):
    return value is not None and value.const_value is not None


def kind_of(node):
    """Tell what a node has in common with all that one kernel runs in one way."""
    inputs = [value and (value.dtype, len(value.shape), constant(value)) for value in node.inputs]
    small = [
        value.const_value.numpy().tobytes()
        for value in node.inputs
        if constant(value) and value.dtype == ir.DataType.INT64
    ]
    attributes = sorted((name, str(a.value)) for name, a in node.attributes.items())
    window = node.op_type in ("Conv", "MaxPool", "AveragePool", "Pad", "Slice", "Resize")
    return (node.op_type, str(inputs), str(attributes), str(small) if window else "")


def elements_of(node):
    return sum(prod(shape_of(value)) for value in (*node.inputs, *node.outputs) if value)


@pytest.fixture(scope="module")
def device():
    return find_device(DEVICE)


@pytest.fixture(scope="module")
def nodes(device):
    """Return a node of every kind, the smallest, by operator."""
    found = {}
    for model in every_graph(device.comparisons):
        computed = set(model.graph.inputs)
        for node in model.graph:
            if any(value in computed for value in node.inputs):
                computed.update(node.outputs)
                kind = kind_of(node)
                if kind not in found or elements_of(node) < elements_of(found[kind]):
                    found[kind] = node
    by_operator = defaultdict(list)
    for node in found.values():
        by_operator[node.op_type].append(node)
    return by_operator


def numbers(value, rng):
    """Return random numbers for an input, positive as often as not and none near zero."""
    shape, dtype = shape_of(value), np.dtype(value.dtype.numpy())
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    found = rng.uniform(0.1, 1, shape) * rng.choice([-1, 1], shape)
    return np.asarray(found, dtype)


def joined(nodes, rng):
    """Return a model of nodes side by side, each with inputs of its own, and what to feed it.

    Floats are halved in the end, which rounds nothing: some providers take no graph that only moves
    numbers.
    """
    inputs, outputs, weights, copies, feeds = [], [], [], [], {}
    for i, node in enumerate(nodes):
        taken = []
        for k, value in enumerate(node.inputs):
            if value is None:
                taken.append(None)
                continue
            name = f"x{i}_{k}"
            copy = ir.val(name, dtype=value.dtype, shape=ir.Shape(shape_of(value)))
            if constant(value):
                copy.const_value = ir.tensor(value.const_value.numpy(), name=name)
                weights.append(copy)
            else:
                inputs.append(copy)
                feeds[name] = numbers(value, rng)
                if node.op_type == "Sqrt" or (node.op_type == "Div" and k == 1):
                    feeds[name] = abs(feeds[name])
                if node.op_type == "Equal" and k == 1:  # half of them equal
                    same = feeds.get(f"x{i}_0", feeds[name])
                    if same.shape == feeds[name].shape:
                        feeds[name] = np.where(feeds[name] > 0, same, feeds[name])
            taken.append(copy)
        given = [
            ir.val(f"y{i}_{k}", dtype=value.dtype, shape=ir.Shape(shape_of(value)))
            for k, value in enumerate(node.outputs)
        ]
        attributes = node.attributes.values()
        copies.append(ir.Node("", node.op_type, taken, attributes, outputs=given, name=f"n{i}"))
        for k, value in enumerate(given):
            result = value
            if value.dtype.is_floating_point():
                value.name = f"whole{i}_{k}"
                half = ir.val(f"half{i}_{k}", dtype=value.dtype, shape=ir.Shape([1]))
                half.const_value = ir.tensor(np.array([0.5], value.dtype.numpy()), name=half.name)
                weights.append(half)
                result = ir.val(f"y{i}_{k}", dtype=value.dtype, shape=value.shape)
                copies.append(ir.Node("", "Mul", [value, half], outputs=[result]))
            outputs.append(result)
    graph = ir.Graph(
        inputs,
        outputs,
        nodes=copies,
        initializers=weights,
        opset_imports={"": 17},
        name="nodes",
    )
    return ir.Model(graph, ir_version=8), feeds


def is_half(node):
    """Return whether a node computes in float16."""
    return any(v and v.dtype == ir.DataType.FLOAT16 for v in (*node.inputs, *node.outputs))


@pytest.fixture(scope="module")
def lacks_half(device, nodes):
    """Say why the device has no float16, which WebGPU's need not have; empty where it has."""
    from ortstyle.runtime.session import Session

    relu = next(node for node in nodes["Relu"] if is_half(node))
    model, feeds = joined([relu], np.random.default_rng(7))
    try:
        with Session(model, device) as session:
            session.run(**feeds)
    except DeviceError as error:
        if "requires f16 but the device does not support it" in str(error):
            return f"{device.name} has no float16 here"
        raise
    return ""


@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_a_device_computes_what_the_processor_does(device, nodes, lacks_half, operator, precision):
    from ortstyle.runtime.session import Session

    if precision == "float16" and lacks_half:
        pytest.skip(lacks_half)
    chosen = [node for node in nodes[operator] if is_half(node) == (precision == "float16")]
    if not chosen:
        pytest.skip(f"no graph for {device.name} has {operator} of {precision}")
    model, feeds = joined(chosen, np.random.default_rng(7))
    with Session(model, find_device("cpu")) as session:
        expected = session.run(**feeds)
    with Session(model, device) as session:
        found = session.run(**feeds)
    for i, node in enumerate(chosen):
        for k in range(len(node.outputs)):
            name = f"y{i}_{k}"
            assert found[name].dtype == expected[name].dtype
            assert found[name].shape == expected[name].shape
            a, b = (np.asarray(values[name], np.float64) for values in (found, expected))
            tolerance = TOLERANCE.get(expected[name].dtype.name, 0)
            off = abs(a - b).max(initial=0) / max(abs(b).max(initial=0), 1e-6)
            assert off <= tolerance, (kind_of(node), [shape_of(v) for v in node.inputs if v])


def test_every_operator_that_a_graph_may_contain_is_in_one(nodes, device):
    assert nodes.keys() <= set(OPERATORS)
    missing = PORTABLE - nodes.keys()
    only_comparing = {"Equal", "Greater"} if device.comparisons == "arithmetic" else {"Clip"}
    assert missing <= only_comparing | {"DepthToSpace"}  # which is the processor's, by Winograd
