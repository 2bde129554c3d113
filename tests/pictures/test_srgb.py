"""The sRGB curve, and the conversion of a picture strip by strip."""

import numpy as np
from profiles import SRGB_SPACE, space_to_xyz

from ortstyle.pictures.srgb import (
    SRGB_TO_XYZ,
    XYZ_TO_SRGB,
    convert_by_rows,
    decode_srgb,
    encode_srgb,
    encoded_of,
    light_of,
)


def test_the_curve_goes_there_and_back():
    levels = np.arange(256, dtype=np.float32)
    np.testing.assert_allclose(encode_srgb(decode_srgb(levels)), levels, atol=1e-3)
    np.testing.assert_allclose(decode_srgb(np.array([0, 127.5, 255])), [0, 0.214041, 1], atol=1e-5)


def test_light_beyond_black_and_white_is_encoded():
    light = np.array([-0.1, 0, 1, 1.5])
    np.testing.assert_allclose(encoded_of(light), [-1.292, 0, 1, 1.194176], atol=1e-6)
    np.testing.assert_allclose(light_of(encoded_of(light[1:])), light[1:], atol=1e-6)


def test_the_matrices_invert_each_other():
    np.testing.assert_allclose(SRGB_TO_XYZ @ XYZ_TO_SRGB, np.eye(3), atol=1e-6)


def test_the_matrix_has_the_luminances_of_srgb():
    """Adaptation to D50 changes the luminances of the primaries a little, and white's not."""
    np.testing.assert_allclose(SRGB_TO_XYZ[1], space_to_xyz(*SRGB_SPACE)[1], atol=0.012)
    np.testing.assert_allclose(SRGB_TO_XYZ.sum(1), [0.9642, 1, 0.8252], atol=1e-3)


def test_rows_are_converted_few_at_a_time():
    heights = []

    def double(strip):
        heights.append(strip.shape[1])
        return strip * 2

    pixels = np.random.default_rng(0).random((3, 300, 2), np.float32)
    np.testing.assert_array_equal(convert_by_rows(double, pixels), pixels * 2)
    assert sum(heights) == 300
    assert max(heights) <= 128
