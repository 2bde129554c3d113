"""Vectors and the passes over them, as arrays and in a device's memory."""

import numpy as np
import pytest

from ortstyle.optim import vectors
from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.vectors import ArrayVectors, dot, products

def test_inner_products_lose_no_digits_to_length():
    a = np.full(3_000_000, 0.1, np.float32)
    exact = float(np.float32(0.1)) ** 2 * a.size
    assert abs(dot(a, a) / exact - 1) < 1e-5
    big = np.zeros(3 * vectors._BLOCK, np.float32)
    big[[0, vectors._BLOCK, -1]] = 1e8, 1, -1e8
    assert dot(big, np.ones_like(big)) == 1  # float32 alone would give 0
    rows = np.stack([big, a[: big.size]])
    vector = a[: big.size]
    np.testing.assert_allclose(products(rows, vector), [dot(r, vector) for r in rows], rtol=1e-4)


