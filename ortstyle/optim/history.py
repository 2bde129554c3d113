"""Curvature pairs and the L-BFGS direction they give."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ortstyle.optim import State, Vector

_CACHED = 1 << 18  # elements whose float64 copies stay in cache, by measurement


def dot(a: Vector, b: Vector) -> float:
    """Inner product with float64 accumulation."""
    return float(products(a[None], b[None])[0, 0])


def products(rows: NDArray[np.float32], columns: NDArray[np.float32]) -> NDArray[np.float64]:
    """Inner products of (p, n) with (q, n) float32 vectors, accumulated in float64: (p, q)."""
    total = np.zeros((len(rows), len(columns)))
    for block in _blocks(rows):
        total += rows[:, block].astype(np.float64) @ columns[:, block].astype(np.float64).T
    return total


def _blocks(rows: NDArray[np.float32]) -> Iterator[slice]:
    """Cut (p, n) vectors into pieces of which float64 copies stay in cache."""
    width = max(256, _CACHED // max(1, len(rows)))
    for start in range(0, rows.shape[1], width):
        yield slice(start, start + width)


class CurvaturePairs:
    """The last pairs s = Δx, y = Δgradient, oldest overwritten first.

    Holds 2·capacity float32 vectors and the inner products among them.

    Parameters
    ----------
    n
        Length of the vectors.
    capacity
        Pairs to keep.
    scale_free
        Skip a pair by the angle between s and y, not by their product as published.
    """

    def __init__(self, n: int, capacity: int, *, scale_free: bool = False) -> None:
        self._scale_free = scale_free
        self._s = np.zeros((capacity, n), np.float32)
        self._y = np.zeros((capacity, n), np.float32)
        self._sy = np.zeros((capacity, capacity))
        self._yy = np.zeros((capacity, capacity))
        self._pushed = 0

    def __len__(self) -> int:
        return min(self._pushed, len(self._s))

    def clear(self) -> None:
        """Forget every pair."""
        self._pushed = 0

    def push(self, s: Vector, y: Vector) -> bool:
        """Keep a pair of positive curvature; skip one with yᵀs ≤ 1e-10, or ≤ 1e-10·‖s‖·‖y‖."""
        least = 1e-10 * (np.sqrt(dot(s, s) * dot(y, y)) if self._scale_free else 1.0)
        if dot(s, y) <= least:
            return False
        slot = self._pushed % len(self._s)
        self._pushed += 1
        self._s[slot], self._y[slot] = s, y
        count = len(self)
        pair = np.stack([s, y])
        with_s, with_y = products(self._s[:count], pair), products(self._y[:count], pair)
        self._sy[:count, slot], self._sy[slot, :count] = with_s[:, 1], with_y[:, 0]
        self._yy[:count, slot] = self._yy[slot, :count] = with_y[:, 1]
        return True

    def direction(self, gradient: Vector) -> Vector:
        """Give −H·gradient; −gradient while there is no pair.

        The two-loop recursion (Nocedal & Wright 2006, algorithm 7.4, H₀ = yᵀs/yᵀy of the newest
        pair, equation 7.20) on inner products alone: the direction is a combination of the
        gradient and the pairs, whose coefficients follow from their products with each other
        (Chen, Wang, Zhou 2014, *Large-scale L-BFGS using MapReduce*, section 3). Two passes over
        the pairs where the recursion on vectors takes four.
        """
        count = len(self)
        if count == 0:
            return -gradient
        newest_first = [(self._pushed - 1 - age) % len(self._s) for age in range(count)]
        column = gradient[None]
        sg = products(self._s[:count], column)[:, 0]
        yg = products(self._y[:count], column)[:, 0]
        sy, yy = self._sy[:count, :count], self._yy[:count, :count]

        alpha, beta = np.zeros(count), np.zeros(count)
        for i in newest_first:
            alpha[i] = (sg[i] - sy[i] @ alpha) / sy[i, i]
        newest = newest_first[0]
        gamma = sy[newest, newest] / yy[newest, newest]
        for i in reversed(newest_first):
            y_r = gamma * (yg[i] - yy[i] @ alpha) + beta @ sy[:, i]
            beta[i] = alpha[i] - y_r / sy[i, i]
        return self._combine(gradient, gamma, beta, gamma * alpha)

    def _combine(
        self,
        gradient: Vector,
        scale: float,
        of_s: NDArray[np.float64],
        of_y: NDArray[np.float64],
    ) -> Vector:
        """Give −scale·gradient − Σ of_s·s + Σ of_y·y."""
        count = len(self)
        result = np.empty_like(gradient)
        for block in _blocks(self._s[:count]):
            result[block] = (
                of_y @ self._y[:count, block].astype(np.float64)
                - of_s @ self._s[:count, block].astype(np.float64)
                - scale * gradient[block].astype(np.float64)
            )
        return result

    def state(self) -> State:
        """Give the pairs in use and their products, as plain arrays."""
        count = len(self)
        return {
            "s": self._s[:count].copy(),
            "y": self._y[:count].copy(),
            "sy": self._sy[:count, :count].copy(),
            "yy": self._yy[:count, :count].copy(),
            "pushed": np.array(self._pushed),
        }

    def load(self, state: State) -> None:
        """Go on from a state that `state` gave."""
        count = len(state["s"])
        self._s[:count], self._y[:count] = state["s"], state["y"]
        self._sy[:count, :count], self._yy[:count, :count] = state["sy"], state["yy"]
        self._pushed = int(state["pushed"])
