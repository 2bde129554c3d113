"""What is stored under transparency gives, over white, the picture that was painted."""

import numpy as np
import pytest
from PIL import Image

from ortstyle.pictures.alpha import remove_white


def over_white(colors, alpha):
    cover = np.asarray(alpha, float)[None] / 255
    return colors[0] * cover + 255 * (1 - cover)


def painted_picture(height, width):
    rng = np.random.default_rng(0)
    return rng.uniform(-20, 275, (1, 3, height, width)).astype(np.float32)


@pytest.mark.parametrize("rounding", [255, 65535])
def test_over_white_the_painted_picture_is_seen(rounding):
    """Also where it is darker than the opacity allows, and across the strips."""
    pixels = painted_picture(300, 256)
    alpha = Image.fromarray(np.repeat(np.arange(256, dtype=np.uint8)[None], 300, 0))
    before = pixels.copy()
    colors, opacity = remove_white(pixels, alpha)
    np.testing.assert_array_equal(pixels, before)
    stored = np.rint(colors.clip(0, 255) / 255 * rounding) * 255 / rounding
    shown = over_white(stored, opacity)[..., 1:]
    np.testing.assert_allclose(shown, pixels[0, ..., 1:].clip(0, 255), atol=1.01)
    assert (np.asarray(opacity) >= np.asarray(alpha)).all()
    assert not np.asarray(opacity)[:, 0].any()


def test_opacity_is_raised_only_where_it_must_be():
    cover = np.linspace(1, 254, 200).astype(np.uint8)[None]
    colour = np.random.default_rng(1).uniform(0, 255, (1, 3, 1, 200))
    painted = (colour * cover / 255 + 255 * (1 - cover / 255)).astype(np.float32)
    colors, opacity = remove_white(painted, Image.fromarray(cover))
    np.testing.assert_array_equal(opacity, cover)
    np.testing.assert_allclose(colors, colour, atol=0.02)
    black = np.zeros((1, 3, 1, 200), np.float32)
    assert np.asarray(remove_white(black, Image.fromarray(cover))[1]).min() == 255


def test_hard_edges_are_left_as_they_are():
    pixels = painted_picture(4, 4)
    alpha = Image.fromarray(np.array([[0, 255, 255, 0]] * 4, np.uint8))
    colors, opacity = remove_white(pixels, alpha)
    assert colors is pixels
    assert opacity is alpha
