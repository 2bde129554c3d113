"""Sizes of pictures, and their pixels as arrays."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from images import random_image
from PIL import Image

from ortstyle.errors import PictureError, SettingsError
from ortstyle.pictures.picture import resize_to_side, scaled_size, to_array, to_image, to_levels
from ortstyle.pictures.read import read_picture, read_rgb


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 3000))
def test_sizes_follow_the_published_formula(width, height, side):
    scaled = scaled_size((width, height), side)
    assert max(scaled) == side
    for dim, new in zip((width, height), scaled, strict=True):
        assert new == max(1, int(dim / max(width, height) * side))


def test_an_image_is_resized_as_pillow_does_bilinearly():
    image = random_image(61, 43)
    for side in (7, 61, 100):
        expected = image.resize(scaled_size(image.size, side), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(resize_to_side(image, side), expected)
    assert resize_to_side(random_image(1000, 1), 10).size == (10, 1)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 90))
def test_what_is_read_is_resized_as_pictures_of_eight_bits_are(width, height, side):
    image = random_image(width, height)
    fitted = read_picture(image).resize_to_side(side)
    assert fitted.depth == 8
    np.testing.assert_array_equal(fitted.pixels, to_array(resize_to_side(read_rgb(image), side)))


@pytest.mark.parametrize("side", [0, -5])
def test_a_side_without_pixels_is_refused(side):
    with pytest.raises(SettingsError, match="too small"):
        resize_to_side(random_image(), side)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
def test_array_round_trip(width, height, seed):
    image = random_image(width, height, seed)
    array = to_array(image)
    assert array.shape == (1, 3, height, width)
    assert array.dtype == np.float32
    assert array.flags.c_contiguous
    np.testing.assert_array_equal(array[0, :, 0, 0], np.asarray(image)[0, 0])
    np.testing.assert_array_equal(to_image(array), image)
    np.testing.assert_array_equal(to_image(array[0]), image)


def test_to_image_clips_and_rounds():
    values = [-9.0, 0.49, 0.51, 1.5, 2.5, 254.6, 1e9, np.inf]
    row = np.asarray(to_image(np.tile(np.array(values, np.float32), (3, 1, 1))))[0, :, 0]
    np.testing.assert_array_equal(row, [0, 0, 1, 2, 2, 255, 255, 255])


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (4, 4, 3), (4, 4), (1, 1, 4, 4), (3, 0, 4)])
def test_to_image_refuses_other_shapes(shape):
    with pytest.raises(PictureError, match="shape"):
        to_image(np.zeros(shape, np.float32))


def test_to_image_refuses_nan():
    with pytest.raises(PictureError, match="NaN"):
        to_image(np.full((3, 2, 2), np.nan))


def test_levels_of_sixteen_bits():
    values = np.tile(np.array([-1.0, 0, 0.25, 128, 255, 300], np.float32), (3, 1, 1))
    row = to_levels(values, depth=16)[0, :, 0]
    assert row.dtype == np.uint16
    np.testing.assert_array_equal(row, [0, 0, 64, 128 * 257, 65535, 65535])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_memory_is_counted_as_pillow_takes_it(dtype):
    opaque = read_picture(np.zeros((5, 7, 3), dtype))
    assert opaque.nbytes == 5 * 7 * 4 * (1 if dtype == np.uint8 else 3)
    transparent = read_picture(np.zeros((5, 7, 4), dtype))
    assert transparent.nbytes == opaque.nbytes + 5 * 7
