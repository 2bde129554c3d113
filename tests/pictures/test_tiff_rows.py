"""Rows of strips and tiles, together and in planes."""

import tracemalloc
from io import BytesIO

import numpy as np
import pytest
from tiffs import BLACK_IS_ZERO, RGB, YCBCR, tiff_of

from ortstyle.pictures import tiff_rows
from ortstyle.pictures.tiff_pages import read_layout
from ortstyle.pictures.tiff_rows import read_rows

SAMPLES = np.random.default_rng(0).integers(0, 65536, (23, 40, 3)).astype(np.uint16)


def rows_of(data):
    file = BytesIO(data)
    return list(read_rows(file, read_layout(file, "a").layout))


@pytest.mark.parametrize("chunk", [1, 500, 1 << 20])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("tile", [None, 16])
def test_large_strips_are_unpacked_a_few_rows_at_a_time(monkeypatch, tile, planar, chunk):
    monkeypatch.setattr(tiff_rows, "_CHUNK", chunk)
    found = rows_of(tiff_of(SAMPLES, RGB, tile=tile, planar=planar, rows=23, compression=8))
    assert len(found) >= (23 if chunk == 1 else 1)
    np.testing.assert_array_equal(np.concatenate(found), SAMPLES)


def test_missing_strips_are_an_error():
    with pytest.raises(OSError, match="too early"):
        rows_of(tiff_of(SAMPLES, RGB, rows=7, tags=[(257, 4, [40])]))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_pixels_share_chroma(monkeypatch, rows):
    monkeypatch.setattr(tiff_rows, "_CHUNK", rows)
    # Two rows of three pixels, in units of 2×2: the last unit is filled up.
    units = bytes([1, 2, 4, 5, 100, 200, 3, 0, 6, 0, 101, 201])
    samples = np.zeros((2, 3, 3), np.uint8)
    data = tiff_of(samples, YCBCR, rows=2, segments=[units], tags=[(530, 3, (2, 2))])
    found = np.concatenate(rows_of(data))
    np.testing.assert_array_equal(found[..., 0], [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(found[0, :, 1:], [(100, 200), (100, 200), (101, 201)])


def test_single_bits_take_little_memory():
    side = 4096
    data = tiff_of(
        np.zeros((1, 8, 1), np.uint8),
        BLACK_IS_ZERO,
        bits=1,
        segments=[b"\xf0" * (side * side // 8)],
        tags=[(256, 4, [side]), (257, 4, [side]), (278, 4, [side])],
    )
    file = BytesIO(data)
    layout = read_layout(file, "a").layout
    tracemalloc.start()
    count = sum(int(rows.sum()) for rows in read_rows(file, layout))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == side * side // 2
    assert peak < 48 << 20
