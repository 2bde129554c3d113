import numpy as np
import onnx_ir as ir
import pytest
from numeric import apart, check_vjp, evaluator, noise, operators, run

from ortstyle.errors import GraphError
from ortstyle.graph.losses import absolute, gram, mean_squared_error, total_variation
from ortstyle.graph.ops import PORTABLE, Ops, add_input, add_output, finish, new_graph, shape_of


def distance(ops, x):
    return mean_squared_error(ops, x, ops.like(x, noise(1, 3, 5, 4)))


def numpy_gram(x):
    f = x.reshape(x.shape[1], -1)
    return f @ f.T / x.size


def numpy_tv(x):
    return abs(np.diff(x, axis=2)).sum() + abs(np.diff(x, axis=3)).sum()


LOSSES = [
    ("mean_squared_error", distance, lambda x: ((x - noise(1, 3, 5, 4)) ** 2).mean()),
    ("gram", gram, numpy_gram),
    ("total_variation", total_variation, numpy_tv),
    ("absolute", absolute, abs),
    ("style", lambda ops, x: mean_squared_error(ops, gram(ops, x), ops.like(x, noise(3, 3))),
     lambda x: ((numpy_gram(x) - noise(3, 3)) ** 2).mean()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "expected"), [row[1:] for row in LOSSES], ids=[r[0] for r in LOSSES]
)
def test_losses_are_numpys(loss, expected):
    x = apart(1, 3, 5, 4)
    graph = new_graph("loss")
    y = loss(Ops(graph), add_input(graph, "x", x.shape, ir.DataType.DOUBLE))
    add_output(graph, "y", y)
    expected = np.asarray(expected(x))
    expected = expected if expected.ndim else expected[None]
    assert shape_of(y) == expected.shape
    found = run(evaluator(finish(graph)), {"x": x})["y"]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("loss", [row[1] for row in LOSSES], ids=[row[0] for row in LOSSES])
def test_their_gradients(loss):
    model = check_vjp(loss, apart(1, 3, 5, 4))
    assert set(operators(model)) <= PORTABLE


def test_a_style_loss_multiplies_the_large_matrix_twice():
    """Once for F·Fᵀ, once for (D + Dᵀ)·F."""
    assert operators(check_vjp(gram, noise(1, 3, 5, 4)))["MatMul"] == 2


@pytest.mark.parametrize("size", [(1, 5), (5, 1)])
def test_one_row_has_no_variation_to_sum(size):
    graph = new_graph("tv")
    with pytest.raises(GraphError, match="too small"):
        total_variation(Ops(graph), add_input(graph, "x", (1, 3, *size)))


def test_a_flat_picture_has_no_variation_and_no_gradient_of_it():
    graph = new_graph("tv")
    from ortstyle.graph.autodiff import gradient

    x = add_input(graph, "x", (1, 3, 4, 5))
    loss = total_variation(Ops(graph), x)
    add_output(graph, "gradient", gradient(graph, loss, x))
    add_output(graph, "loss", loss)
    found = run(evaluator(finish(graph)), {"x": np.full((1, 3, 4, 5), 7, np.float32)})
    assert found["loss"] == 0
    assert not found["gradient"].any()
