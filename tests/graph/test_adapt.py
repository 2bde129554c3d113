"""Changed pooling and padding of a network, compared with NumPy."""

import numpy as np
import onnx_ir as ir
import pytest
from networks import VGG19
from numeric import apart, check_vjp, evaluator, operators, run

from ortstyle.errors import GraphError
from ortstyle.graph.adapt import GAINS, Adaptation
from ortstyle.graph.network import Network
from ortstyle.graph.ops import PORTABLE, Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.values import shape_of

WINDOW = {"kernel_shape": [2, 2], "strides": [2, 2]}


def computed(build, x):
    graph = new_graph("adapted")
    y = build(Ops(graph), add_input(graph, "x", x.shape, ir.DataType.DOUBLE))
    add_output(graph, "y", y)
    return run(evaluator(finish(graph)), {"x": x})["y"]


def border(padding, pads):
    """Return a function that appends the padding of a convolution."""

    def build(ops, x):
        adapted, attributes = Adaptation(padding=padding).pad(ops, [x], {"pads": pads}, "conv")
        assert attributes["pads"] == [0] * 4
        return adapted

    return build


@pytest.mark.parametrize("size", [(5, 4), (2, 3)])
@pytest.mark.parametrize("pads", [[1, 1, 1, 1], [0, 2, 1, 0]])
@pytest.mark.parametrize(("padding", "mode"), [("replicate", "edge"), ("reflect", "reflect")])
def test_borders_are_numpys(padding, mode, pads, size):
    x = apart(1, 2, *size)
    widths = [(0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])]
    np.testing.assert_array_equal(computed(border(padding, pads), x), np.pad(x, widths, mode=mode))
    assert set(operators(check_vjp(border(padding, pads), x))) <= PORTABLE


def test_zeros_are_left_to_the_convolution():
    graph = new_graph("zero")
    x = add_input(graph, "x", (1, 2, 3, 3))
    kept, attributes = Adaptation().pad(Ops(graph), [x], {"pads": [1] * 4}, "conv")
    assert kept is x
    assert attributes == {"pads": [1] * 4}


def test_borders_that_can_not_be():
    graph = new_graph("border")
    ops, x = Ops(graph), add_input(graph, "x", (1, 2, 2, 3))
    with pytest.raises(GraphError, match="too small to be reflected"):
        Adaptation(padding="reflect").pad(ops, [x], {"pads": [2] * 4}, "conv")
    with pytest.raises(GraphError, match="'first' has automatic padding"):
        Adaptation(padding="reflect").pad(ops, [x], {"auto_pad": "SAME_UPPER"}, "first")


def test_a_convolution_without_pads_has_no_border():
    x = add_input((graph := new_graph("bare")), "x", (1, 2, 3, 3))
    for attributes in ({}, {"pads": [0] * 4}, {"auto_pad": "VALID"}):
        for padding in ("replicate", "reflect"):
            found = Adaptation(padding=padding).pad(Ops(graph), [x], attributes, "bare")
            assert found == (x, attributes)


@pytest.mark.parametrize("pads", [[10**9, 0, 0, 0], [-1, 0, 0, 0], [1, 1], [1] * 6])
def test_pads_that_would_take_many_operators_are_refused(pads):
    graph = new_graph("wide")
    x = add_input(graph, "x", (1, 2, 3, 3))
    with pytest.raises(GraphError, match="'wide' has pads other than 4 numbers of 0 to 64"):
        Adaptation(padding="replicate").pad(Ops(graph), [x], {"pads": pads}, "wide")


def windows(x):
    x = x[..., : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2]
    return x.reshape(1, x.shape[1], x.shape[2] // 2, 2, x.shape[3] // 2, 2)


@pytest.mark.parametrize("rescale", [False, True])
@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ("avg", lambda w: w.mean((3, 5))),
        ("l2", lambda w: np.sqrt((w**2).mean((3, 5)) + 1e-6)),
    ],
)
def test_pools_are_numpys(pooling, expected, rescale):
    def build(ops, x):
        return Adaptation(pooling=pooling, rescale=rescale).pool(ops, [x], dict(WINDOW), "pool")

    x = apart(1, 2, 5, 4)
    gain = GAINS[pooling] if rescale else 1.0
    np.testing.assert_allclose(computed(build, x), gain * expected(windows(x)), rtol=1e-12)
    assert set(operators(check_vjp(build, x))) <= PORTABLE


def test_a_network_sees_beyond_its_border_only_in_the_first_convolution():
    network = Network.open(VGG19)

    def shape(adapt):
        graph = new_graph("vgg")
        image = add_input(graph, "image", (1, 3, 17, 22))
        found = network.append(Ops(graph), image, ["relu2_1"], adapt=adapt)
        return shape_of(found["relu2_1"]), operators_of(graph)

    plain, before = shape(Adaptation())
    mirrored, after = shape(Adaptation(padding="reflect"))
    assert plain == mirrored
    assert after["Pad"] > before.get("Pad", 0)
    assert before["Conv"] == after["Conv"]


def operators_of(graph):
    found = {}
    for node in graph:
        found[node.op_type] = found.get(node.op_type, 0) + 1
    return found


def test_a_flat_picture_has_flat_features_where_it_is_replicated():
    network = Network.open(VGG19)
    graph = new_graph("flat")
    image = add_input(graph, "image", (1, 3, 9, 12))
    adapt = Adaptation(padding="replicate")
    add_output(graph, "y", network.append(Ops(graph), image, ["relu1_1"], adapt=adapt)["relu1_1"])
    flat = np.full((1, 3, 9, 12), 200, np.float32)
    y = run(evaluator(finish(graph)), {"image": flat})["y"]
    np.testing.assert_allclose(y, np.broadcast_to(y[:, :, 4:5, 4:5], y.shape), atol=1e-3)
