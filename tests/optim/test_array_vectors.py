"""Vectors as NumPy arrays: each vector operation against its formula."""

from itertools import pairwise

import numpy as np
import pytest

from ortstyle.optim.array_vectors import ArrayVectors
from ortstyle.optim.inner_products import BLOCK
from ortstyle.optim.vectors import Direction

N = BLOCK + 77
KINDS = ["float32", "float16", "disk"]


def noise(seed):
    return np.random.default_rng(seed).normal(size=N).astype(np.float32)


@pytest.mark.parametrize("storage", KINDS)
def test_a_vector_that_was_put_is_a_copy(storage, tmp_path):
    vectors, array = ArrayVectors(N, 2, storage=storage, folder=tmp_path), noise(0)
    put = vectors.put(array)
    array[:] = 0
    np.testing.assert_array_equal(vectors.get(put), noise(0))


def test_only_on_disk_is_a_gradient_copied(tmp_path):
    gradient = noise(0)
    assert ArrayVectors(N, 2).keep(gradient) is gradient
    kept = ArrayVectors(N, 2, storage="disk", folder=tmp_path).keep(gradient)
    assert kept is not gradient
    np.testing.assert_array_equal(kept, gradient)


@pytest.mark.parametrize("storage", KINDS)
def test_norms(storage, tmp_path):
    g = noise(0).astype(float)
    found = ArrayVectors(N, 2, storage=storage, folder=tmp_path).norms(noise(0))
    assert found == pytest.approx((g @ g, abs(g).sum()), rel=1e-6)


@pytest.mark.parametrize("storage", KINDS)
def test_products_and_step_are_those_of_the_stored_pairs(storage, tmp_path):
    vectors = ArrayVectors(N, 3, storage=storage, folder=tmp_path)
    tolerance = 1e-5 if storage == "float32" else 2e-3  # float16 rounds the pairs
    points = [(noise(2 * i), noise(2 * i + 1)) for i in range(3)]
    s, y = (
        [np.subtract(after[k], before[k], dtype=float) for before, after in pairwise(points)]
        for k in range(2)
    )
    for row in range(2):
        found = vectors.store_pair(row, points[row + 1], previous=points[row])
    g = points[2][1].astype(float)
    expected = np.array([[one @ other for other in (s[1], y[1], g)] for one in s])
    np.testing.assert_allclose(found.with_s[:2], expected, atol=tolerance * N)
    expected = np.array([[one @ other for other in (s[1], y[1], g)] for one in y])
    np.testing.assert_allclose(found.with_y[:2], expected, atol=tolerance * N)
    assert not found.with_s[2].any()
    assert found.square == pytest.approx(g @ g, rel=1e-6)

    direction = Direction(np.array([0.5, -1, 9]), np.array([2.0, 0.25, 9]), -0.3)
    trial, slope = vectors.advance(points[2], direction, length=0.7)
    d = 0.5 * s[0] - s[1] + 2 * y[0] + 0.25 * y[1] - 0.3 * g
    np.testing.assert_allclose(trial, points[2][0] + 0.7 * d, atol=20 * tolerance)
    assert slope == pytest.approx(g @ d, rel=10 * tolerance)
