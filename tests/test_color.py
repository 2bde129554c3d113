import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from ortstyle.color import LUMA, keep_colors
from ortstyle.errors import PictureError


def picture(low, high, seed, size=(21, 13)):
    pixels = np.random.default_rng(seed).integers(low, high, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels)


def luma(image):
    return np.asarray(image, float) @ LUMA


@given(st.integers(0, 50))
def test_luminance_from_the_stylised_and_chroma_from_the_content(seed):
    stylized, content = picture(100, 156, seed), picture(100, 156, seed + 1000)
    kept = keep_colors(stylized, content)
    assert kept.mode == "RGB"
    np.testing.assert_allclose(luma(kept), luma(stylized), atol=0.51)
    chroma = np.asarray(kept, float) - luma(kept)[..., None]
    expected = np.asarray(content, float) - luma(content)[..., None]
    np.testing.assert_allclose(chroma, expected, atol=1.01)


def test_it_is_pillows_ycbcr_without_its_rounding():
    stylized, content = picture(90, 166, 1), picture(90, 166, 2)
    y = stylized.convert("YCbCr").getchannel("Y")
    _, cb, cr = content.convert("YCbCr").split()
    expected = Image.merge("YCbCr", (y, cb, cr)).convert("RGB")
    np.testing.assert_allclose(
        np.asarray(keep_colors(stylized, content), int), np.asarray(expected, int), atol=5
    )


def test_a_picture_keeps_its_own_colours():
    image = picture(0, 256, 3)
    np.testing.assert_array_equal(keep_colors(image, image), image)


def test_a_grey_content_makes_a_grey_picture():
    kept = np.asarray(keep_colors(picture(0, 256, 4), Image.new("RGB", (21, 13), "gray")))
    assert (kept == kept[..., :1]).all()


def test_colours_out_of_range_are_clipped():
    kept = keep_colors(Image.new("RGB", (2, 2), "white"), Image.new("RGB", (2, 2), "blue"))
    assert kept.getpixel((0, 0)) == (226, 226, 255)


def test_sizes_must_agree():
    with pytest.raises(PictureError, match="size"):
        keep_colors(picture(0, 256, 5), picture(0, 256, 6, size=(13, 21)))
