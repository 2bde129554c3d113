"""Inner products: the error bound, which does not depend on the vectors' length."""

from math import fsum

import numpy as np
import pytest

from ortstyle.optim.inner_products import BLOCK, FLOAT32_TERMS, dot, inner_products

# Float32 adds FLOAT32_TERMS products in any order, each addition rounding by 2^-24; float64 adds
# the rest.
BOUND = FLOAT32_TERMS * 2.0**-24


def test_inner_products_lose_no_digits_to_length():
    a = np.full(3_000_000, 0.1, np.float32)
    exact = float(np.float32(0.1)) ** 2 * a.size
    assert abs(dot(a, a) / exact - 1) < BOUND < 1e-5
    big = np.zeros(3 * BLOCK, np.float32)
    big[[0, BLOCK, -1]] = 1e8, 1, -1e8
    assert dot(big, np.ones_like(big)) == 1  # float32 alone would give 0


@pytest.mark.parametrize("n", [1, 127, 128, 129, BLOCK - 1, BLOCK + 200, 300_001])
@pytest.mark.parametrize("spread", [0, 6])
def test_inner_products_are_within_their_bound(n, spread):
    rng = np.random.default_rng(n)
    scale = 10.0 ** rng.uniform(-spread, spread, n)  # large and small terms side by side
    rows = (rng.normal(size=(3, n)) * scale).astype(np.float32)
    columns = [rng.normal(size=n).astype(np.float32), np.ones(n, np.float32)]
    found = inner_products(rows, columns)
    for i, row in enumerate(rows.astype(np.float64)):
        for k, column in enumerate(columns):
            terms = row * column
            assert abs(found[i, k] - fsum(terms)) <= BOUND * fsum(abs(terms))


def test_a_sum_that_float32_adds_alone_would_break_the_bound():
    a = np.full(3_000_000, 0.1, np.float32)
    exact = float(np.float32(0.1)) ** 2 * a.size
    total = np.add.accumulate(a * a)[-1]
    assert abs(total / exact - 1) > BOUND
