"""PNG and TIFF of 16 bits a channel are written and read without loss, interlaced or not."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures import tiff_rows
from ortstyle.pictures.interlaced_png import read_interlaced
from ortstyle.pictures.png_chunks import chunk
from ortstyle.pictures.png_rows import PngHeader, read_rows
from ortstyle.pictures.png_write import write_png
from ortstyle.pictures.read import read_picture, read_rgb
from ortstyle.pictures.tiff_pages import read_layout
from ortstyle.pictures.tiff_write import write_tiff

COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def adam7(levels):
    """Return the pixels of each of the seven pictures of an interlaced PNG."""
    grid = (
        "16462646",
        "77777777",
        "56565656",
        "77777777",
        "36463646",
        "77777777",
        "56565656",
        "77777777",
    )  # as the standard draws it
    height, width = levels.shape[:2]
    for number in "1234567":
        rows = [y for y in range(height) if number in grid[y % 8]]
        columns = [x for x in range(width) if number in [row[x % 8] for row in grid]]
        if rows and columns:
            yield levels[np.ix_(rows, columns)]


def write_interlaced(path, pictures, size, channels, *, filters=None):
    """Write the seven pictures, filtered already if there is a generator of filters."""
    rows = b""
    for row in (row for picture in pictures for row in picture):
        rows += bytes([0 if filters is None else filters.integers(0, 5)])
        rows += row.astype(">u2").tobytes()
    ihdr = struct.pack(">IIBBBBB", *size, 16, COLOR_TYPES[channels], 0, 0, 1)
    data = chunk(b"IDAT", zlib.compress(rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + data + chunk(b"IEND", b""))
    return path


def interlaced_levels(path, rows=100):
    with path.open("rb") as file:
        return np.concatenate(list(read_interlaced(file, PngHeader.read(file), rows)))


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 5), (8, 8), (9, 17), (33, 21)])
def test_interlaced_levels_come_back_exactly(tmp_path, channels, size):
    shape = (size[1], size[0], channels)
    levels = np.random.default_rng(0).integers(0, 65536, shape).astype(np.uint16)
    path = write_interlaced(tmp_path / "a.png", adam7(levels), size, channels)
    for rows in (1, 4, 100):
        np.testing.assert_array_equal(interlaced_levels(path, rows), levels)
    alpha = read_picture(path).alpha
    assert (alpha is None) == (channels == 3)


@pytest.mark.parametrize("channels", [3, 4])
def test_all_filters_of_interlaced_rows_are_undone(tmp_path, channels):
    rng, size = np.random.default_rng(channels), (37, 29)
    data = rng.integers(0, 65536, (*size[::-1], channels)).astype(np.uint16)
    path = write_interlaced(tmp_path / "a.png", adam7(data), size, channels, filters=rng)
    with Image.open(path) as image:  # of which Pillow keeps the high bytes
        np.testing.assert_array_equal(interlaced_levels(path) >> 8, np.asarray(image))


def test_an_interlaced_picture_that_is_cut_short_is_refused(tmp_path):
    path = write_interlaced(tmp_path / "a.png", [np.zeros((2, 3, 3))], (9, 9), 3)
    with pytest.raises(PictureError, match="end too early"):
        read_picture(path)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_levels_come_back_exactly(tmp_path, suffix, channels):
    levels = np.random.default_rng(0).integers(0, 65536, (7, 5, channels)).astype(np.uint16)
    with (tmp_path / f"a.{suffix}").open("w+b") as file:
        if suffix == "png":
            write_png(file, levels)
            found = read_rows(file, PngHeader.read(file), 4)
        else:
            write_tiff(file, levels)
            found = tiff_rows.read_rows(file, read_layout(file, "a").layout)
        np.testing.assert_array_equal(np.concatenate(list(found)), levels)


def test_a_transparent_colour_of_a_png(tmp_path):
    # A row of RGB with a transparent colour, which Pillow can't write.
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
