"""Decompression of strips: exactly the bytes, in pieces of any size."""

import struct
import tracemalloc
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from images import random_image
from PIL import Image
from tiffs import BLACK_IS_ZERO, CMYK, RGB, YCBCR, compressors, tiff_of

from ortstyle.errors import PictureError
from ortstyle.pictures import tiff_codecs
from ortstyle.pictures.read import read_picture
from ortstyle.pictures.tiff_codecs import Segments, read_segment
from ortstyle.pictures.tiff_pages import read_layout

SAMPLES = np.random.default_rng(0).integers(0, 4, (23, 40, 3)).astype(np.uint8)


def opened(compression, **options):
    if compression not in compressors():
        pytest.skip("needs imagecodecs to write it")
    file = BytesIO(tiff_of(SAMPLES, RGB, compression=compression, **options))
    return file, read_layout(file, "a").layout


@pytest.mark.parametrize("piece", [1, 40, 7 * 120])
@pytest.mark.parametrize("fill_order", [1, 2])
@pytest.mark.parametrize("compression", [1, 5, 8, 32773, 32946, 34925, 50000])
def test_strips_come_back_in_pieces(compression, fill_order, piece):
    file, layout = opened(compression, fill_order=fill_order)
    assert layout.reversed_bits == (fill_order == 2)
    segments = Segments(file, layout, row_bytes=120)
    for index in (0, 1, 2, 3):
        rows = layout.rows_of(index)
        read = segments.open(index, rows)
        found = b"".join(read(piece) for _ in range(rows * 120 // piece))
        expected = SAMPLES[7 * index : 7 * index + rows].tobytes()
        assert found == expected[: len(found)]
        with pytest.raises(OSError, match="too early"):
            read(2000)


def test_strips_are_decompressed_together(monkeypatch):
    file, layout = opened(32773)
    calls = []
    open_strips = tiff_codecs._open_strips
    monkeypatch.setattr(
        tiff_codecs,
        "_open_strips",
        lambda strips, *rest, **more: (
            calls.append(len(strips)) or open_strips(strips, *rest, **more)
        ),
    )
    segments = Segments(file, layout, row_bytes=120)
    for index in range(4):
        segments.open(index, layout.rows_of(index))
    assert calls == [3, 1]  # the last strip has fewer rows
    calls.clear()
    layout = replace(layout, segments=tuple((start, 1 << 22) for start, _ in layout.segments))
    Segments(file, layout, row_bytes=120).open(0, 7)
    assert calls == [2]  # what is read of the file counts too


@pytest.mark.parametrize("compression", [1, 5, 7, 8, 32773, 34925, 50000])
@pytest.mark.parametrize("tile", [None, 16])
def test_what_a_file_leaves_out_is_zeros(tmp_path, compression, tile):
    if compression not in compressors() | {7: None}:
        pytest.skip("needs imagecodecs to write it")
    samples = np.full((20, 16, 3), 200, np.uint8)
    whole = jpeg_of(Image.new("L", (16, 16), 200)) if compression == 7 else None
    if whole:
        samples = samples[..., :1]
    data = bytearray(
        tiff_of(
            samples,
            BLACK_IS_ZERO if whole else RGB,
            compression=compression,
            tile=tile,
            rows=16,
            segments=[whole, whole] if whole else None,
        )
    )
    tags = (324, 325) if tile else (273, 279)
    layout = read_layout(BytesIO(data), "a").layout
    for tag, values in zip(tags, zip(*layout.segments, strict=True), strict=True):
        stored = struct.pack("<2I", *values)
        assert data.count(stored) == 1, tag
        data = data.replace(stored, struct.pack("<2I", 0, values[1]))
    (tmp_path / "a.tif").write_bytes(data)
    found = np.asarray(read_picture(tmp_path / "a.tif").planes[0])
    assert (found[:16].max(), found[16:].min()) == (0, 200)


@pytest.mark.parametrize("compression", [8, 34925])
def test_a_large_tile_is_decompressed_in_pieces(compression):
    _, layout = opened(compression)
    size = 1 << 26
    data = compressors()[compression](bytes(size))
    layout = replace(layout, segments=((0, len(data)),))
    read = Segments(BytesIO(data), layout, row_bytes=size >> 4).open(0, 16)
    tracemalloc.start()
    for _ in range(16):
        assert len(read(size >> 4)) == size >> 4
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size // 2


def test_jpeg_larger_than_its_tags_say_is_damaged(tmp_path):
    jpeg = jpeg_of(Image.new("L", (5000, 5000)))
    samples = np.zeros((4, 4, 1), np.uint8)
    data = tiff_of(samples, BLACK_IS_ZERO, compression=7, segments=[jpeg])
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(PictureError, match="larger than the tags say"):
        read_picture(tmp_path / "a.tif")


def test_a_strip_beyond_the_end_is_an_error():
    file, layout = opened(1)
    with pytest.raises(OSError, match="too early"):
        read_segment(file, replace(layout, segments=((10**6, 100),)), 0)


@pytest.mark.parametrize("compression", ["tiff_ccitt", "group3", "group4"])
def test_fax(tmp_path, compression):
    image = Image.fromarray(np.random.default_rng(0).integers(0, 2, (30, 50)) > 0)
    image.save(tmp_path / "a.tif", compression=compression)
    found = read_picture(tmp_path / "a.tif").planes[0]
    np.testing.assert_array_equal(np.asarray(found)[..., 0], np.asarray(image) * 255)


def smooth():
    return random_image(6, 4).resize((48, 32), Image.Resampling.BICUBIC)


def jpeg_of(image, **options):
    file = BytesIO()
    image.save(file, "JPEG", quality=98, **options)
    return file.getvalue()


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_jpeg_of_ycbcr_is_as_a_file_of_its_own(tmp_path, subsampling):
    jpeg = jpeg_of(smooth(), subsampling=subsampling)
    (tmp_path / "a.tif").write_bytes(
        tiff_of(np.zeros((32, 48, 3), np.uint8), YCBCR, rows=32, compression=7, segments=[jpeg])
    )
    expected = np.asarray(Image.open(BytesIO(jpeg)))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").planes[0], expected)


def test_jpeg_of_rgb_and_of_ink_is_not_converted(tmp_path):
    image = smooth()
    image.save(tmp_path / "a.tif", compression="jpeg", quality=98)
    found = np.asarray(read_picture(tmp_path / "a.tif").planes[0], int)
    assert abs(found - np.asarray(image, int)).max() < 12
    image.convert("CMYK").save(tmp_path / "a.tif", compression="jpeg", quality=98)
    found = np.asarray(read_picture(tmp_path / "a.tif").planes[0], int)
    assert abs(found - np.asarray(image, int)).max() < 12
    assert CMYK == 5


def test_jpeg_of_planes(tmp_path):
    image = smooth()
    planes = [jpeg_of(plane) for plane in image.split()]
    samples = np.zeros((32, 48, 3), np.uint8)
    data = tiff_of(samples, RGB, rows=32, planar=True, compression=7, segments=planes)
    (tmp_path / "a.tif").write_bytes(data)
    found = np.asarray(read_picture(tmp_path / "a.tif").planes[0], int)
    assert abs(found - np.asarray(image, int)).max() < 12


def test_jpeg_tables_are_shared(tmp_path):
    jpeg = jpeg_of(smooth().convert("L"))
    start = jpeg.index(b"\xff\xc0")
    tables, strip = jpeg[:start] + b"\xff\xd9", b"\xff\xd8" + jpeg[start:]
    data = tiff_of(
        np.zeros((32, 48, 1), np.uint8),
        BLACK_IS_ZERO,
        rows=32,
        compression=7,
        segments=[strip],
        tags=[(347, 7, tables)],
    )
    (tmp_path / "a.tif").write_bytes(data)
    found = np.asarray(read_picture(tmp_path / "a.tif").planes[0])[..., 0]
    np.testing.assert_array_equal(found, Image.open(BytesIO(jpeg)))
