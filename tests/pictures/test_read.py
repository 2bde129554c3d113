import io
import os
import stat
import threading
import warnings
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from PIL import Image

from ortstyle.errors import OutputError, PictureError, SettingsError
from ortstyle.pictures import write as output
from ortstyle.pictures.read import (
    MAX_PIXELS,
    check_output,
    fit,
    read_picture,
    read_rgb,
    save_picture,
    scaled_size,
    to_array,
    to_picture,
)

ORIENTATION = 0x0112
RED, WHITE = (255, 0, 0), (255, 255, 255)


def picture(width=24, height=16, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def ramp():
    return np.linspace(0, 65535, 64 * 8).astype(np.uint16).reshape(8, 64)


def error_of(source, **options):
    with pytest.raises(PictureError) as caught:
        read_rgb(source, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def may_do_all():
    """Tell whether permissions mean nothing: to root, and to Windows, which has others."""
    return os.name == "nt" or os.geteuid() == 0


def refusal_of(path):
    with pytest.raises(OutputError) as caught:
        check_output(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


# Reading


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".ppm", ".tga"])
def test_lossless_files_come_back_exactly(tmp_path, suffix):
    original = picture()
    original.save(tmp_path / f"a{suffix}")
    opened = read_rgb(tmp_path / f"a{suffix}")
    assert opened.mode == "RGB"
    assert opened.info == {}
    np.testing.assert_array_equal(opened, original)


def test_a_string_a_path_an_image_and_an_array_are_the_same(tmp_path):
    original = picture()
    original.save(tmp_path / "a.png")
    for source in (str(tmp_path / "a.png"), tmp_path / "a.png", original, np.asarray(original)):
        np.testing.assert_array_equal(read_rgb(source), original)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, suffix, orientation):
    upright = np.zeros((32, 48, 3), np.uint8)
    upright[:16, :16] = RED
    upright[16:, 32:] = WHITE
    turn = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / f"a.{suffix}"
    stored = Image.fromarray(np.ascontiguousarray(turn(upright)))
    stored.save(path, exif=exif, **({"quality": 95} if suffix in {"jpg", "webp"} else {}))
    opened = read_rgb(path)
    assert opened.size == (48, 32)
    assert opened.getexif().get(ORIENTATION, 1) == 1
    np.testing.assert_allclose(np.asarray(opened, int)[8, 8], RED, atol=12)
    np.testing.assert_allclose(np.asarray(opened, int)[24, 40], WHITE, atol=12)


def test_an_opened_image_is_turned_and_left_as_it_was():
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    picture().save(buffer, "PNG", exif=exif)
    image = Image.open(buffer)
    assert read_rgb(image).size == (16, 24)
    assert image.size == (24, 16)
    assert image.getexif()[ORIENTATION] == 6


def test_damaged_exif_does_not_hide_the_picture(tmp_path):
    picture().save(tmp_path / "a.png", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff" + b"\x77" * 40)
    picture().save(
        tmp_path / "a.jpg", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x05" + b"\x01"
    )
    assert read_rgb(tmp_path / "a.png").size == (24, 16)
    assert read_rgb(tmp_path / "a.jpg").size == (24, 16)


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
    Image.fromarray(ramp().astype(np.int32 if suffix == "pgm" else np.uint16)).save(path)
    grey = np.asarray(read_rgb(path))
    expected = np.rint(ramp() / 257)
    np.testing.assert_array_equal(grey, np.repeat(expected[..., None], 3, axis=2))
    assert len(np.unique(grey)) == 256
    assert (np.diff(grey[..., 0].ravel().astype(int)) >= 0).all()


def test_big_endian_sixteen_bits(tmp_path):
    image = Image.frombytes("I;16B", (64, 8), ramp().astype(">u2").tobytes())
    image.save(tmp_path / "a.tif")
    for source in (image, tmp_path / "a.tif"):
        np.testing.assert_array_equal(np.asarray(read_rgb(source))[..., 0], np.rint(ramp() / 257))


def test_sixteen_bit_colour_png(tmp_path):
    # A PNG of one 16-bit RGB row, with a transparent colour, which Pillow itself can't write.
    import struct
    import zlib

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    row = np.array([[0, 0, 0], [65535, 32768, 257]], ">u2")
    data = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0))
        + chunk(b"tRNS", np.array([513, 513, 513], ">u2").tobytes())
        + chunk(b"IDAT", zlib.compress(b"\0" + row.tobytes()))
        + chunk(b"IEND", b"")
    )
    (tmp_path / "a.png").write_bytes(data)
    np.testing.assert_array_equal(read_rgb(tmp_path / "a.png"), [[[0, 0, 0], [255, 128, 1]]])


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
def test_deep_greyscale_is_scaled_by_its_range(tmp_path, levels, expected):
    image = Image.fromarray(levels)
    image.save(tmp_path / "a.tif")
    for source in (image, tmp_path / "a.tif"):
        np.testing.assert_array_equal(np.asarray(read_rgb(source))[0, :, 0], expected)


def test_a_deep_image_with_nan_is_refused():
    assert "NaN" in error_of(Image.fromarray(np.array([[0, np.nan]], np.float32)))


def test_cmyk_jpeg(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)
    np.testing.assert_allclose(np.asarray(read_rgb(tmp_path / "a.jpg"), int)[8, 8], RED, atol=4)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif"])
def test_the_first_frame_of_an_animation(tmp_path, suffix):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, (0, 0, 255), WHITE)]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    opened = np.asarray(read_rgb(tmp_path / f"a.{suffix}"), int)
    np.testing.assert_allclose(opened[8, 8], RED, atol=4)


def test_further_frames_are_told_of(tmp_path):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, (0, 0, 255), WHITE)]
    for suffix in ("gif", "png", "webp", "tif"):
        path = tmp_path / f"a.{suffix}"
        frames[0].save(path, save_all=True, append_images=frames[1:])
        told = f"style {path} holds 3 pictures; the first is taken"
        assert read_picture(path, name="style").notices == (told,)
        frames[0].save(path)
        assert read_picture(path).notices == ()


def test_what_was_read_is_not_read_again(tmp_path):
    opened = read_picture(picture())
    assert read_picture(opened) is opened


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[7]], np.uint8), (7, 7, 7)),
        (np.array([[[1, 2, 3]]], np.uint8), (1, 2, 3)),
        (np.array([[[9, 9, 9, 0]]], np.uint8), WHITE),
        (np.array([[[0, 32896, 65535]]], np.uint16), (0, 128, 255)),
        (np.array([[[0, 0.5, 1]]], np.float64), (0, 128, 255)),
        (np.array([[0.25]], np.float16), (64, 64, 64)),
    ],
)
def test_arrays(array, expected):
    np.testing.assert_array_equal(read_rgb(array), [[expected]])


def test_an_array_view_is_read_and_left_alone():
    array = np.asarray(picture())[::-1, ::2]
    np.testing.assert_array_equal(read_rgb(array), array)


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.zeros((2, 2, 2), np.uint8), "shape"),
        (np.zeros((1, 3, 4, 4), np.uint8), "shape"),
        (np.zeros(4, np.uint8), "shape"),
        (np.zeros((0, 4, 3), np.uint8), "no pixels"),
        (np.zeros((4, 4), np.int64), "int64"),
        (np.zeros((4, 4), bool), "bool"),
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


@pytest.mark.parametrize("source", [None, 3, b"bytes", [[0]]])
def test_other_things_are_refused(source):
    assert type(source).__name__ in error_of(source)


def test_bad_files_are_named(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("hello, I am no picture")
    (tmp_path / "header.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for name, words in {
        "missing.png": "does not exist",
        "empty.png": "empty",
        "text.jpg": "not a picture",
        "header.png": "",
        "text.jpg/inside.png": "check the path" if os.name == "nt" else "can't be read",
        "x" * 300 + ".png": "check the path" if os.name == "nt" else "can't be read",
        "nul\0.png": "",
    }.items():
        message = error_of(tmp_path / name, name="content")
        assert message.startswith(f"content {tmp_path / name} ")
        assert words in message
    assert "folder" in error_of(tmp_path)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    picture().save(path)
    if may_do_all():

        def refuse(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Image, "open", refuse)
    else:
        path.chmod(0)
    assert "permission" in error_of(path)


@pytest.mark.parametrize("size", [(0, 4), (4, 0), (0, 0)])
def test_an_image_without_pixels(size):
    assert "no pixels" in error_of(Image.new("RGB", size))


def bytes_of(format_, mode="RGB"):
    buffer = io.BytesIO()
    image = Image.fromarray(ramp()) if mode == "I;16" else picture(40, 30).convert(mode)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    options = {} if format_ in {"GIF", "BMP", "PPM", "TGA"} else {"exif": exif}
    if format_ == "TIFF":
        options["compression"] = "tiff_lzw"
    image.save(buffer, format_, **options)
    return buffer.getvalue()


WHOLE = {
    format_: bytes_of(format_, mode)
    for format_, mode in [
        ("PNG", "P"),
        ("JPEG", "CMYK"),
        ("WEBP", "RGBA"),
        ("TIFF", "I;16"),
        ("GIF", "RGB"),
        ("BMP", "RGB"),
        ("PPM", "RGB"),
        ("TGA", "RGB"),
    ]
}


def picture_or_error(path, data):
    path.write_bytes(data)
    try:
        mode = read_rgb(path).mode
    except PictureError as error:
        message = str(error)
    else:
        assert mode == "RGB"
        return
    assert message.startswith(f"picture {path} ")
    assert "\n" not in message


@pytest.mark.parametrize("format_", WHOLE)
def test_a_file_cut_short_anywhere(tmp_path, format_):
    data = WHOLE[format_]
    for end in {*range(0, len(data), max(1, len(data) // 60)), *range(min(40, len(data)))}:
        picture_or_error(tmp_path / "a", data[:end])


@pytest.mark.parametrize("format_", WHOLE)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_file_with_wrong_bytes(tmp_path, format_, data):
    wrong = bytearray(WHOLE[format_])
    for _ in range(data.draw(st.integers(1, 6))):
        wrong[data.draw(st.integers(0, len(wrong) - 1))] = data.draw(st.integers(0, 255))
    picture_or_error(tmp_path / "a", bytes(wrong))


def test_a_truncated_picture_says_so(tmp_path):
    (tmp_path / "a.jpg").write_bytes(WHOLE["JPEG"][:-400])
    assert "cut short" in error_of(tmp_path / "a.jpg")


# Decompression bombs


def bomb(tmp_path, width, height):
    """Write a BMP whose header claims any size; nothing of that size is ever made."""
    data = bytearray(WHOLE["BMP"])
    data[18:26] = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    (tmp_path / "bomb.bmp").write_bytes(data)
    return tmp_path / "bomb.bmp"


def test_a_bomb_is_refused_before_decoding(tmp_path):
    message = error_of(bomb(tmp_path, 40_000, 40_000))
    assert str(MAX_PIXELS) in message
    assert "--max-pixels" in message


def test_the_limit_is_exact_on_either_side_of_pillows(tmp_path):
    path = bomb(tmp_path, 20_000, 10_000)
    assert "--max-pixels" in error_of(path, max_pixels=199_999_999)
    assert "cut short" in error_of(path, max_pixels=200_000_000)
    picture(10, 10).save(tmp_path / "a.png")
    assert "--max-pixels" in error_of(tmp_path / "a.png", max_pixels=99)
    assert read_rgb(tmp_path / "a.png", max_pixels=100).size == (10, 10)
    assert "--max-pixels" in error_of(picture(10, 10), max_pixels=99)


def test_below_the_limit_pillows_warning_is_silent(tmp_path, monkeypatch):
    picture(30, 30).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert read_rgb(tmp_path / "a.png", max_pixels=1000).size == (30, 30)
    assert not caught


def test_pillows_guard_is_put_back(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    picture(30, 30).save(tmp_path / "a.png")
    threads = [threading.Thread(target=read_rgb, args=(tmp_path / "a.png",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    error_of(bomb(tmp_path, 40_000, 40_000))
    assert Image.MAX_IMAGE_PIXELS == 100
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    assert "--max-pixels" in error_of(tmp_path / "a.png", max_pixels=899)


# Sizes and arrays


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 3000))
def test_sizes_follow_the_published_formula(width, height, side):
    scaled = scaled_size((width, height), side)
    assert max(scaled) == side
    for dim, new in zip((width, height), scaled, strict=True):
        assert new == max(1, int(dim / max(width, height) * side))


def test_fit_resizes_as_pillow_does_bilinearly():
    image = picture(61, 43)
    for side in (7, 61, 100):
        expected = image.resize(scaled_size(image.size, side), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(fit(image, side), expected)
    assert fit(picture(1000, 1), 10).size == (10, 1)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 90))
def test_what_is_read_is_resized_as_pictures_of_eight_bits_are(width, height, side):
    image = picture(width, height)
    fitted = read_picture(image).fit(side)
    assert fitted.depth == 8
    np.testing.assert_array_equal(fitted.pixels, to_array(fit(read_rgb(image), side)))


@pytest.mark.parametrize("side", [0, -5])
def test_a_side_without_pixels_is_refused(side):
    with pytest.raises(SettingsError, match="too small"):
        fit(picture(), side)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
def test_array_round_trip(width, height, seed):
    image = picture(width, height, seed)
    array = to_array(image)
    assert array.shape == (1, 3, height, width)
    assert array.dtype == np.float32
    assert array.flags.c_contiguous
    np.testing.assert_array_equal(array[0, :, 0, 0], np.asarray(image)[0, 0])
    np.testing.assert_array_equal(to_picture(array), image)
    np.testing.assert_array_equal(to_picture(array[0]), image)


def test_to_picture_clips_and_rounds():
    values = [-9.0, 0.49, 0.51, 1.5, 2.5, 254.6, 1e9, np.inf]
    row = np.asarray(to_picture(np.tile(np.array(values, np.float32), (3, 1, 1))))[0, :, 0]
    np.testing.assert_array_equal(row, [0, 0, 1, 2, 2, 255, 255, 255])


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (4, 4, 3), (4, 4), (1, 1, 4, 4), (3, 0, 4)])
def test_to_picture_refuses_other_shapes(shape):
    with pytest.raises(PictureError, match="shape"):
        to_picture(np.zeros(shape, np.float32))


def test_to_picture_refuses_nan():
    with pytest.raises(PictureError, match="NaN"):
        to_picture(np.full((3, 2, 2), np.nan))


# Writing


@pytest.mark.parametrize(
    "suffix", [".png", ".PNG", ".jpg", ".jpeg", ".tif", ".webp", ".gif", ".bmp"]
)
def test_what_is_saved_can_be_opened(tmp_path, suffix):
    path = check_output(tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())
    smooth = fit(picture(4, 3), 120)
    save_picture(smooth, path)
    assert [path] == list(tmp_path.iterdir())
    difference = np.asarray(read_rgb(path), float) - np.asarray(smooth, float)
    assert np.abs(difference).mean() < (8 if suffix == ".gif" else 3)


def test_jpeg_keeps_full_chroma(tmp_path):
    save_picture(picture(), tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        assert {layer[1:3] for layer in image.layer} == {(1, 1)}


def test_any_mode_is_saved_as_rgb(tmp_path):
    save_picture(Image.new("LA", (4, 4)), tmp_path / "a.jpg")
    assert read_rgb(tmp_path / "a.jpg").size == (4, 4)


def test_outputs_that_can_not_be_written(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    for name, words in {
        "folder.png": "folder",
        "none/a.png": "does not exist",
        "file/a.png": "is a file, not a folder",
        "plain": "plain.png",
        "a.xyz": ".png",
        "a.xbm": "no colour picture",
        "a.ico": "no colour picture",
        "a.psd": "no colour picture",
        "x" * 300 + ".png": "can't be written",
        "nul\0.png": "can't be written",
    }.items():
        assert words in refusal_of(tmp_path / name)
        with pytest.raises(OutputError):
            save_picture(picture(), tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


def refuse_to_write(monkeypatch, path):
    """Make the folder, or the file, read-only; who may write anywhere pretends."""
    if may_do_all():
        if path.is_dir():

            def refuse(*_, **__):
                raise PermissionError(13, "Permission denied")

            monkeypatch.setattr(Path, "open", refuse)
        else:
            monkeypatch.setattr(os, "access", lambda *_: False)
    else:
        path.chmod(0o500 if path.is_dir() else 0o400)


def test_a_read_only_folder(tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    refuse_to_write(monkeypatch, folder)
    assert "Permission denied" in refusal_of(folder / "a.png")


def test_a_write_protected_file(tmp_path, monkeypatch):
    picture().save(tmp_path / "a.png")
    refuse_to_write(monkeypatch, tmp_path / "a.png")
    assert "write-protected" in refusal_of(tmp_path / "a.png")


@pytest.mark.parametrize("stage", ["save", "fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("no")])
def test_a_failing_save_leaves_the_old_file(tmp_path, monkeypatch, stage, error):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail(*_, **__):
        raise error

    if stage == "save":

        def fail_late(self, file, *_, **__):
            file.write(b"half")
            raise error

        monkeypatch.setattr(output, "_format", lambda _: "PNG")
        monkeypatch.setattr(Image.Image, "save", fail_late)
    else:
        monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[stage], fail)
    with pytest.raises(OutputError, match=r"a\.png"):
        save_picture(picture(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_while_saving_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_picture(picture(), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_permissions_are_the_umasks_or_those_of_the_old_file(tmp_path):
    (tmp_path / "plain").touch()
    save_picture(picture(), tmp_path / "a.png")
    mode = stat.S_IMODE((tmp_path / "a.png").stat().st_mode)
    assert mode == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    (tmp_path / "a.png").chmod(0o640)
    save_picture(picture(seed=1), tmp_path / "a.png")
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640


@pytest.mark.skipif(os.name == "nt", reason="Windows asks for a privilege to make links")
def test_a_link_is_followed(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "a.png"
    link.symlink_to(tmp_path / "there" / "b.png")
    save_picture(picture(), check_output(link))
    assert link.is_symlink()
    np.testing.assert_array_equal(read_rgb(tmp_path / "there" / "b.png"), picture())
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    refusal_of(tmp_path / "loop.png")


# The example pictures


def test_the_example_pictures():
    examples = resources.files("ortstyle") / "examples"
    total = 0
    for name in ("photo.jpg", "painting.jpg"):
        data = (examples / name).read_bytes()
        total += len(data)
        assert 500 <= max(read_rgb(Image.open(io.BytesIO(data))).size) <= 800
    assert total <= 500_000
