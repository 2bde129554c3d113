"""Reverse-mode differentiation: small graphs, errors, and networks against other software."""

import importlib

import numpy as np
import onnx_ir as ir
import pytest
from networks import VGG19, difference, in_float64, picture, run_session, with_random_weights
from numeric import DOUBLE, check_vjp, evaluator, noise, one, operators, run
from onnx import helper

from ortstyle.errors import GraphError
from ortstyle.graph.autodiff import gradient, pullback
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.ops import PORTABLE, Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rules.table import ZERO_GRADIENT
from ortstyle.graph.values import shape_of
from ortstyle.settings.settings import Settings


def start(*shape):
    """Return a new graph, its tape and its input x of a shape."""
    graph = new_graph("test")
    return graph, Ops(graph), add_input(graph, "x", shape, DOUBLE)


def compute(graph, value, x):
    add_output(graph, "result", value)
    return run(evaluator(finish(graph)), {"x": x})["result"]


# the walk


def test_cotangents_of_one_value_add_up():
    def build(ops, x):
        y = ops.mul(x, x)
        return ops.add(ops.mul(y, x), ops.add(y, ops.add(x, y)))

    check_vjp(build, noise(2, 3))


def test_smaller_cotangents_add_up_to_the_whole_shape():
    def build(ops, x):
        rows, columns = ops.like(x, noise(2, 1)), ops.like(x, noise(1, 3))
        return ops.add(
            ops.reduce_sum(ops.add(x, ops.mul(x, rows))), ops.reduce_sum(ops.mul(x, columns))
        )

    check_vjp(build, noise(2, 3))


def test_the_gradient_has_the_shape_even_where_it_is_one_number():
    graph, ops, x = start(2, 3)
    found = compute(graph, gradient(graph, ops.reduce_mean(x), x), noise(2, 3))
    np.testing.assert_allclose(found, np.full((2, 3), 1 / 6))


def test_the_gradient_of_itself_is_one():
    graph, _, x = start(1, 1)
    np.testing.assert_array_equal(compute(graph, gradient(graph, x, x), noise(1, 1)), [[1]])


def test_with_respect_to_a_value_in_between():
    graph, ops, x = start(2, 3)
    y = ops.mul(x, x)
    loss = ops.reduce_sum(ops.mul(y, ops.mul(y, x)))
    found = compute(graph, gradient(graph, loss, y), noise(2, 3))
    np.testing.assert_allclose(found, 2 * noise(2, 3) ** 3)


def test_nodes_beside_the_path_are_left_alone():
    graph, ops, x = start(2, 3)
    beside = ops.emit("Erf", [ops.like(x, noise(2, 3))])[0]  # has no rule and needs none
    ops.emit("Softmax", [x])
    before = len(graph)
    y = gradient(graph, ops.reduce_sum(ops.mul(x, beside)), x)
    assert shape_of(y) == (2, 3)
    assert len(graph) - before <= 4


@pytest.mark.parametrize("op", sorted(ZERO_GRADIENT & {"Ceil", "Floor", "Round", "Sign"}))
def test_zero_gradients_are_cut(op):
    check_vjp(lambda ops, x: ops.mul(x, one(op)(ops, x)), noise(2, 3))


def test_a_mask_is_cut():
    check_vjp(lambda ops, x: ops.masked(x, ops.greater(x, ops.like(x, 0.1))), noise(3, 4))


def test_a_shape_is_cut():
    def build(ops, x):
        size = ops.cast(ops.emit("Size", [x])[0], DOUBLE)
        return ops.div(x, size)

    check_vjp(build, noise(2, 3))


def test_masks_stand_before_what_a_cotangent_reaches():
    model = loss_model(Network.open(VGG19), (32, 48), settings=Settings(tv_weight=0.0))
    kinds = [node.op_type for node in model.graph]
    last_mask = max(i for i, kind in enumerate(kinds) if kind in {"Greater", "Equal", "Cast"})
    backward = [i for i, node in enumerate(model.graph) if node.op_type == "Conv"][14:]
    assert last_mask < backward[0]


def test_a_pullback_of_several_cotangents():
    graph, ops, x = start(2, 3)
    y = ops.mul(x, x)
    z = ops.reduce_sum(ops.mul(y, x))
    found = pullback(graph, {y: ops.like(y, noise(2, 3)), z: ops.like(z, 3)}, x)
    expected = 2 * noise(2, 3) * noise(2, 3) + 9 * noise(2, 3) ** 2
    np.testing.assert_allclose(compute(graph, found, noise(2, 3)), expected)


# errors


@pytest.mark.parametrize("shape", [(2,), (1, 2), (3, 1)])
def test_only_a_scalar_has_a_gradient(shape):
    graph, ops, x = start(*shape)
    y = ops.mul(x, x)
    y.name = "squares"
    with pytest.raises(GraphError, match="only a scalar has a gradient; 'squares'"):
        gradient(graph, y, x)


@pytest.mark.parametrize("cut", [None, "Floor", "Sign"])
def test_independence_is_an_error(cut):
    graph, ops, x = start(2, 3)
    y = ops.like(x, noise(2, 3)) if cut is None else one(cut)(ops, x)
    loss = ops.reduce_sum(y)
    loss.name = "total"
    with pytest.raises(GraphError, match="'total' does not depend on 'x'"):
        gradient(graph, loss, x)


@pytest.mark.parametrize("op", ["Erf", "Softmax", "LRN", "GlobalMaxPool"])
def test_an_unknown_operator_is_named_with_its_node(op):
    graph, ops, x = start(1, 2, 3, 3)
    y = ops.emit(op, [x], {"size": 3} if op == "LRN" else {}, name="the_node")[0]
    with pytest.raises(GraphError, match=rf"no derivative for operator {op} \(node 'the_node'\)"):
        gradient(graph, ops.reduce_sum(y), x)


def test_a_second_output_is_refused():
    graph, ops, x = start(2, 3)
    values, _ = ops.emit("TopK", [x, ops.ints([1])], outputs=2)
    with pytest.raises(GraphError, match="TopK"):
        gradient(graph, ops.reduce_sum(values), x)
    graph, ops, x = start(1, 1, 4, 4)
    pooled, where = ops.emit("MaxPool", [x], {"kernel_shape": [2, 2]}, name="p", outputs=2)
    pullback(graph, {pooled: ops.like(pooled, 1)}, x)
    with pytest.raises(GraphError, match=r"no derivative for output 1 of MaxPool \(node 'p'\)"):
        pullback(graph, {where: ops.like(where, 1)}, x)


# whole networks

#: model, height, width
NETWORKS = [("squeezenet", 64, 61), ("vgg19", 64, 67)]
FEATURES = {"Conv", "Concat", "MaxPool", "AveragePool", "GlobalAveragePool"}


def feature_loss(path, height, width, *, last=None):
    """Return the graph of ⟨features, noise⟩: the graph, its image, the loss."""
    network = Network.open(path)
    layers = [n for n, v in network.layers.items() if v.producer().op_type in FEATURES]
    graph = new_graph("features")
    image = add_input(graph, "image", (1, 3, height, width))
    ops = Ops(graph)
    (features,) = network.append(ops, image, [last or layers[-1]]).values()
    # Noise of the size of the features keeps deep networks in the range of float32.
    weights = ops.like(features, noise(*shape_of(features)))
    return graph, image, ops.reduce_sum(ops.mul(features, weights))


def with_gradient(graph, image, loss):
    add_output(graph, "gradient", gradient(graph, loss, image))
    add_output(graph, "loss", loss)
    return finish(graph)


@pytest.mark.parametrize(("name", "last"), [("squeezenet", "r25"), ("vgg19", "r7")])
def test_features_against_differences(tmp_path, name, last):
    """Compare the first layers with a central difference along a random direction, in float64."""
    path = with_random_weights(name, tmp_path)
    model = with_gradient(*feature_loss(path, 25, 22, last=last))
    assert set(operators(model)) <= PORTABLE | {"Concat"}
    evaluate = evaluator(in_float64(model))
    image = picture(25, 22).astype(np.float64)
    v, step = noise(*image.shape), 1e-6
    exact = (run(evaluate, {"image": image})["gradient"] * v).sum()
    above, below = (run(evaluate, {"image": image + s * step * v})["loss"] for s in (1, -1))
    assert exact == pytest.approx((above - below) / (2 * step), rel=1e-5)


@pytest.mark.parametrize("name", ["squeezenet"])
def test_onnx_runtime_computes_the_evaluators_gradient(tmp_path, name):
    pytest.importorskip("onnxruntime")
    model = with_gradient(*feature_loss(with_random_weights(name, tmp_path), 40, 37))
    image = picture(40, 37)
    found = run_session(model, {"image": image})["gradient"]
    double = run(evaluator(in_float64(model)), {"image": image.astype(np.float64)})
    assert difference(found, double["gradient"]) < 1e-3


# comparison with onnxruntime-training


@pytest.fixture(scope="module")
def builders_gradient():
    """Return onnxruntime-training's gradient: (model with output loss, inputs) → gradient."""
    try:
        state = importlib.import_module("onnxruntime.capi._pybind_state")
        builder = state.GradientGraphBuilder
    except (ImportError, AttributeError):
        pytest.skip("onnxruntime has no GradientGraphBuilder; install the training extra")

    def differentiate(model, feeds):
        proto = ir.to_proto(model)
        for node in proto.graph.node:
            if node.op_type == "Dropout":  # only one with a mask has a gradient there
                node.CopyFrom(helper.make_node("Identity", node.input[:1], node.output[:1]))
        made = builder(proto.SerializeToString(), {"loss"}, {"image"}, "loss")
        made.build()
        return run_session(made.get_model(), feeds)["image_grad"]

    return differentiate


@pytest.mark.training
@pytest.mark.parametrize(("name", "height", "width"), NETWORKS, ids=[n[0] for n in NETWORKS])
def test_networks_agree_with_onnxruntime_training(tmp_path, builders_gradient, name, height, width):
    path = with_random_weights(name, tmp_path)
    graph, _, loss = feature_loss(path, height, width)
    add_output(graph, "loss", loss)
    feeds = {"image": picture(height, width)}
    expected = builders_gradient(finish(graph), feeds)
    found = run_session(with_gradient(*feature_loss(path, height, width)), feeds)["gradient"]
    assert np.linalg.norm(expected) > 0
    assert difference(found, expected) < 1e-3


@pytest.mark.training
@pytest.mark.parametrize("pooling", ["max", "avg"])
@pytest.mark.parametrize("size", [(67, 53), (64, 48)])
def test_the_objective_agrees_with_onnxruntime_training(builders_gradient, size, pooling):
    model = loss_model(Network.open(VGG19), size, settings=Settings(pooling=pooling))
    rng = np.random.default_rng(3)
    feeds = {
        value.name: rng.uniform(0, 20, shape_of(value)).astype(np.float32)
        for value in model.graph.inputs
    }
    feeds["image"] = picture(*size)
    found = run_session(model, feeds)
    kept = [value for value in model.graph.outputs if value.name != "gradient"]
    model.graph.outputs[:] = kept
    expected = builders_gradient(finish(model.graph), feeds)
    assert difference(found["gradient"], expected) < 1e-3


def test_no_derivative_goes_through_what_is_detached():
    """d(x · detach(x²)) = x², not 3·x²."""
    graph = new_graph("detached")
    ops = Ops(graph)
    x = add_input(graph, "x", (3,))
    held = ops.detach(ops.mul(x, x))
    loss = ops.reduce_sum(ops.mul(x, held), keepdims=True)
    add_output(graph, "gradient", gradient(graph, loss, x))
    value = np.array([1, -2, 3], np.float32)
    found = run(evaluator(finish(graph)), {"x": value})["gradient"]
    np.testing.assert_array_equal(found, value**2)


@pytest.mark.parametrize("group", [0, -1, 5])
def test_attributes_that_no_rule_can_use_are_named(group):
    """Shape inference lets them pass."""
    graph, ops, x = start(1, 3, 6, 6)
    weight = ops.like(x, noise(2, 3, 3, 3))
    y = ops.emit("Conv", [x, weight], {"group": group}, name="odd")[0]
    with pytest.raises(GraphError, match=r"Conv \(node 'odd'\), whose attributes are damaged \("):
        gradient(graph, ops.reduce_sum(y), x)


def test_a_negative_variance_warns_nobody():
    """The loss will be no number, which the run tells."""
    graph, ops, x = start(1, 2, 3, 3)
    of = [ops.like(x, [value] * 2) for value in (1, 0, 0, -1)]
    y = ops.emit("BatchNormalization", [x, *of])[0]
    gradient(graph, ops.reduce_sum(y), x)
