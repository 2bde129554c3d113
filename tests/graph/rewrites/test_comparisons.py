"""Replacing comparisons by arithmetic: the results stay the same."""

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from networks import VGG19, difference, in_float64, picture
from numeric import DOUBLE, evaluator, noise, one, operators, run

from ortstyle.errors import GraphError
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites.comparisons import without_comparisons
from ortstyle.graph.values import shape_of
from ortstyle.settings.settings import Settings

COMPARISONS = {"Greater", "Equal", "Where", "Less", "Not"}


def both(build, *arrays):
    """Return the results of a graph as built and without comparisons."""
    graph = new_graph("test")
    inputs = [add_input(graph, f"x{i}", a.shape, DOUBLE) for i, a in enumerate(arrays)]
    add_output(graph, "y", build(Ops(graph), *inputs))
    model = finish(graph)
    feeds = {f"x{i}": a for i, a in enumerate(arrays)}
    expected = run(evaluator(model), feeds)["y"]
    without_comparisons(model)
    assert not COMPARISONS & set(operators(model))
    onnx.checker.check_model(ir.to_proto(model), full_check=True)
    return run(evaluator(model), feeds)["y"], expected


@pytest.mark.parametrize("op", ["greater", "equal"])
@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e20])
def test_a_mask(op, scale):
    a = noise(4, 5) * scale
    b = np.where(np.random.default_rng(1).random((4, 5)) < 0.4, a, noise(5, 4).T * scale)
    found, expected = both(lambda ops, x, y: ops.cast(getattr(ops, op)(x, y), DOUBLE), a, b)
    np.testing.assert_array_equal(found, expected)
    assert 0 < expected.mean() < 1


def test_a_choice_of_values_computed_after_the_comparison():
    def build(ops, x, y):
        condition = ops.greater(x, y)
        return ops.where(condition, ops.mul(x, x), ops.add(y, x))

    found, expected = both(build, noise(3, 4), noise(4, 3).T)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_other_uses_of_a_comparison_are_refused():
    graph = new_graph("test")
    x = add_input(graph, "x", (2, 3), DOUBLE)
    ops = Ops(graph)
    add_output(graph, "y", one("Not")(ops, ops.greater(x, ops.like(x, 0))))
    with pytest.raises(GraphError, match="Not"):
        without_comparisons(finish(graph))


@pytest.mark.parametrize(("pooling", "normalize"), [("max", False), ("avg", True)])
def test_the_objective_has_the_same_gradient(pooling, normalize):
    settings = Settings(pooling=pooling, normalize_gradients=normalize)
    network = Network.open(VGG19)
    plain, other = (
        loss_model(network, (17, 22), settings=settings, comparisons=comparisons)
        for comparisons in ("compare", "arithmetic")
    )
    assert not COMPARISONS & set(operators(other))
    assert [v.name for v in other.graph.outputs] == [v.name for v in plain.graph.outputs]
    rng = np.random.default_rng(0)
    feeds = {v.name: rng.uniform(0, 9, shape_of(v)) for v in plain.graph.inputs}
    feeds["image"] = picture(17, 22).astype(np.float64)
    expected, found = (run(evaluator(in_float64(m)), feeds) for m in (plain, other))
    for name, value in expected.items():
        assert difference(found[name], value) < 1e-12
