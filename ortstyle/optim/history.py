"""L-BFGS's history of curvature pairs, and the direction that it gives."""

from typing import Any

import numpy as np

from ortstyle.optim.optimizer import State
from ortstyle.optim.vectors import Direction, Vectors


class CurvaturePairs:
    """The last curvature pairs s = Δx, y = Δgradient; a new one overwrites the oldest.

    Parameters
    ----------
    vectors
        Stores the pairs. One of its rows is free for the next pair, so there is one pair fewer than
        rows.
    scale_free
        Skip a pair by the angle between s and y, instead of by their inner product as published.
    initial
        The initial inverse Hessian H₀ as a multiple of yᵀs/yᵀy of the newest pair.
    """

    def __init__(self, vectors: Vectors, *, scale_free: bool = False, initial: float = 1.0) -> None:
        self._vectors = vectors
        self._scale_free, self._initial = scale_free, initial
        rows = vectors.rows
        # Inner products of the pairs with each other, and with the newest gradient.
        self._sy, self._yy = np.zeros((rows, rows)), np.zeros((rows, rows))
        self._sg, self._yg = np.zeros(rows), np.zeros(rows)
        self._pushed = 0

    def __len__(self) -> int:
        return min(self._pushed, self._vectors.rows - 1)

    def clear(self) -> None:
        """Forget every pair."""
        self._pushed = 0

    def push(self, point: tuple[Any, Any], previous: tuple[Any, Any]) -> float:
        """Add the pair between two points (x, gradient) if its curvature is positive.

        A pair with yᵀs ≤ 1e-10, or with yᵀs ≤ 1e-10·‖s‖·‖y‖ where `scale_free`, is skipped. If
        gᵀg is not finite, nothing changes.

        Returns
        -------
        float
            gᵀg of the gradient g of `point`.
        """
        row = self._pushed % self._vectors.rows
        found = self._vectors.store_pair(row, point, previous=previous)
        if not np.isfinite(found.square):
            return found.square
        (ss, sy, _), yy = found.with_s[row], found.with_y[row, 1]
        # yᵀy may be 0 although y is not, because small squares underflow in float32.
        if yy > 0 and sy > 1e-10 * (np.sqrt(ss * yy) if self._scale_free else 1.0):
            self._pushed += 1
            self._sy[row], self._sy[:, row] = found.with_y[:, 0], found.with_s[:, 1]
            self._yy[row] = self._yy[:, row] = found.with_y[:, 1]
        self._sg, self._yg = found.with_s[:, 2], found.with_y[:, 2]
        return found.square

    def direction(self) -> Direction:
        """Return −H·g, for the gradient g that was pushed last; −g while there is no pair.

        This is the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4, H₀ = yᵀs/yᵀy of the
        newest pair, equation 7.20) on inner products alone: the direction is a combination of the
        gradient and the pairs, and its coefficients follow from their products with each other
        (Chen, Wang, Zhou 2014, *Large-scale L-BFGS using MapReduce*, section 3). It takes two
        passes over the pairs, where the recursion on vectors takes four.
        """
        rows = self._vectors.rows
        alpha, beta = np.zeros(rows), np.zeros(rows)
        if len(self) == 0:
            return Direction(beta, alpha, -1.0)
        newest_first = self._newest_first()
        sy, yy = self._sy, self._yy
        for i in newest_first:
            alpha[i] = (self._sg[i] - sy[i] @ alpha) / sy[i, i]
        newest = newest_first[0]
        gamma = self._initial * float(sy[newest, newest] / yy[newest, newest])
        for i in reversed(newest_first):
            y_r = gamma * (self._yg[i] - yy[i] @ alpha) + beta @ sy[:, i]
            beta[i] = alpha[i] - y_r / sy[i, i]
        return Direction(-beta, gamma * alpha, -gamma)

    def _newest_first(self) -> list[int]:
        """Return the rows of the pairs in use."""
        return [(self._pushed - 1 - age) % self._vectors.rows for age in range(len(self))]

    def state(self, *, copy: bool = True) -> State:
        """Return the pairs in use and their inner products, as plain arrays."""
        products = {"sy": self._sy, "yy": self._yy, "sg": self._sg, "yg": self._yg}
        copies = {name: array.copy() for name, array in products.items()}
        return {**self._vectors.state(copy=copy), **copies, "pushed": np.array(self._pushed)}

    def load(self, state: State) -> None:
        """Resume from what `state` returned.

        Raises
        ------
        ValueError
            A pair in use has no positive curvature.
        """
        self._vectors.load(state)
        self._sy, self._yy = (state[name].astype(float) for name in ("sy", "yy"))
        self._sg, self._yg = (state[name].astype(float) for name in ("sg", "yg"))
        self._pushed = int(state["pushed"])
        if not all(self._sy[i, i] > 0 and self._yy[i, i] > 0 for i in self._newest_first()):
            raise ValueError("a pair in use has no positive curvature")
