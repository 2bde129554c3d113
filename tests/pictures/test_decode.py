"""Decoding images of every mode, and arrays, to sRGB: colours, transparency and 16 bits."""

import numpy as np
import pytest
from images import RED, WHITE, ramp_of_16_bits, random_image
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.decode import decode_array
from ortstyle.pictures.read import read_rgb


def error_of(source, **options):
    with pytest.raises(PictureError) as caught:
        read_rgb(source, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("mode", "tolerance"),
    [
        ("1", 0),
        ("L", 0),
        ("RGB", 0),
        ("CMYK", 1),
        ("YCbCr", 3),
        ("HSV", 6),
        ("LAB", 1),
        ("RGBX", 0),
    ],
)
def test_every_mode_becomes_rgb(mode, tolerance):
    grey = Image.new("RGB", (6, 4), WHITE)
    image = Image.new("LAB", (6, 4), (255, 128, 128)) if mode == "LAB" else grey.convert(mode)
    opened = read_rgb(image)
    assert opened.mode == "RGB"
    np.testing.assert_allclose(np.asarray(opened, int), 255, atol=tolerance)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "RGBa", "La"])
def test_alpha_is_flattened_on_white(mode):
    alpha = Image.fromarray(np.array([[0, 128, 255]], np.uint8))
    image = Image.new({"R": "RGB", "L": "L", "P": "P"}[mode[0]], (3, 1))
    image.putalpha(alpha)
    if mode.endswith("a"):
        image = image.convert(mode)
    assert image.mode == mode
    opened = np.asarray(read_rgb(image), int)[0, :, 0]
    np.testing.assert_allclose(opened, [255, 127, 0], atol=1)


def test_a_transparent_palette_entry_is_white(tmp_path):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([*RED, 0, 0, 255])
    image.paste(0, (0, 0, 2, 4))
    image.save(tmp_path / "a.png", transparency=0)
    image.save(tmp_path / "a.gif", transparency=0)
    image.save(tmp_path / "b.png", transparency=b"\x80\xff")
    for name in ("a.png", "a.gif"):
        row = np.asarray(read_rgb(tmp_path / name))[0]
        np.testing.assert_array_equal(row[[0, 3]], [WHITE, (0, 0, 255)])
    half = np.asarray(read_rgb(tmp_path / "b.png"))[0]
    np.testing.assert_array_equal(half[[0, 3]], [(255, 127, 127), (0, 0, 255)])


@pytest.mark.parametrize(("mode", "key"), [("RGB", RED), ("L", 76), ("1", 1), ("I;16", 500)])
def test_a_transparent_colour_is_white(tmp_path, mode, key):
    if mode == "I;16":
        image = Image.fromarray(np.full((2, 4), 500, np.uint16))
    else:
        image = Image.new("RGB", (4, 2), WHITE if mode == "1" else RED).convert(mode)
    image.save(tmp_path / "a.png", transparency=key)
    np.testing.assert_array_equal(read_rgb(tmp_path / "a.png"), 255)


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_sixteen_bits_are_scaled_not_clipped(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(ramp_of_16_bits().astype(np.int32 if suffix == "pgm" else np.uint16)).save(path)
    grey = np.asarray(read_rgb(path))
    expected = np.rint(ramp_of_16_bits() / 257)
    np.testing.assert_array_equal(grey, np.repeat(expected[..., None], 3, axis=2))
    assert len(np.unique(grey)) == 256
    assert (np.diff(grey[..., 0].ravel().astype(int)) >= 0).all()


def test_big_endian_sixteen_bits(tmp_path):
    image = Image.frombytes("I;16B", (64, 8), ramp_of_16_bits().astype(">u2").tobytes())
    image.save(tmp_path / "a.tif")
    for source in (image, tmp_path / "a.tif"):
        np.testing.assert_array_equal(
            np.asarray(read_rgb(source))[..., 0], np.rint(ramp_of_16_bits() / 257)
        )


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (np.array([[0, 0.5, 1]], np.float32), [0, 128, 255]),
        (np.array([[-3, 100, 255]], np.float32), [0, 100, 255]),
        (np.array([[0, 257, 65535]], np.float32), [0, 1, 255]),
        (np.array([[0, 5e5, 1e6]], np.float32), [0, 128, 255]),
        (np.array([[0, 257, 65535]], np.int32), [0, 1, 255]),
        (np.array([[0, 2**30, 2**31 - 1]], np.int32), [0, 128, 255]),
    ],
)
def test_greyscale_of_more_bits_is_scaled_by_its_range(tmp_path, levels, expected):
    image = Image.fromarray(levels)
    image.save(tmp_path / "a.tif")
    for source in (image, tmp_path / "a.tif"):
        np.testing.assert_array_equal(np.asarray(read_rgb(source))[0, :, 0], expected)


def test_an_image_with_nan_is_refused():
    assert "NaN" in error_of(Image.fromarray(np.array([[0, np.nan]], np.float32)))


def test_cmyk_jpeg(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)
    np.testing.assert_allclose(np.asarray(read_rgb(tmp_path / "a.jpg"), int)[8, 8], RED, atol=4)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[7]], np.uint8), (7, 7, 7)),
        (np.array([[[1, 2, 3]]], np.uint8), (1, 2, 3)),
        (np.array([[[9, 9, 9, 0]]], np.uint8), WHITE),
        (np.array([[[0, 32896, 65535]]], np.uint16), (0, 128, 255)),
        (np.array([[[0, 0.5, 1]]], np.float64), (0, 128, 255)),
        (np.array([[0.25]], np.float16), (64, 64, 64)),
        (np.array([[True]]), WHITE),
        (np.array([[[False, True, False]]]), (0, 255, 0)),
    ],
)
def test_arrays(array, expected):
    np.testing.assert_array_equal(read_rgb(array), [[expected]])


def test_an_array_view_is_read_and_left_alone():
    array = np.asarray(random_image())[::-1, ::2]
    np.testing.assert_array_equal(read_rgb(array), array)


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.zeros((2, 2, 2), np.uint8), "shape"),
        (np.zeros((1, 3, 4, 4), np.uint8), "shape"),
        (np.zeros(4, np.uint8), "shape"),
        (np.zeros((0, 4, 3), np.uint8), "no pixels"),
        (np.zeros((4, 4), np.int64), "int64"),
        (np.zeros((4, 4), complex), "complex"),
        (np.array([["a"]]), "<U1"),
        (np.full((2, 2), np.nan), "NaN"),
        (np.full((2, 2), np.inf), "infinite"),
        (np.full((2, 2), 255.0), "divide by 255"),
        (np.full((2, 2), -0.1), "0–1"),
    ],
)
def test_unfit_arrays(array, word):
    message = error_of(array, name="style")
    assert message.startswith("style")
    assert word in message


@pytest.mark.parametrize("kind", ["u1", "u2", "f2", "f4", "f8"])
def test_the_order_of_bytes_in_an_array_does_not_count(kind):
    levels = np.random.default_rng(0).random((5, 4, 3))
    array = (levels if kind[0] == "f" else levels * np.iinfo(kind).max).astype(kind)
    expected = decode_array(array, "content").planes
    for order in "<>":
        found = decode_array(array.astype(f"{order}{kind}"), "content").planes
        for plane, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(plane, other)
