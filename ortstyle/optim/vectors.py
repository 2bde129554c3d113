"""The vector operations of L-BFGS, for vectors in NumPy arrays or in a device's memory."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ortstyle.optim.inner_products import Products
from ortstyle.optim.optimizer import State


@dataclass(frozen=True)
class PairProducts:
    """Inner products with a new curvature pair (s, y) and the gradient g at its end.

    Attributes
    ----------
    with_s, with_y
        (rows, 3) float64, the inner products of all s, and of all y, with the new s, the new y and
        g. The new pair is among the rows.
    square
        gᵀg.
    """

    with_s: Products
    with_y: Products
    square: float


@dataclass(frozen=True)
class Direction:
    """A direction d = Σ of_s·s + Σ of_y·y + of_gradient·g as coefficients of pairs and gradient.

    Attributes
    ----------
    of_s, of_y
        (rows,) float64.
    of_gradient
        The coefficient of the gradient g.
    """

    of_s: Products
    of_y: Products
    of_gradient: float


class Vectors(Protocol):
    """Vectors of `size` float32 numbers, and room for `rows` curvature pairs of them.

    Only the implementation knows the type of a vector. A vector that was returned is never written
    to again.
    """

    size: int
    rows: int

    def put(self, array: Any) -> Any:
        """Return a copy of an array of `size` numbers as a vector."""

    def keep(self, gradient: Any) -> Any:
        """Return a gradient that `tell` was given as a vector that lasts: itself or a copy."""

    def get(self, vector: Any) -> NDArray[np.float32]:
        """Return a vector as an array, (size,) float32."""

    def norms(self, gradient: Any) -> tuple[float, float]:
        """Return the sum of squares and the sum of absolute values of a gradient."""

    def store_pair(
        self, row: int, point: tuple[Any, Any], *, previous: tuple[Any, Any]
    ) -> PairProducts:
        """Store the pair between two points (x, gradient) in a row; return its products.

        Where the gradient of `point` is not finite, the row keeps its finite numbers.
        """

    def advance(
        self, point: tuple[Any, Any], direction: Direction, *, length: float
    ) -> tuple[Any, float]:
        """Return x + length·d and gᵀd for a direction d from a point (x, gradient g)."""

    def state(self, *, copy: bool = True) -> State:
        """Return the pairs that were stored, as plain arrays."""

    def load(self, state: State) -> None:
        """Fill the first rows from what `state` returned."""
