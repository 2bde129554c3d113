"""PSD: transparency, rows of runs, and what is refused."""

import struct

import numpy as np
import pytest

from ortstyle.errors import PictureError
from ortstyle.pictures.read import read_picture


def pixels(path):
    return read_picture(path, name="content").pixels[0].transpose(1, 2, 0)


def psd(path, planes, *, mode=3, depth=8, layers=b""):
    """Write a PSD of uncompressed planes; `layers` is the content of its layer section."""
    height, width = planes.shape[1:] if depth == 8 else (planes.shape[1], planes.shape[2] * 8)
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, len(planes), height, width, depth, mode)
    sections = struct.pack(">III", 0, 0, len(layers)) + layers
    path.write_bytes(header + sections + struct.pack(">H", 0) + planes.tobytes())
    return path


def test_set_bits_of_a_psd_are_black(tmp_path):
    path = psd(tmp_path / "a.psd", np.array([[[0xF0]]], np.uint8), mode=0, depth=1)
    assert pixels(path)[0, :, 0].tolist() == [0] * 4 + [255] * 4


PLANES = np.stack([np.full((4, 4), level, np.uint8) for level in (10, 20, 30, 0, 99)])


@pytest.mark.parametrize(
    ("count", "color"), [(-1, [255, 255, 255]), (1, [10, 20, 30]), (None, [10, 20, 30])]
)
def test_the_fourth_channel_is_transparency_if_the_layers_say_so(tmp_path, count, color):
    # One layer without channels: a rectangle, a blend mode and no further data.
    layer = bytes(16) + struct.pack(">H4s4s4BI", 0, b"8BIM", b"norm", 255, 0, 0, 0, 12) + bytes(12)
    content = b"" if count is None else struct.pack(">h", count) + layer
    layers = struct.pack(">I", len(content)) + content if content else b""
    path = psd(tmp_path / "a.psd", PLANES[:4], layers=layers)
    assert pixels(path)[0, 0].tolist() == color


def test_further_channels_are_refused(tmp_path):
    assert pixels(psd(tmp_path / "a.psd", PLANES[:3]))[0, 0].tolist() == [10, 20, 30]
    with pytest.raises(PictureError, match=r"b\.psd holds 5 channels, of which more than colours"):
        pixels(psd(tmp_path / "b.psd", PLANES))


def test_the_white_that_photoshop_mixes_in_is_taken_away(tmp_path):
    layer = bytes(16) + struct.pack(">H4s4s4BI", 0, b"8BIM", b"norm", 255, 0, 0, 0, 12) + bytes(12)
    layers = struct.pack(">I", 2 + len(layer)) + struct.pack(">h", -1) + layer
    mixed = np.stack([np.full((4, 4), level, np.uint8) for level in (157, 147, 137, 128)])
    assert pixels(psd(tmp_path / "a.psd", mixed, layers=layers))[0, 0].tolist() == [157, 147, 137]
    plain = np.stack([np.full((4, 4), level, np.uint8) for level in (60, 40, 20, 128)])
    assert pixels(psd(tmp_path / "b.psd", plain, layers=layers))[0, 0].tolist() == [157, 147, 137]


def test_layers_without_their_picture_are_refused(tmp_path):
    path = psd(tmp_path / "a.psd", PLANES[:3])
    data = path.read_bytes()
    for flag in (1, 0):
        block = b"8BIM" + struct.pack(">HHI", 1057, 0, 6) + struct.pack(">IBx", 1, flag)
        path.write_bytes(data[:30] + struct.pack(">I", len(block)) + block + data[34:])
        if flag:
            assert pixels(path)[0, 0].tolist() == [10, 20, 30]
    with pytest.raises(PictureError, match=r"a\.psd holds layers without the picture that they"):
        pixels(path)


def packed(planes, *, surplus, shortage=0):
    """Return planes of rows of runs, each a literal, with bytes that belong to no pixel."""
    rows = [bytes([len(row) - 1]) + row.tobytes() for plane in planes for row in plane]
    rows = [row[: len(row) - shortage] + surplus for row in rows]
    lengths = struct.pack(f">{len(rows)}H", *map(len, rows))
    return struct.pack(">H", 1) + lengths + b"".join(rows)


def compressed(path, planes, data, **options):
    size = planes.nbytes + 2
    whole = psd(path, planes, **options).read_bytes()
    path.write_bytes(whole[: len(whole) - size] + data)
    return path


@pytest.mark.parametrize("surplus", [b"", b"\x80", b"\2abc", b"\xf0z", b"\x80\xf0z\x80"])
@pytest.mark.parametrize("mode", [0, 1, 3])
def test_bytes_after_the_pixels_of_a_row_are_passed_over(tmp_path, surplus, mode):
    planes = np.arange(4 * 24, dtype=np.uint8).reshape(4, 3, 8)[: 3 if mode == 3 else 1]
    options = {"mode": mode, "depth": 8 if mode else 1}
    plain = pixels(psd(tmp_path / "a.psd", planes, **options))
    data = packed(planes, surplus=surplus)
    found = pixels(compressed(tmp_path / "b.psd", planes, data, **options))
    np.testing.assert_array_equal(found, plain)


def test_a_row_that_is_too_short_is_refused(tmp_path):
    planes = np.zeros((3, 4, 4), np.uint8)
    path = compressed(tmp_path / "a.psd", planes, packed(planes, surplus=b"", shortage=1))
    with pytest.raises(PictureError, match=r"a\.psd is damaged or cut short \(a row is too short"):
        pixels(path)


@pytest.mark.parametrize("compression", [2, 3])
def test_zip_is_refused_by_name(tmp_path, compression):
    planes = np.zeros((3, 4, 4), np.uint8)
    path = compressed(tmp_path / "a.psd", planes, struct.pack(">H", compression) + bytes(60))
    with pytest.raises(PictureError, match=r"a\.psd is a Photoshop file compressed as ZIP, which"):
        pixels(path)


@pytest.mark.parametrize("depth", [16, 32])
def test_more_than_8_bits_are_refused_by_name(tmp_path, depth):
    path = psd(tmp_path / "a.psd", np.zeros((3, 4, 4), np.uint8))
    data = bytearray(path.read_bytes())
    data[22:24] = struct.pack(">H", depth)
    path.write_bytes(data + bytes(200))
    with pytest.raises(PictureError, match=rf"Photoshop file of {depth} bits a channel, which is"):
        pixels(path)
