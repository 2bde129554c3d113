"""Turning upright by the display matrix, and square pixels."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from ortstyle.video.media.orientation import Orientation, orientation_of, square_size

ONE = 1 << 16
PIXELS = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)


def frame(a, b, c, d, rotation=0):
    matrix = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 14], np.int64) * ONE
    return SimpleNamespace(
        side_data={"DISPLAYMATRIX": matrix.astype(np.int32).tobytes()}, rotation=rotation
    )


def moved(pixels, a, b, c, d):
    """Move each pixel as the matrix moves points about the middle of a square picture."""
    result = np.empty_like(pixels)
    for y in (-1, 1):
        for x in (-1, 1):
            to_x, to_y = a * x + c * y, b * x + d * y
            result[(to_y + 1) // 2, (to_x + 1) // 2] = pixels[(y + 1) // 2, (x + 1) // 2]
    return result


@pytest.mark.parametrize(
    "matrix",
    [
        (1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0),
        (-1, 0, 0, 1), (1, 0, 0, -1), (0, 1, 1, 0), (0, -1, -1, 0),
    ],
)  # fmt: skip
def test_all_eight_ways_of_turning_and_mirroring_move_pixels_as_the_matrix_says(matrix):
    turn = orientation_of(frame(*matrix))
    assert np.array_equal(turn.upright(PIXELS), moved(PIXELS, *matrix))
    assert turn.swaps_sides == (matrix[0] == 0)
    assert turn.sides((3, 2)) == ((2, 3) if matrix[0] == 0 else (3, 2))
    assert not turn.notice


def test_the_angle_is_used_where_pyav_does_not_give_the_matrix():
    class Unknown(dict):
        def get(self, _):
            raise ValueError("28 is not a valid Type")

    found = orientation_of(SimpleNamespace(side_data=Unknown(), rotation=-90))
    assert found == Orientation(quarters=3)


def test_a_matrix_that_flattens_everything_is_ignored():
    assert orientation_of(frame(0, 0, 0, 0)) == Orientation()


def test_a_few_degrees_more_are_told():
    matrix = np.array([0.9848, -0.1736, 0, 0.1736, 0.9848, 0, 0, 0, 16384]) * ONE
    side_data = {"DISPLAYMATRIX": matrix.astype(np.int32).tobytes()}
    turn = orientation_of(SimpleNamespace(side_data=side_data, rotation=10))
    assert turn.quarters == 0
    assert "by 10° beyond" in turn.notice


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        (None, (720, 576)), (Fraction(1), (720, 576)), (Fraction(16, 15), (768, 576)),
        (Fraction(8, 9), (720, 648)), (Fraction(0), (720, 576)), (Fraction(1000), (720, 576)),
        (Fraction(1, 1000), (720, 576)), (Fraction(-1), (720, 576)),
    ],
)  # fmt: skip
def test_pixels_become_square_without_losing_any(aspect, size):
    assert square_size(720, 576, aspect) == size
