from functools import partial

import numpy as np
import onnx_ir as ir
import pytest
import scipy.linalg
from numeric import apart, check_vjp, evaluator, noise, operators, run

from ortstyle.errors import GraphError
from ortstyle.graph.autodiff import gradient
from ortstyle.graph.losses import (
    absolute,
    compared,
    content_loss,
    distance,
    gram,
    mean_squared_error,
    statistics,
    style_loss,
    target_of,
    total_variation,
    trace_of_root,
)
from ortstyle.graph.ops import PORTABLE, Ops, add_input, add_output, finish, new_graph, shape_of

SHAPE = 1, 3, 5, 4
PLACES = np.random.default_rng(4).uniform(0, 1, (1, 1, *SHAPE[2:])) ** 2
PLACES /= PLACES.sum()
OTHER = apart(*SHAPE, low=-1.0, high=3.0)


def error(ops, x):
    return mean_squared_error(ops, x, ops.like(x, OTHER))


def apart_by(ops, x):
    return distance(ops, x, ops.like(x, OTHER), relative=True)


def numpy_statistics(x, places=None):
    """Compute mean, deviation and the Gram matrix by the channel, as sums over places."""
    f = x.reshape(x.shape[1], -1)
    w = np.full(f.shape[1], 1 / f.shape[1]) if places is None else places.ravel()
    mean = (f * w).sum(1, keepdims=True)
    deviation = np.sqrt((w * (f - mean) ** 2).sum(1, keepdims=True) + 1e-6)
    return {"gram": (f * w) @ f.T / len(f), "mean": mean, "deviation": deviation}


def numpy_gram(x):
    return numpy_statistics(x)["gram"]


def numpy_style(x, kind, places, relative):
    """Compute a style loss with SciPy's matrix roots."""
    found, target = numpy_statistics(x, places), numpy_statistics(OTHER)
    if kind != "wasserstein":
        names = ["gram"] if kind == "gram" else list(found)
        square = {n: ((found[n] - target[n]) ** 2).mean() for n in names}
        if not relative:
            return sum(square.values())
        return sum(np.sqrt(square[n] / (target[n] ** 2).mean() + 1e-6) for n in names)
    ours, theirs = (3 * s["gram"] - s["mean"] @ s["mean"].T for s in (found, target))
    theirs = theirs + 1e-3 * np.trace(theirs) / 3 * np.eye(3)
    root = scipy.linalg.sqrtm(theirs)
    between = scipy.linalg.sqrtm(root @ ours @ root)
    square = ((found["mean"] - target["mean"]) ** 2).sum()
    square += np.trace(ours + theirs - 2 * between)
    if not relative:
        return square / 3
    return np.sqrt(square / (np.trace(theirs) + (target["mean"] ** 2).sum()) + 1e-6)


def style(kind, places, relative):
    def build(ops, x):
        roots = None if places is None else ops.like(x, np.sqrt(places))
        target = target_of(numpy_statistics(OTHER), kind)
        found = compared(ops, statistics(ops, x, kind, roots), kind)
        given = {name: ops.like(x, target[name]) for name in target}
        return style_loss(ops, found, given, kind, relative=relative)

    return build


def numpy_tv(x):
    return abs(np.diff(x, axis=2)).sum() + abs(np.diff(x, axis=3)).sum()


LOSSES = [
    ("mean_squared_error", error, lambda x: ((x - OTHER) ** 2).mean()),
    ("distance", apart_by,
     lambda x: np.sqrt(((x - OTHER) ** 2).sum() / (OTHER ** 2).sum() + 1e-6)),
    ("content_loss", lambda ops, x: content_loss(ops, x, ops.like(x, OTHER), relative=True),
     lambda x: ((x - OTHER) ** 2).sum() / (OTHER ** 2).sum()),
    ("gram", gram, numpy_gram),
    ("total_variation", total_variation, numpy_tv),
    ("total_variation, l1", lambda ops, x: total_variation(ops, x, "l1"),
     lambda x: numpy_tv(x) / x.size),
    ("total_variation, l2", lambda ops, x: total_variation(ops, x, "l2"),
     lambda x: ((np.diff(x, axis=2) ** 2).sum() + (np.diff(x, axis=3) ** 2).sum()) / x.size),
    ("absolute", absolute, abs),
] + [
    (
        f"{kind}{', masked' if places is not None else ''}{', relative' if relative else ''}",
        style(kind, places, relative),
        partial(numpy_style, kind=kind, places=places, relative=relative),
    )
    for kind in ("gram", "moments", "wasserstein")
    for places in (None, PLACES)
    for relative in (False, True)
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
    np.testing.assert_allclose(found, expected, rtol=2e-7)  # target_of rounds to float32


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


def test_the_trace_of_a_root_and_its_gradient():
    """Against SciPy; the gradient is A^-½ / 2, though no derivative goes through the iteration."""
    a = np.random.default_rng(2).normal(size=(6, 9))
    a = a @ a.T / 9
    graph = new_graph("root")
    x = add_input(graph, "x", a.shape, ir.DataType.DOUBLE)
    y = trace_of_root(Ops(graph), x)
    add_output(graph, "y", y)
    add_output(graph, "gradient", gradient(graph, y, x))
    found = run(evaluator(finish(graph)), {"x": a})
    np.testing.assert_allclose(found["y"], np.trace(scipy.linalg.sqrtm(a)), rtol=1e-9)
    half = np.linalg.inv(scipy.linalg.sqrtm(a)) / 2
    np.testing.assert_allclose(found["gradient"], half, rtol=1e-6, atol=1e-9)


def test_a_flat_layer_has_a_target_and_a_loss():
    """A mask may leave one place; its covariance is zero."""
    flat = {"gram": np.ones((3, 3)) / 3, "mean": np.ones((3, 1))}
    target = target_of(flat, "wasserstein")
    assert np.isfinite(target["root"]).all()
    model = check_vjp(
        lambda ops, x: style_loss(
            ops,
            statistics(ops, x, "wasserstein"),
            {n: ops.like(x, v) for n, v in target.items()},
            "wasserstein",
            relative=True,
        ),
        apart(*SHAPE),
        tolerance=1e-3,
    )
    assert set(operators(model)) <= PORTABLE


@pytest.mark.parametrize("kind", ["gram", "moments", "wasserstein"])
def test_a_style_is_near_itself(kind):
    """As near as the loading of the covariance and the rounding of the cone allow."""
    graph = new_graph("self")
    ops = Ops(graph)
    x = add_input(graph, "x", SHAPE, ir.DataType.DOUBLE)
    target = {n: ops.like(x, v) for n, v in target_of(numpy_statistics(OTHER), kind).items()}
    found = compared(ops, statistics(ops, x, kind), kind)
    add_output(graph, "y", style_loss(ops, found, target, kind, relative=True))
    assert run(evaluator(finish(graph)), {"x": OTHER})["y"] < 0.04
    assert run(evaluator(finish(graph)), {"x": -OTHER})["y"] > (0.1 if kind != "gram" else 0)
