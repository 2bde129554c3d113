"""Sizes of pictures, and their pixels as arrays."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from images import random_image
from PIL import Image

from ortstyle.errors import PictureError, SettingsError
from ortstyle.pictures.picture import (
    Picture,
    resize_to_side,
    scaled_size,
    to_array,
    to_image,
    to_levels,
)
from ortstyle.pictures.read import read_picture, read_rgb


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


def test_a_large_picture_in_16_bits_is_the_same_in_floats():
    levels = np.random.default_rng(0).integers(0, 65536, (3, 40, 60)).astype(np.uint16)
    deep = Picture(planes=tuple(map(Image.fromarray, levels)))
    floats = Picture(planes=tuple(Image.fromarray(plane / np.float32(257)) for plane in levels))
    assert deep.planes[0].mode == "I;16"
    assert (deep.nbytes, floats.nbytes) == (40 * 60 * 6, 40 * 60 * 12)
    np.testing.assert_array_equal(deep.pixels, floats.pixels)
    small, expected = (picture.resize_to_side(21) for picture in (deep, floats))
    assert small.planes[0].mode == "F"
    np.testing.assert_allclose(small.pixels, expected.pixels, atol=0.01)


def test_a_grey_picture_keeps_one_plane():
    plane = Image.new("F", (6, 4), 7)
    grey = Picture(planes=(plane,) * 3)
    assert grey.nbytes == 6 * 4 * 4
    for changed in (grey.resize((3, 2)), grey.transpose(Image.Transpose.ROTATE_90)):
        assert len({id(plane) for plane in changed.planes}) == 1
        assert changed.pixels.shape[1] == 3


def test_the_size_in_the_file_turns_with_the_picture():
    reduced = Picture(planes=(Image.new("RGB", (20, 10)),), source_size=(119, 59))
    turned = reduced.transpose(Image.Transpose.ROTATE_90)
    assert (turned.size, turned.proportions) == ((10, 20), (59, 119))
    mirrored = reduced.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert (mirrored.size, mirrored.proportions) == ((20, 10), (119, 59))
    assert reduced.resize_to_side(10).size == (10, 4)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("large", [100, 1 << 25])
def test_a_shrunk_picture_is_resized_to_the_same_pixels(monkeypatch, channels, dtype, large):
    monkeypatch.setattr("ortstyle.pictures.strips.LARGE", large)
    monkeypatch.setattr("ortstyle.pictures.strips.STRIP_PIXELS", large)
    top = np.iinfo(dtype).max
    levels = np.random.default_rng(0).integers(0, top, (43, 61, channels), dtype, endpoint=True)
    picture = read_picture(levels)
    small = picture.shrink_to_side(20)
    assert small.size == (20, 14)
    assert small.proportions == picture.size
    again, expected = small.resize_to_side(20), picture.resize_to_side(20)
    np.testing.assert_array_equal(again.pixels, expected.pixels)
    if channels == 4:
        np.testing.assert_array_equal(again.alpha, expected.alpha)
    assert picture.shrink_to_side(61) is picture
    assert picture.shrink_to_side(100) is picture
