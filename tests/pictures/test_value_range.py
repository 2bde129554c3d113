"""Which value is white, and what is said of those that are not between black and white."""

import numpy as np
import pytest
from PIL import Image

from ortstyle.pictures.read import read_picture
from ortstyle.pictures.value_range import below_notice, float_white, range_notice


@pytest.mark.parametrize(
    ("top", "white"),
    [(0, 1), (1, 1), (1.000001, 1), (16, 1), (16.1, 255), (255, 255), (256, 65535), (7e4, 7e4)],
)
def test_what_is_white_in_floats(top, white):
    assert float_white(top) == white


@pytest.mark.parametrize(
    ("top", "white", "words"),
    [
        (1, 1, ""),
        (0.01, 1, ""),
        (200, 255, ""),
        (20, 255, "up to 20, count as 0–255; it will be dark"),
        (1e6, 1e6, "up to 1e+06, count as 0–1e+06"),
        (1.3, 1, "up to 1.3, count as 0–1; those above are clipped"),
        (1.000001, 1, "up to 1.000001, count as 0–1; those above are clipped"),
    ],
)
def test_what_is_said_of_the_range(top, white, words):
    assert range_notice(top, white) == (words and f"its values, {words}")


def test_values_below_black():
    assert below_notice(-0.001, 1, whole=False) == ""
    assert "down to -1, count as 0" in below_notice(-1, 65535, whole=True)
    assert "down to -0.1, count as 0" in below_notice(-0.1, 1, whole=False)


@pytest.mark.parametrize("top", [1.000001, 1.3, 12.0])
def test_highlights_of_a_pillow_image_are_clipped_and_told(top):
    values = np.full((3, 4), 0.5, np.float32)
    values[0, :2] = top, -0.5
    picture = read_picture(Image.fromarray(values))
    np.testing.assert_allclose(picture.pixels[0, 0, 0], [255, 0, 127.5, 127.5], atol=0.01)
    assert len(picture.notices) == 1
    assert "count as 0–1; those above are clipped" in picture.notices[0]
    assert "those below 0, down to -0.5, count as 0" in picture.notices[0]


def test_negative_whole_numbers_of_a_pillow_image_are_told():
    values = np.array([[-3, 65535]], np.int32)
    picture = read_picture(Image.fromarray(values))
    np.testing.assert_allclose(picture.pixels[0, 0, 0], [0, 255])
    assert picture.notices[0].endswith("down to -3, count as 0")
