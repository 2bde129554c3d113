"""Rows of 16-bit PNG: every filter and colour type, in strips of any height."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest

from ortstyle.pictures.png_chunks import chunk
from ortstyle.pictures.png_rows import PngHeader, read_rows

COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def paeth(left, above, corner):
    guess = left + above - corner
    distances = [abs(guess - value) for value in (left, above, corner)]
    return (left, above, corner)[distances.index(min(distances))]


def filtered_rows(levels, kinds):
    """Return the rows of a PNG, filtered as its specification says."""
    height, width, channels = levels.shape
    step = 2 * channels
    rows = levels.astype(">u2").tobytes()
    rows = [rows[y * width * step : (y + 1) * width * step] for y in range(height)]
    found = b""
    for y, row in enumerate(rows):
        above = rows[y - 1] if y else bytes(len(row))
        found += bytes([kinds[y % len(kinds)]])
        for x, value in enumerate(row):
            left, corner = (row[x - step], above[x - step]) if x >= step else (0, 0)
            guesses = [
                0,
                left,
                above[x],
                (left + above[x]) // 2,
                paeth(left, above[x], corner),
            ]
            found += bytes([(value - guesses[kinds[y % len(kinds)]]) % 256])
    return found


def png_of(levels, kinds=(0, 1, 2, 3, 4), piece=50, interlaced=0):
    height, width, channels = levels.shape
    ihdr = struct.pack(">IIBBBBB", width, height, 16, COLOR_TYPES[channels], 0, 0, interlaced)
    data = zlib.compress(filtered_rows(levels, kinds))
    pieces = [data[start : start + piece] for start in range(0, len(data), piece)]
    idats = b"".join(chunk(b"IDAT", piece) for piece in [b"", *pieces])
    text = chunk(b"tEXt", b"Comment\0hello")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + text + idats + chunk(b"IEND", b"")


def random_levels(channels, height=11, width=7):
    shape = (height, width, channels)
    return np.random.default_rng(channels).integers(0, 65536, shape).astype(np.uint16)


@pytest.mark.parametrize("rows", [1, 2, 5, 11, 100])
@pytest.mark.parametrize("channels", COLOR_TYPES)
def test_all_filters_and_colour_types(channels, rows):
    levels = random_levels(channels)
    file = BytesIO(png_of(levels, kinds=(4, 2, 3, 1, 0)))
    header = PngHeader.read(file)
    assert header == PngHeader(7, 11, 16, COLOR_TYPES[channels], interlaced=False)
    assert header.has_rows
    strips = list(read_rows(file, header, rows))
    assert [len(strip) for strip in strips[:-1]] == [rows] * (len(strips) - 1)
    np.testing.assert_array_equal(np.concatenate(strips), levels)


def test_other_files_have_no_header():
    for data in (b"", b"\xff\xd8\xff\xe0" + bytes(40), b"\x89PNG\r\n\x1a\n" + bytes(40)):
        assert PngHeader.read(BytesIO(data)) is None
    assert not PngHeader.read(BytesIO(png_of(random_levels(3), interlaced=1))).has_rows


def test_a_file_cut_short_is_an_error():
    data = png_of(random_levels(3))
    for end in range(40, len(data) - 30, 7):
        file = BytesIO(data[:end])
        with pytest.raises((OSError, ValueError, zlib.error)):
            list(read_rows(file, PngHeader.read(file), 3))
