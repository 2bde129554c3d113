"""Curvature pairs and the L-BFGS direction they give."""

import numpy as np
from numpy.typing import NDArray

from ortstyle.optim import State, Vector

_BLOCK = 1 << 14  # elements added in float32, which BLAS does at the speed of memory


def dot(a: Vector, b: Vector) -> float:
    """Inner product; blocks are added in float64, so that length costs no digits."""
    return float(products(a[None], b)[0])


def products(rows: NDArray[np.float32], vector: Vector) -> NDArray[np.float64]:
    """Inner products of (p, n) float32 vectors with another, as `dot`: (p,)."""
    total = np.zeros(len(rows))
    for start in range(0, vector.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        total += rows[:, block] @ vector[block]
    return total


class CurvaturePairs:
    """The last pairs s = Δx, y = Δgradient, oldest overwritten first.

    Holds 2·(capacity + 1) float32 vectors, one pair being room for the next, and the inner products
    among them.

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
        self._capacity = capacity
        self._s = np.zeros((capacity + 1, n), np.float32)
        self._y = np.zeros((capacity + 1, n), np.float32)
        self._sy = np.zeros((capacity + 1, capacity + 1))
        self._yy = np.zeros((capacity + 1, capacity + 1))
        self._pushed = 0

    def __len__(self) -> int:
        return min(self._pushed, self._capacity)

    @property
    def _used(self) -> int:
        """Rows that have ever held a pair."""
        return min(self._pushed, self._capacity + 1)

    def clear(self) -> None:
        """Forget every pair."""
        self._pushed = 0

    def push(self, to: tuple[Vector, Vector], since: tuple[Vector, Vector]) -> bool:
        """Keep the pair of two points, each given as (x, gradient), if its curvature is positive.

        One with yᵀs ≤ 1e-10, or ≤ 1e-10·‖s‖·‖y‖, is skipped.
        """
        slot = self._pushed % len(self._s)
        s, y = self._s[slot], self._y[slot]
        np.subtract(to[0], since[0], out=s)
        np.subtract(to[1], since[1], out=y)
        least = 1e-10 * (np.sqrt(dot(s, s) * dot(y, y)) if self._scale_free else 1.0)
        if not dot(s, y) > least:
            return False
        self._pushed += 1
        used = self._used
        self._sy[slot, :used] = products(self._y[:used], s)
        self._sy[:used, slot] = products(self._s[:used], y)
        self._yy[:used, slot] = self._yy[slot, :used] = products(self._y[:used], y)
        return True

    def direction(self, gradient: Vector) -> Vector:
        """Give −H·gradient; −gradient while there is no pair.

        The two-loop recursion (Nocedal & Wright 2006, algorithm 7.4, H₀ = yᵀs/yᵀy of the newest
        pair, equation 7.20) on inner products alone: the direction is a combination of the
        gradient and the pairs, whose coefficients follow from their products with each other
        (Chen, Wang, Zhou 2014, *Large-scale L-BFGS using MapReduce*, section 3). Two passes over
        the pairs where the recursion on vectors takes four.
        """
        if len(self) == 0:
            return -gradient
        used = self._used
        newest_first = [(self._pushed - 1 - age) % len(self._s) for age in range(len(self))]
        sg, yg = products(self._s[:used], gradient), products(self._y[:used], gradient)
        sy, yy = self._sy[:used, :used], self._yy[:used, :used]

        alpha, beta = np.zeros(used), np.zeros(used)
        for i in newest_first:
            alpha[i] = (sg[i] - sy[i] @ alpha) / sy[i, i]
        newest = newest_first[0]
        gamma = sy[newest, newest] / yy[newest, newest]
        for i in reversed(newest_first):
            y_r = gamma * (yg[i] - yy[i] @ alpha) + beta @ sy[:, i]
            beta[i] = alpha[i] - y_r / sy[i, i]
        direction = (gamma * alpha).astype(np.float32) @ self._y[:used]
        direction -= beta.astype(np.float32) @ self._s[:used]
        direction -= np.float32(gamma) * gradient
        return direction

    def state(self) -> State:
        """Give the pairs in use and their products, as plain arrays."""
        used = self._used
        return {
            "s": self._s[:used].copy(),
            "y": self._y[:used].copy(),
            "sy": self._sy[:used, :used].copy(),
            "yy": self._yy[:used, :used].copy(),
            "pushed": np.array(self._pushed),
        }

    def load(self, state: State) -> None:
        """Go on from a state that `state` gave."""
        used = len(state["s"])
        self._s[:used], self._y[:used] = state["s"], state["y"]
        self._sy[:used, :used], self._yy[:used, :used] = state["sy"], state["yy"]
        self._pushed = int(state["pushed"])
