"""Decoding by strips gives what decoding the whole picture gives."""

import numpy as np
import pytest
from images import random_image
from PIL import Image

from ortstyle.pictures import strips
from ortstyle.pictures.decode import Decoded, decode, decode_levels
from ortstyle.pictures.strips import decode_image, decode_large_array, join, reduction, strip_rows


@pytest.fixture
def small_strips(monkeypatch):
    monkeypatch.setattr(strips, "STRIP_PIXELS", 60)


def test_only_a_large_picture_is_reduced():
    assert reduction((10_000, 10_000), None) == 1
    assert reduction((5000, 5000), 100) == 1
    assert reduction((10_000, 10_000), 512) == 6
    assert reduction((10_000, 10_000), 5000) == 1
    assert reduction((10_000, 10_000), 0) > 1000


def test_strips_have_a_multiple_of_the_factor():
    assert strip_rows((1000, 1), 1) == 2097
    assert strip_rows((1000, 1), 6) == 349 * 6
    assert strip_rows((10**8, 1), 5) == 5


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA", "CMYK", "LAB", "I", "F"])
def test_an_image_is_decoded_as_the_whole(mode, small_strips):
    image = random_image(20, 17)
    if mode == "LAB":
        image = Image.merge("LAB", image.split())
    elif mode in {"LA", "RGBA"}:
        image.putalpha(Image.fromarray(np.arange(17 * 20, dtype=np.uint8).reshape(17, 20)))
    image = image.convert(mode)
    expected = decode(image, "a", profile=b"")
    found = decode_image(image, "a", profile=b"")
    assert len(found.planes) == len(expected.planes)
    for plane, other in zip(found.planes, expected.planes, strict=True):
        np.testing.assert_array_equal(plane, other)
    assert bool(found.alpha) == bool(expected.alpha) == (mode in {"LA", "RGBA"})
    if found.alpha:
        np.testing.assert_array_equal(found.alpha, expected.alpha)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(17, 20), (17, 20, 3), (17, 20, 4)])
def test_an_array_is_decoded_as_the_whole(shape, dtype, small_strips):
    array = np.random.default_rng(0).random(shape)
    array = array.astype(dtype) if dtype is np.float32 else (array * 255).astype(dtype)
    found = decode_large_array(array, "a")
    expected = strips.decode_array(array, "a")
    for plane, other in zip(found.planes, expected.planes, strict=True):
        np.testing.assert_array_equal(plane, other)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("factor", [1, 2, 3])
def test_joined_strips_are_the_reduced_whole(channels, factor):
    rng = np.random.default_rng(0)
    levels = rng.random((17, 20, channels)).astype(np.float32) * 255
    alpha = np.ones((17, 20), np.float32)
    alpha[9:] = rng.random((8, 20))
    parts = [slice(top, top + 6) for top in range(0, 17, 6)]
    joined = join((decode_levels(levels[p], alpha[p]) for p in parts), (20, 17), factor=factor)
    whole = decode_levels(levels, alpha)
    assert len(joined.planes) == 3
    assert len({id(plane) for plane in joined.planes}) == channels
    for plane, other in zip(joined.planes, whole.planes, strict=True):
        np.testing.assert_allclose(plane, other.reduce(factor), atol=1e-4)
    np.testing.assert_allclose(np.asarray(joined.alpha, int), whole.alpha.reduce(factor), atol=1)


def test_a_large_picture_is_held_in_16_bits(monkeypatch):
    monkeypatch.setattr(strips, "LARGE", 100)
    levels = np.random.default_rng(0).integers(0, 65536, (16, 20, 3)).astype(np.uint16)
    parts = (decode_levels(levels[top : top + 8] / np.float32(257)) for top in (0, 8))
    joined = join(parts, (20, 16))
    assert [plane.mode for plane in joined.planes] == ["I;16"] * 3
    np.testing.assert_array_equal(np.dstack(joined.planes), levels)


def test_the_last_strip_tells_of_the_profile():
    plane = Image.new("RGB", (4, 2))
    parts = (Decoded((plane,), None, "a notice", profile_used=True) for _ in range(2))
    joined = join(parts, (4, 4))
    assert (joined.notice, joined.profile_used) == ("a notice", True)
