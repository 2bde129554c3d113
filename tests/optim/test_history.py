"""Curvature pairs: the direction against the dense matrix and the textbook recursion."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from ortstyle.optim.array_vectors import ArrayVectors
from ortstyle.optim.history import CurvaturePairs


def pairs_of(n, count, seed=0, condition=1e2):
    """Pairs of a convex quadratic: y = A·s with A symmetric positive definite."""
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    a = (q * np.geomspace(1, condition, n)) @ q.T
    s = rng.normal(size=(count, n)).astype(np.float32)
    return [(one, (a @ one).astype(np.float32)) for one in s]


class History:
    """Pairs pushed by their differences, and the direction for any gradient."""

    def __init__(self, n, capacity, **options):
        self.vectors = ArrayVectors(n, capacity + 1)
        self.pairs = CurvaturePairs(self.vectors, **options)
        self.zero = np.zeros(n, np.float32)

    def push(self, s, y):
        before = len(self.pairs), self.pairs._pushed
        self.pairs.push((s, y), (self.zero, self.zero))
        return (len(self.pairs), self.pairs._pushed) != before

    def direction(self, gradient):
        # A pair without curvature is measured, not kept.
        self.pairs.push((self.zero, gradient), (self.zero, gradient))
        at = (self.zero, gradient)
        return self.vectors.advance(at, self.pairs.direction(), length=1.0)[0]


def filled(pairs, capacity):
    found = History(len(pairs[0][0]), capacity)
    for s, y in pairs:
        assert found.push(s, y)
    return found


def dense_inverse_hessian(pairs, initial=1.0):
    """Nocedal & Wright 2006, equation 6.17, from H₀ = yᵀs/yᵀy of the newest pair."""
    exact = [(s.astype(float), y.astype(float)) for s, y in pairs]
    s, y = exact[-1]
    n = len(s)
    h = np.eye(n) * initial * (y @ s) / (y @ y)
    for s, y in exact:
        rho = 1 / (y @ s)
        left = np.eye(n) - rho * np.outer(s, y)
        h = left @ h @ left.T + rho * np.outer(s, s)
    return h


def two_loops(pairs, gradient):
    """Nocedal & Wright 2006, algorithm 7.4, on vectors, in float64."""
    exact = [(s.astype(float), y.astype(float)) for s, y in pairs]
    q = gradient.astype(float)
    alphas = []
    for s, y in reversed(exact):
        alphas.append((s @ q) / (y @ s))
        q = q - alphas[-1] * y
    s, y = exact[-1]
    r = q * (y @ s) / (y @ y)
    for (s, y), alpha in zip(exact, reversed(alphas), strict=True):
        r = r + s * (alpha - (y @ r) / (y @ s))
    return -r


def relative_error(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(b)


@pytest.mark.parametrize(("count", "capacity"), [(1, 5), (4, 5), (5, 5), (7, 5), (23, 5), (3, 1)])
def test_the_direction_is_the_dense_inverse_hessian_times_the_gradient(count, capacity):
    pairs = pairs_of(12, count)
    gradient = np.random.default_rng(1).normal(size=12).astype(np.float32)
    expected = -dense_inverse_hessian(pairs[-capacity:]) @ gradient
    assert relative_error(filled(pairs, capacity).direction(gradient), expected) < 1e-6


@settings(deadline=None, max_examples=50)
@given(
    n=st.integers(2, 40),
    count=st.integers(1, 12),
    capacity=st.integers(1, 8),
    seed=st.integers(0, 2**16),
)
def test_the_direction_is_the_textbook_recursion(n, count, capacity, seed):
    pairs = pairs_of(n, count, seed)
    gradient = np.random.default_rng(seed + 1).normal(size=n).astype(np.float32)
    found = filled(pairs, capacity).direction(gradient)
    assert relative_error(found, two_loops(pairs[-capacity:], gradient)) < 1e-5


def test_vectors_longer_than_a_block_give_the_same():
    rng = np.random.default_rng(0)
    n = 20_001
    scale = np.geomspace(1, 100, n)
    s = rng.normal(size=(3, n)).astype(np.float32)
    pairs = [(one, (scale * one).astype(np.float32)) for one in s]
    gradient = rng.normal(size=n).astype(np.float32)
    found = filled(pairs, 3).direction(gradient)
    assert relative_error(found, two_loops(pairs, gradient)) < 1e-6


def test_a_multiple_of_the_first_hessian():
    pairs = pairs_of(12, 4)
    gradient = np.random.default_rng(1).normal(size=12).astype(np.float32)
    found = History(12, 5, initial=3.0)
    for s, y in pairs:
        assert found.push(s, y)
    expected = -dense_inverse_hessian(pairs, initial=3.0) @ gradient
    assert relative_error(found.direction(gradient), expected) < 1e-6


def test_without_pairs_it_is_steepest_descent():
    gradient = np.array([1, -2], np.float32)
    np.testing.assert_array_equal(History(2, 3).direction(gradient), [-1, 2])


def test_a_pair_without_positive_curvature_is_skipped():
    history = History(2, 3)
    s = np.array([1, 0], np.float32)
    assert not history.push(s, -s)
    assert not history.push(s, np.float32(1e-11) * s)
    assert len(history.pairs) == 0
    assert history.push(s, s)
    assert len(history.pairs) == 1


def test_clearing_forgets_every_pair():
    history = filled(pairs_of(6, 4), 3)
    history.pairs.clear()
    gradient = np.ones(6, np.float32)
    np.testing.assert_array_equal(history.direction(gradient), -gradient)


def test_a_skipped_pair_leaves_the_others():
    pairs = pairs_of(12, 5)
    kept = filled(pairs, 5)
    gradient = np.random.default_rng(1).normal(size=12).astype(np.float32)
    expected = kept.direction(gradient)
    assert not kept.push(pairs[0][0], -pairs[0][1])
    np.testing.assert_array_equal(kept.direction(gradient), expected)


@pytest.mark.parametrize("count", [0, 2, 5, 9])
def test_a_loaded_state_goes_on_bit_for_bit(count):
    pairs = pairs_of(8, count + 2)
    history = History(8, 5)
    for s, y in pairs[:count]:
        history.push(s, y)
    copy = History(8, 5)
    copy.pairs.load(history.pairs.state())
    for s, y in pairs[count:]:
        history.push(s, y)
        copy.push(s, y)
        gradient = s + y
        np.testing.assert_array_equal(copy.direction(gradient), history.direction(gradient))
