"""Distances, compared with NumPy."""

import numpy as np
import pytest
from style_reference import FOUND, STYLE, check

from ortstyle.graph.distances import (
    absolute,
    distance,
    mean_of_all,
    mean_square,
    mean_squared_error,
    sum_of_all,
)

SQUARE = ((FOUND - STYLE) ** 2).sum()
DISTANCES = {
    "mean_squared_error": (
        lambda ops, x: mean_squared_error(ops, x, ops.like(x, STYLE)),
        SQUARE / FOUND.size,
    ),
    "distance": (
        lambda ops, x: distance(ops, x, ops.like(x, STYLE), relative=False),
        SQUARE / FOUND.size,
    ),
    "distance, relative": (
        lambda ops, x: distance(ops, x, ops.like(x, STYLE), relative=True),
        np.sqrt(SQUARE / (STYLE**2).sum() + 1e-6),
    ),
    "mean_square": (mean_square, (FOUND**2).mean()),
    "mean_of_all": (mean_of_all, FOUND.mean()),
    "sum_of_all": (sum_of_all, FOUND.sum()),
    "absolute": (absolute, abs(FOUND)),
}


@pytest.mark.parametrize(("build", "expected"), DISTANCES.values(), ids=DISTANCES)
def test_distances_are_numpys(build, expected):
    check(build, expected)
