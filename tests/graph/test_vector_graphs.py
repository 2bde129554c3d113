"""The vector operations of L-BFGS, compared with NumPy."""

import numpy as np
import pytest
from numeric import evaluator, noise, run

from ortstyle.graph.vector_graphs import (
    advance_model,
    blocks,
    copy_model,
    measure_model,
    norms_model,
)

SHAPE, ROWS = (1, 3, 4, 5), 3


def vectors(*names):
    return {name: noise(*SHAPE) + k for k, name in enumerate(names)} if names else {}


def computed(model, **feeds):
    return run(evaluator(model), {name: np.float32(array) for name, array in feeds.items()})


def pairs():
    count, length = blocks(SHAPE)
    return noise(count, 2 * ROWS, length)


def rows_of(tensor):
    """Return each row of a tensor of pairs as a vector of the shape of the picture."""
    return [tensor[:, k].reshape(SHAPE) for k in range(2 * ROWS)]


@pytest.mark.parametrize("shape", [SHAPE, (1, 3, 33, 47), (1, 3, 7, 5000)])
def test_blocks_are_whole_rows(shape):
    count, length = blocks(shape)
    assert count * length == np.prod(shape)
    assert length % shape[-1] == 0
    assert length <= max(4096, shape[-1])


def test_a_copy():
    x = vectors("x")["x"]
    np.testing.assert_array_equal(computed(copy_model(SHAPE), x=x)["y"], np.float32(x))


def test_norms():
    g = vectors("g")["g"]
    found = computed(norms_model(SHAPE), gradient=g)
    assert found["square"].item() == pytest.approx((g**2).sum(), rel=1e-5)
    assert found["absolute"].item() == pytest.approx(abs(g).sum(), rel=1e-5)


def test_a_new_pair_is_stored_and_measured():
    known = vectors("x", "gradient", "since_x", "since_gradient")
    known["gradient"] = known["gradient"] ** 2  # so that s and y differ
    old = pairs()
    found = computed(measure_model(SHAPE, ROWS), pairs=old, row=[[[1]]], **known)
    s, y = known["x"] - known["since_x"], known["gradient"] - known["since_gradient"]
    expected = rows_of(old)
    expected[1], expected[1 + ROWS] = s, y
    for row, vector in zip(rows_of(found["new_pairs"]), expected, strict=True):
        np.testing.assert_allclose(row, vector, rtol=1e-4, atol=1e-5)
    products = [[(a * b).sum() for b in (s, y, known["gradient"])] for a in expected]
    np.testing.assert_allclose(found["products"], products, rtol=1e-4, atol=1e-3)
    assert found["square"].item() == pytest.approx((known["gradient"] ** 2).sum(), rel=1e-5)


def test_a_step():
    known, old, weights = vectors("x", "gradient"), pairs(), noise(1, 1, 2 * ROWS)
    found = computed(
        advance_model(SHAPE, ROWS),
        pairs=old,
        of_pairs=weights,
        of_gradient=[[[-0.5]]],
        length=[[[0.1]]],
        **known,
    )
    direction = -0.5 * known["gradient"]
    for weight, row in zip(weights.ravel(), rows_of(old), strict=True):
        direction = direction + weight * row
    np.testing.assert_allclose(found["trial"], known["x"] + 0.1 * direction, rtol=1e-4, atol=1e-5)
    slope = (known["gradient"] * direction).sum()
    assert found["slope"].item() == pytest.approx(slope, rel=1e-4)
