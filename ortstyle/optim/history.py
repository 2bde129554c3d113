"""Curvature pairs and the L-BFGS direction they give, from inner products alone."""

from typing import Any

import numpy as np

from ortstyle.optim import State
from ortstyle.optim.vectors import Products, Vectors


class CurvaturePairs:
    """The last pairs s = Δx, y = Δgradient, oldest overwritten first.

    Parameters
    ----------
    vectors
        Holds the pairs; one row is room for the next, so one fewer is kept than it has.
    scale_free
        Skip a pair by the angle between s and y, not by their product as published.
    initial
        H₀ as a multiple of yᵀs/yᵀy of the newest pair.
    """

    def __init__(self, vectors: Vectors, *, scale_free: bool = False, initial: float = 1.0) -> None:
        self._vectors = vectors
        self._scale_free, self._initial = scale_free, initial
        rows = vectors.rows
        self._sy, self._yy = np.zeros((rows, rows)), np.zeros((rows, rows))
        self._sg, self._yg = np.zeros(rows), np.zeros(rows)
        self._pushed = 0

    def __len__(self) -> int:
        return min(self._pushed, self._vectors.rows - 1)

    def clear(self) -> None:
        """Forget every pair."""
        self._pushed = 0

    def push(self, to: tuple[Any, Any], since: tuple[Any, Any]) -> float:
        """Keep the pair between two points, each (x, gradient), if its curvature is positive.

        One with yᵀs ≤ 1e-10, or ≤ 1e-10·‖s‖·‖y‖, is skipped. Gives gᵀg of the gradient of `to`; if
        that is not finite nothing is kept.
        """
        row = self._pushed % self._vectors.rows
        found = self._vectors.measure(row, to, since)
        if not np.isfinite(found.square):
            return found.square
        (ss, sy, _), yy = found.with_s[row], found.with_y[row, 1]
        # Squares of small numbers are lost in float32 before the numbers are.
        if yy > 0 and sy > 1e-10 * (np.sqrt(ss * yy) if self._scale_free else 1.0):
            self._pushed += 1
            self._sy[row], self._sy[:, row] = found.with_y[:, 0], found.with_s[:, 1]
            self._yy[row] = self._yy[:, row] = found.with_y[:, 1]
        self._sg, self._yg = found.with_s[:, 2], found.with_y[:, 2]
        return found.square

    def coefficients(self) -> tuple[Products, Products, float]:
        """Give −H·g as coefficients of the s, the y and g, the gradient pushed last.

        The two-loop recursion (Nocedal & Wright 2006, algorithm 7.4, H₀ = yᵀs/yᵀy of the newest
        pair, equation 7.20) on inner products alone: the direction is a combination of the
        gradient and the pairs, whose coefficients follow from their products with each other
        (Chen, Wang, Zhou 2014, *Large-scale L-BFGS using MapReduce*, section 3). Two passes over
        the pairs where the recursion on vectors takes four. −g while there is no pair.
        """
        rows = self._vectors.rows
        alpha, beta = np.zeros(rows), np.zeros(rows)
        if len(self) == 0:
            return beta, alpha, -1.0
        newest_first = [(self._pushed - 1 - age) % rows for age in range(len(self))]
        sy, yy = self._sy, self._yy
        for i in newest_first:
            alpha[i] = (self._sg[i] - sy[i] @ alpha) / sy[i, i]
        newest = newest_first[0]
        gamma = self._initial * float(sy[newest, newest] / yy[newest, newest])
        for i in reversed(newest_first):
            y_r = gamma * (self._yg[i] - yy[i] @ alpha) + beta @ sy[:, i]
            beta[i] = alpha[i] - y_r / sy[i, i]
        return -beta, gamma * alpha, -gamma

    def state(self, *, copy: bool = True) -> State:
        """Give the pairs in use and their products, as plain arrays."""
        products = {"sy": self._sy, "yy": self._yy, "sg": self._sg, "yg": self._yg}
        copies = {name: array.copy() for name, array in products.items()}
        return {**self._vectors.state(copy=copy), **copies, "pushed": np.array(self._pushed)}

    def load(self, state: State) -> None:
        """Go on from a state that `state` gave."""
        self._vectors.load(state)
        self._sy, self._yy = (state[name].astype(float) for name in ("sy", "yy"))
        self._sg, self._yg = (state[name].astype(float) for name in ("sg", "yg"))
        self._pushed = int(state["pushed"])
