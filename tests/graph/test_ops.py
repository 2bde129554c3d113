import re

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from networks import VGG19
from numeric import apart, evaluator, noise, operators, run

from ortstyle.errors import GraphError
from ortstyle.graph.network import Network
from ortstyle.graph.ops import PORTABLE, Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.shape_inference import IR_VERSION, OPSET
from ortstyle.graph.values import constant_of, shape_of

FLOAT, BOOL, INT64, DOUBLE = (ir.DataType[name] for name in ("FLOAT", "BOOL", "INT64", "DOUBLE"))


@pytest.fixture
def graph():
    return new_graph("test")


@pytest.fixture
def ops(graph):
    return Ops(graph)


def relu(x):
    return np.maximum(x, 0)


#: (name, a function that emits operators for x of (1, 2, 4, 6) float64, the same in NumPy)
EMITTERS = [
    ("add", lambda ops, x: ops.add(x, x), lambda x: x + x),
    ("sub", lambda ops, x: ops.sub(x, ops.like(x, 1)), lambda x: x - 1),
    ("mul", lambda ops, x: ops.mul(x, x), lambda x: x * x),
    ("div", lambda ops, x: ops.div(ops.like(x, [[2]]), x), lambda x: [[2]] / x),
    ("scale", lambda ops, x: ops.scale(x, 0.5), lambda x: x / 2),
    ("scale by 1", lambda ops, x: ops.scale(x, 1), lambda x: x),
    ("pow", lambda ops, x: ops.pow(x, 3), lambda x: x**3),
    ("sqrt", lambda ops, x: ops.sqrt(ops.mul(x, x)), abs),
    ("relu", lambda ops, x: ops.relu(x), relu),
    ("cast", lambda ops, x: ops.cast(x, FLOAT), lambda x: x.astype(np.float32)),
    ("cast to itself", lambda ops, x: ops.cast(x, DOUBLE), lambda x: x),
    ("greater", lambda ops, x: ops.greater(x, ops.like(x, 0)), lambda x: x > 0),
    ("equal", lambda ops, x: ops.equal(x, ops.relu(x)), lambda x: x == relu(x)),
    (
        "where",
        lambda ops, x: ops.where(ops.greater(x, ops.like(x, 0)), x, ops.like(x, 7)),
        lambda x: np.where(x > 0, x, 7),
    ),
    ("masked", lambda ops, x: ops.masked(x, ops.greater(x, ops.like(x, 0))), relu),
    ("reshape", lambda ops, x: ops.reshape(x, (8, 6)), lambda x: x.reshape(8, 6)),
    ("reshape to itself", lambda ops, x: ops.reshape(x, (1, 2, 4, 6)), lambda x: x),
    ("transpose", lambda ops, x: ops.transpose(x, (3, 1, 0, 2)), lambda x: x.transpose(3, 1, 0, 2)),
    (
        "matmul",
        lambda ops, x: ops.matmul(x, ops.transpose(x, (0, 1, 3, 2))),
        lambda x: x @ x.swapaxes(2, 3),
    ),
    (
        "pad",
        lambda ops, x: ops.pad(x, [0, 0, 1, 2], [0, 0, 3, 0]),
        lambda x: np.pad(x, ((0, 0), (0, 0), (1, 3), (2, 0))),
    ),
    (
        "pad crops",
        lambda ops, x: ops.pad(x, [0, -1, -1, 0], [0, 0, 0, -2]),
        lambda x: x[:, 1:, 1:, :4],
    ),
    (
        "pad does both",
        lambda ops, x: ops.pad(x, [0, 0, -1, 2], [0, 0, 1, -3]),
        lambda x: np.pad(x[:, :, 1:, :3], ((0, 0), (0, 0), (0, 1), (2, 0))),
    ),
    ("pad by nothing", lambda ops, x: ops.pad(x, [0] * 4, [0] * 4), lambda x: x),
    ("crop", lambda ops, x: ops.crop(x, [0, 1, 0, 2], [1, 2, 4, 5]), lambda x: x[:, 1:, :, 2:5]),
    (
        "slice",
        lambda ops, x: ops.slice(x, [1, -1], [4, -9], [2, 3], [2, -1]),
        lambda x: x[:, :, 1:4:2, ::-1],
    ),
    ("upsample", lambda ops, x: ops.upsample(x, [2, 3]), lambda x: x.repeat(2, 2).repeat(3, 3)),
    ("upsample by 1", lambda ops, x: ops.upsample(x, [1, 1]), lambda x: x),
    ("reduce_sum", lambda ops, x: ops.reduce_sum(x), lambda x: x.sum()),
    ("reduce_sum axes", lambda ops, x: ops.reduce_sum(x, [1, 3]), lambda x: x.sum((1, 3))),
    ("reduce_sum of none", lambda ops, x: ops.reduce_sum(x, []), lambda x: x),
    (
        "reduce_sum keepdims",
        lambda ops, x: ops.reduce_sum(x, keepdims=True),
        lambda x: x.sum(keepdims=True),
    ),
    ("reduce_mean", lambda ops, x: ops.reduce_mean(x), lambda x: x.mean()),
    (
        "reduce_mean axes",
        lambda ops, x: ops.reduce_mean(x, [2], keepdims=True),
        lambda x: x.mean(2, keepdims=True),
    ),
    (
        "average_pool",
        lambda ops, x: ops.average_pool(x, [2, 3], [2, 3]),
        lambda x: x.reshape(1, 2, 2, 2, 2, 3).mean((3, 5)),
    ),
    (
        "conv",
        lambda ops, x: ops.conv(x, ops.like(x, np.full((1, 2, 1, 1), 2)), ops.like(x, [1])),
        lambda x: 2 * x.sum(1, keepdims=True) + 1,
    ),
]


@pytest.mark.parametrize(
    ("emit", "expected"), [e[1:] for e in EMITTERS], ids=[e[0] for e in EMITTERS]
)
def test_emitters_compute_and_know_shape_and_dtype(graph, ops, emit, expected):
    x = apart(1, 2, 4, 6)
    y = emit(ops, add_input(graph, "x", x.shape, DOUBLE))
    expected = np.asarray(expected(x))
    assert shape_of(y) == expected.shape
    assert y.dtype.numpy() == expected.dtype
    add_output(graph, "y", y)
    model = finish(graph)
    onnx.checker.check_model(ir.to_proto(model), full_check=True)
    assert set(operators(model)) <= PORTABLE | {"Pow", "Identity"}
    np.testing.assert_allclose(
        run(evaluator(model), {"x": x})["y"], expected, rtol=1e-14, atol=1e-14
    )


def test_the_model_has_the_opset_that_every_provider_runs(graph, ops):
    x = add_input(graph, "x", (2,))
    add_output(graph, "y", ops.relu(x))
    proto = ir.to_proto(finish(graph))
    assert (OPSET, IR_VERSION) == (17, 8)
    assert proto.ir_version == 8
    assert [(o.domain, o.version) for o in proto.opset_import] == [("", 17)]


def test_constants(graph, ops):
    x = add_input(graph, "x", (2,), DOUBLE)
    assert constant_of(ops.ints([3, 4])).tolist() == [3, 4]
    assert ops.ints([3]).dtype == INT64
    assert ops.like(x, 1).dtype == DOUBLE
    assert shape_of(ops.like(x, [[1, 2]])) == (1, 2)
    assert constant_of(x) is None
    assert constant_of(None) is None
    assert constant_of(ops.relu(x)) is None


def test_names_are_unique(graph, ops):
    x = add_input(graph, "x", (2,))
    y = x
    for _ in range(5):
        y = ops.add(y, ops.constant(np.ones(2, np.float32), "same"))
    add_output(graph, "y", y)
    model = finish(graph)
    names = [v.name for node in model.graph for v in node.outputs] + list(model.graph.initializers)
    assert len(names) == len(set(names)) == 10


def test_names_given_twice_are_mended_and_outputs_keep_theirs(graph, ops):
    x = add_input(graph, "x", (2,))
    double = ops.add(x, x)
    double.name = "loss"
    taken = ops.constant(np.full(2, 3, np.float32), "val_9")
    triple = ops.mul(double, taken)
    triple.name = "val_9"
    squared = ops.mul(triple, taken)  # its two inputs have the same name
    squared.name = "x"
    add_output(graph, "loss", ops.mul(squared, squared))
    model = finish(graph)
    onnx.checker.check_model(ir.to_proto(model), full_check=True)
    x = np.array([1, -2], np.float32)
    np.testing.assert_array_equal(run(evaluator(model), {"x": x})["loss"], (18 * x) ** 2)


def test_an_output_with_a_name_gets_an_identity(graph, ops):
    x = add_input(graph, "x", (2,))
    y = ops.relu(x)
    outputs = [
        add_output(graph, name, v)
        for name, v in [("a", x), ("b", y), ("c", y), ("d", ops.like(x, 1))]
    ]
    assert [v.name for v in outputs] == ["a", "b", "c", "d"]
    assert operators(finish(graph)) == {"Relu": 1, "Identity": 3}


def test_dead_nodes_are_dropped(graph, ops):
    x = add_input(graph, "x", (2,))
    ops.add(ops.relu(x), ops.constant(np.ones(2, np.float32), "unused"))
    add_output(graph, "y", ops.sqrt(x))
    model = finish(graph)
    assert operators(model) == {"Sqrt": 1}
    assert not model.graph.initializers


def test_a_transposition_undoes_the_one_before(graph, ops):
    x = add_input(graph, "x", (2, 3, 4))
    there = ops.transpose(x, (1, 2, 0))
    assert ops.transpose(there, (2, 0, 1)) is x
    assert shape_of(ops.transpose(there, (1, 2, 0))) == (4, 2, 3)
    bare = ops.emit("Transpose", [x])[0]  # without perm it reverses the axes
    assert shape_of(ops.transpose(bare, (2, 1, 0))) == (2, 3, 4)


REFUSED = [
    ("shapes that do not broadcast", "Add", [(2, 3), (4,)], {}),
    ("matrices that do not fit", "MatMul", [(2, 3), (4, 2)], {}),
    ("a kernel of another rank", "Conv", [(1, 3, 8, 8), (4, 3, 3)], {}),
    ("a rank too low", "Conv", [(3, 8), (4, 3, 3, 3)], {}),
    ("a missing attribute", "MaxPool", [(1, 3, 8, 8)], {}),
    ("an unknown operator", "Blur", [(1, 3, 8, 8)], {}),
]


@pytest.mark.parametrize(
    ("op", "shapes", "attributes"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_a_node_that_cannot_run_is_refused_by_name(graph, ops, op, shapes, attributes):
    inputs = [add_input(graph, f"x{i}", shape) for i, shape in enumerate(shapes)]
    with pytest.raises(
        GraphError, match=rf"^{op} node7 can't take {re.escape(str(list(map(str_shape, shapes))))}"
    ):
        ops.emit(op, inputs, attributes, name="node7")


def str_shape(shape):
    return str(ir.Shape(shape))


@pytest.mark.parametrize(
    ("size", "node"),
    [((8, 8), "pool4"), ((16, 15), "pool4"), ((1, 64), "pool1"), ((64, 1), "pool1")],
)
def test_a_picture_too_small_for_vgg19_names_the_node(graph, ops, size, node):
    network = Network.open(VGG19)
    with pytest.raises(
        GraphError, match=f"^MaxPool {node} has an empty result: the picture is too small"
    ):
        network.append(ops, add_input(graph, "image", (1, 3, *size)), ["relu5_1"])


def test_a_shape_known_only_at_run_time_is_no_shape(graph, ops):
    x, shape = add_input(graph, "x", (2, 3)), add_input(graph, "shape", (2,), INT64)
    with pytest.raises(GraphError, match=r"^Reshape flat has .* only at run time"):
        ops.emit("Reshape", [x, shape], name="flat")
    with pytest.raises(GraphError, match="'free' has no static shape"):
        shape_of(ir.val("free", dtype=FLOAT, shape=(2, None)))


def test_a_value_without_dtype_is_refused(ops):
    value = ir.val("x", shape=(2,))
    with pytest.raises(GraphError, match="'x' has no dtype"):
        ops.like(value, 1)
    with pytest.raises(GraphError, match="'x' has no dtype"):
        ops.relu(value)


def test_noise_is_the_same_each_time():
    np.testing.assert_array_equal(noise(2, 3), noise(2, 3))
