"""Icons and cursors, of which the picture with most is taken, with its mask."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from ortstyle.pictures.icons import best_icon
from ortstyle.pictures.read import read_picture

SIDE = 4
HEADER = struct.Struct("<IiiHHIIiiII")
CLEAR = np.zeros((SIDE, 1), np.uint8)
MASKED = np.full((SIDE, 1), 0x80, np.uint8)  # the left column is transparent


def bitmap(rows, *, depth, mask, palette=b""):
    header = HEADER.pack(40, SIDE, 2 * SIDE, 1, depth, 0, 0, 0, 0, 0, 0)
    padded = np.concatenate([mask, np.zeros((SIDE, 3), np.uint8)], 1)
    return header + palette + rows.tobytes() + padded.tobytes()


def blue(alpha, mask):
    rows = np.full((SIDE, SIDE, 4), (200, 0, 0, alpha), np.uint8)
    return bitmap(rows, depth=32, mask=mask)


def two_colors(mask):
    rows = np.zeros((SIDE, 4), np.uint8)
    return bitmap(rows, depth=1, mask=mask, palette=bytes([0, 90, 0, 0, 0, 0, 0, 0]))


def write(path, pictures, *, kind, depth=0, extra=0):
    start, entries, data = 6 + 16 * len(pictures), b"", b""
    for picture in pictures:
        size = len(picture) + extra
        entries += struct.pack("<BBBBHHII", SIDE, SIDE, 0, 0, 1, depth, size, start + len(data))
        data += picture
    path.write_bytes(struct.pack("<HHH", 0, kind, len(pictures)) + entries + data + bytes(64))
    return path


def colors(path):
    return read_picture(path, name="content").pixels[0, :, 0].T.astype(int).tolist()


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize("extra", [0, 8])
def test_the_mask_is_the_transparency(tmp_path, kind, extra):
    path = write(tmp_path / "a.ico", [two_colors(MASKED)], kind=kind, depth=5, extra=extra)
    assert colors(path) == [[255] * 3, *[[0, 90, 0]] * 3]


@pytest.mark.parametrize("kind", [1, 2])
def test_the_fourth_channel_is_the_transparency_unless_it_is_empty(tmp_path, kind):
    path = write(tmp_path / "a.ico", [blue(255, CLEAR)], kind=kind)
    assert colors(path) == [[0, 0, 200]] * SIDE
    path = write(tmp_path / "b.ico", [blue(0, MASKED)], kind=kind, depth=32)
    assert colors(path) == [[255] * 3, *[[0, 0, 200]] * 3]


def test_most_colors_are_taken(tmp_path):
    for pictures in ([two_colors(CLEAR), blue(255, CLEAR)], [blue(255, CLEAR), two_colors(CLEAR)]):
        assert colors(write(tmp_path / "a.ico", pictures, kind=1))[0] == [0, 0, 200]


def test_a_png_in_a_cursor_is_read(tmp_path):
    file = io.BytesIO()
    Image.new("RGBA", (SIDE, SIDE), (1, 2, 3, 255)).save(file, "PNG")
    assert colors(write(tmp_path / "a.cur", [file.getvalue()], kind=2))[0] == [1, 2, 3]


@pytest.mark.parametrize("length", range(0, 70, 3))
def test_what_is_cut_short_raises_nothing(length):
    data = struct.pack("<HHH", 0, 2, 3) + bytes(range(64))
    assert isinstance(best_icon(data[:length]), bytes)
