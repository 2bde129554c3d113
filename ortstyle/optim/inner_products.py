"""Inner products of float32 vectors, with an error bound that does not grow with their length."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Products = NDArray[np.float64]

BLOCK = 1 << 15  # numbers of each vector that are multiplied at once, which fit into the cache
FLOAT32_TERMS = 128  # products that are summed in float32


def dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the inner product of two vectors; see `inner_products`."""
    return float(inner_products(a[None], [b])[0, 0])


def inner_products(rows: NDArray[np.float32], columns: Sequence[NDArray[np.float32]]) -> Products:
    """Return the inner products of (p, n) float32 vectors with q others, (p, q) float64.

    Each is within 2⁻¹⁷·Σ|aᵢ·bᵢ| of the exact one, whatever n: float32 sums at most `FLOAT32_TERMS`
    products, in whatever order BLAS does, each addition rounding by 2⁻²⁴ at most (Higham 2002,
    *Accuracy and Stability of Numerical Algorithms*, equation 3.5), and float64 adds these sums. A
    block of rows is read from memory once for all columns.
    """
    total = np.zeros((len(rows), len(columns)))
    for start in range(0, rows.shape[1], BLOCK):
        block = rows[:, start : start + BLOCK]
        for i, column in enumerate(columns):
            total[:, i] += _block_products(block, column[start : start + BLOCK])
    return total


def _block_products(rows: NDArray[np.float32], column: NDArray[np.float32]) -> Products:
    """Return the inner products of a block (p, n) with one of (n,), (p,) float64."""
    whole = column.size - column.size % FLOAT32_TERMS
    groups = rows[:, :whole].reshape(len(rows), -1, FLOAT32_TERMS).swapaxes(0, 1)
    with np.errstate(over="ignore", invalid="ignore"):  # callers act on sums that are not finite
        sums = groups @ column[:whole].reshape(-1, FLOAT32_TERMS, 1)
        total: Products = sums.sum(axis=0, dtype=np.float64)[:, 0]
        return total + rows[:, whole:] @ column[whole:]
