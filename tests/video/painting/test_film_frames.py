"""Levels of 8 and 16 bits stand for the same pixels."""

import numpy as np

from ortstyle.video.painting.film_frames import float_pixels


def test_levels_of_both_depths_stand_for_the_same_pixels():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=-1)
    pixels = float_pixels(levels)
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, levels)
    np.testing.assert_array_equal(float_pixels(levels.astype(np.uint16) * 257), pixels)
