"""BMP: tables of colours of all lengths, and colour profiles."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from ortstyle.errors import PictureError
from ortstyle.pictures import bmp
from ortstyle.pictures.header import read_header
from ortstyle.pictures.make_profile import Chromaticities, make_rgb_profile, srgb_curve
from ortstyle.pictures.read import read_picture

GREYS = [(0, 0, 0), (255, 255, 255)]
SWAPPED = Chromaticities((0.3127, 0.329), (0.3, 0.6), (0.64, 0.33), (0.15, 0.06))
FIELDS = struct.Struct("<IiiHHIIiiII")


def write(path, indices, colors, *, depth, used=None, size=40, compression=0, data=None):
    """Write a BMP of indices, ``(H, W)``, with a table of ``colors``, (red, green, blue)."""
    height, width = indices.shape
    if data is None:
        bits = (indices[::-1, :, None] >> np.arange(depth)[::-1]) & 1
        packed = np.packbits(bits.astype(np.uint8).reshape(height, -1), axis=1)
        data = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 4))).tobytes()
    if size == 12:
        header = struct.pack("<I4H", 12, width, height, 1, depth)
        table = b"".join(bytes(color[::-1]) for color in colors)
    else:
        used = len(colors) if used is None else used
        header = FIELDS.pack(size, width, height, 1, depth, compression, 0, 0, 0, used, 0)
        header = header.ljust(size, b"\0")
        table = b"".join(bytes((*color[::-1], 0)) for color in colors)
    start = 14 + len(header) + len(table)
    head = struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start)
    path.write_bytes(head + header + table + data)
    return path


def check(path, indices, colors, *, told=False):
    table = np.zeros((256, 3), int)
    table[: len(colors)] = colors[:256]
    picture = read_picture(path, name="content")
    np.testing.assert_array_equal(picture.pixels[0].transpose(1, 2, 0), table[indices])
    assert any("its table does not hold" in notice for notice in picture.notices) == told
    assert read_header(path).size == indices.shape[::-1]


@pytest.mark.parametrize("depth", [1, 4, 8])
@pytest.mark.parametrize("count", [1, 2, 3, 16, 200, 256])
@pytest.mark.parametrize("kind", ["two greys", "ramp", "colours"])
@pytest.mark.parametrize("size", [12, 40, 64, 108, 124])
def test_a_table_is_read_at_each_depth(tmp_path, depth, count, kind, size):
    count = min(count, 1 << depth)
    values = np.arange(count)
    colors = {
        "two greys": [GREYS[i % 2] for i in values],
        "ramp": [(i, i, i) for i in values],
        "colours": [(255 - i, i, i // 2) for i in values],
    }[kind]
    indices = np.arange(11 * 5).reshape(5, 11) * 7 % count
    check(write(tmp_path / "a.bmp", indices, colors, depth=depth, size=size), indices, colors)


@pytest.mark.parametrize(("depth", "count"), [(1, 1), (4, 3), (8, 2), (8, 100)])
@pytest.mark.parametrize("is_ramp", [True, False])
def test_pixels_beyond_the_table_are_black_and_told(tmp_path, depth, count, is_ramp):
    colors = [(i, i, i) if is_ramp else (9, 200, i) for i in range(count)]
    indices = np.arange(24).reshape(4, 6) * 11 % (1 << depth)
    path = write(tmp_path / "a.bmp", indices, colors, depth=depth)
    check(path, indices, colors, told=bool(indices.max() >= count))


def test_a_table_longer_than_the_depth_allows_is_read(tmp_path):
    colors = [(i % 256, 1, 2) for i in range(300)]
    indices = np.arange(24).reshape(4, 6)
    check(write(tmp_path / "a.bmp", indices, colors, depth=8), indices, colors)


def test_a_table_that_ends_where_the_pixels_begin_is_as_short_as_that(tmp_path):
    colors = [(50, 60, 70), (80, 90, 100)]
    indices = np.arange(24).reshape(4, 6) % 2
    check(write(tmp_path / "a.bmp", indices, colors, depth=8, used=0), indices, colors)


def test_runs_are_read_with_their_table(tmp_path):
    indices = np.repeat([[0, 1, 1, 0]], 3, axis=0)
    data = b"\1\0\2\1\1\0\0\0" * 3 + b"\0\1"
    path = write(tmp_path / "a.bmp", indices, GREYS, depth=8, compression=1, data=data)
    check(path, indices, GREYS)


def encode_runs(indices, *, depth, surplus, random):
    """Return runs of both kinds, with pixels that lie right of the row."""
    data = b""
    for row in indices[::-1]:
        left = [*row, *[1] * surplus]
        while left:
            part, left = left[: (count := random.integers(3, 9))], left[count:]
            if len(set(part)) == 1 or len(part) < 3:
                data += b"".join(bytes([1, i << 4 if depth == 4 else i]) for i in part)
            elif depth == 8:
                data += bytes([0, len(part), *part, *[0] * (len(part) % 2)])
            else:
                pairs = [*part, 0][: len(part) + len(part) % 2]
                packed = bytes(a * 16 + b for a, b in zip(pairs[::2], pairs[1::2], strict=True))
                data += bytes([0, len(part)]) + packed + bytes(len(packed) % 2)
        data += b"\0\0"
    return data + b"\0\1"


@pytest.mark.parametrize("depth", [4, 8])
@pytest.mark.parametrize("surplus", [0, 1, 6])
@pytest.mark.parametrize("size", [(3, 8), (5, 13)])
def test_pixels_right_of_a_row_are_left_out(tmp_path, depth, surplus, size):
    random = np.random.default_rng(surplus)
    indices = random.integers(0, 5, size)
    data = encode_runs(indices, depth=depth, surplus=surplus, random=random)
    colors = [(200, 7 * i, i) for i in range(5)]
    options = {"compression": 1 if depth == 8 else 2, "data": data}
    path = write(tmp_path / "a.bmp", indices, colors, depth=depth, **options)
    check(path, indices, colors)
    assert any("beyond its edges" in n for n in read_picture(path).notices) == (surplus == 6)


def test_runs_may_leave_pixels_out_and_must_not_be_cut_short(tmp_path):
    indices = np.array([[0, 0, 0, 0], [0, 0, 1, 0], [1, 1, 0, 0]])
    colors = [(9, 8, 7), (30, 60, 90)]
    data = b"\2\1\0\0" + b"\0\2\2\0\1\1" + b"\0\1"
    options = {"depth": 8, "compression": 1}
    check(write(tmp_path / "a.bmp", indices, colors, data=data, **options), indices, colors)
    path = write(tmp_path / "b.bmp", indices, colors, data=data[:-2], **options)
    with pytest.raises(PictureError, match=r"b\.bmp is damaged or cut short \(too few pixels\)"):
        read_picture(path)


@pytest.mark.parametrize("kind", ["true", "table"])
def test_a_profile_is_applied(tmp_path, kind):
    swapped = make_rgb_profile(SWAPPED, [srgb_curve()] * 3, name="red and green exchanged")
    color, depth = (200, 30, 60), 24 if kind == "true" else 8
    data = bytes((*color[::-1], 0)) if depth == 24 else bytes(4)
    table = b"" if depth == 24 else bytes((*color[::-1], 0))
    header = bytearray(FIELDS.pack(124, 1, 1, 1, depth, 0, 0, 0, 0, len(table) // 4, 0).ljust(124))
    header[40:124] = bytes(84)
    header[56:60] = b"DEBM"
    header[112:120] = struct.pack("<II", 124 + len(table) + 4, len(swapped))
    head = struct.pack("<2sIHHI", b"BM", 0, 0, 0, 138 + len(table))
    path = tmp_path / "a.bmp"
    path.write_bytes(head + header + table + data + swapped)
    image = Image.new("RGB", (1, 1), color)
    source = ImageCms.ImageCmsProfile(io.BytesIO(swapped))
    expected = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    found = read_picture(path).pixels[0, :, 0, 0]
    assert np.abs(found - expected.getpixel((0, 0))).max() <= 1
    assert np.abs(found - color).max() > 100


@pytest.mark.parametrize("length", range(0, 150, 7))
def test_what_is_cut_short_raises_nothing(length):
    data = b"BM" + bytes(8) + struct.pack("<I", 60) + FIELDS.pack(40, 9, 9, 1, 8, 0, 0, 0, 0, 0, 0)
    file = io.BytesIO((data + bytes(99))[:length])
    assert isinstance(bmp.with_full_table(file).read(), bytes)
    assert bmp.read_profile(file) == b""
    assert bmp.count_colors(file) is None or length >= 54
