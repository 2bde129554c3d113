"""Tests of the files of frames."""

import io
import zlib

import numpy as np
import pytest
from film_folders import SIZE, levels_of, pixels_of
from hypothesis import given, strategies as st
from PIL import Image

from ortstyle.errors import NotFiniteError
from ortstyle.pictures.png_rows import PngHeader, read_rows
from ortstyle.video.frames.frame_file import (
    is_complete,
    read_frame,
    to_levels,
    to_pixels,
    write_frame,
)

DTYPES = pytest.mark.parametrize("dtype", [np.uint8, np.uint16])


def written(levels):
    file = io.BytesIO()
    write_frame(file, levels)
    return file.getvalue()


@DTYPES
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), SIZE, (130, 70)])
def test_a_frame_is_read_as_it_was_written(dtype, size):
    levels = levels_of(3, dtype, size)
    found = read_frame(io.BytesIO(written(levels)), size)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, levels)
    assert is_complete(io.BytesIO(written(levels)), size)


def test_other_programs_read_it_too():
    levels = levels_of(1)
    with Image.open(io.BytesIO(written(levels))) as image:
        np.testing.assert_array_equal(np.asarray(image), levels)
    deep = levels_of(1, np.uint16)
    file = io.BytesIO(written(deep))
    rows = np.concatenate(list(read_rows(file, PngHeader.read(file), 3)))
    np.testing.assert_array_equal(rows, deep)


@DTYPES
def test_a_frame_that_is_cut_short_anywhere_is_refused(dtype):
    data = written(levels_of(2, dtype))
    for length in range(len(data)):
        assert not is_complete(io.BytesIO(data[:length]), SIZE)
        with pytest.raises(ValueError, match=r"damaged|no frame"):
            read_frame(io.BytesIO(data[:length]), SIZE)


def test_a_frame_with_any_other_byte_is_refused():
    data = bytearray(written(levels_of(2)))
    for place in range(len(data)):
        data[place] ^= 1
        with pytest.raises(ValueError, match=r"damaged|no frame|decompressed|pixels"):
            read_frame(io.BytesIO(data), SIZE)
        data[place] ^= 1
    read_frame(io.BytesIO(data), SIZE)


def test_what_follows_a_frame_is_refused():
    data = written(levels_of(2)) + b"\0"
    assert not is_complete(io.BytesIO(data), SIZE)
    with pytest.raises(ValueError, match="damaged"):
        read_frame(io.BytesIO(data), SIZE)


def test_another_size_is_refused():
    data = written(levels_of(2))
    assert not is_complete(io.BytesIO(data), SIZE[::-1])
    with pytest.raises(ValueError, match="no frame of this film"):
        read_frame(io.BytesIO(data), SIZE[::-1])


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (bytes([2, 1, 2, 3] * 3), "too few"),
        (bytes([2, 1, 2, 3] * 5), "too many"),
        (bytes([1, 1, 2, 3] * 4), "filtered"),
    ],
)
def test_pixels_of_another_form_are_refused(monkeypatch, rows, reason):
    monkeypatch.setattr(
        "ortstyle.video.frames.frame_file._filtered", lambda _: np.frombuffer(rows, np.uint8)
    )
    data = written(np.zeros((4, 1, 3), np.uint8))
    with pytest.raises(ValueError, match=reason):
        read_frame(io.BytesIO(data), (1, 4))


def test_a_bomb_is_not_unpacked(monkeypatch):
    asked, unpacker = [], zlib.decompressobj

    class Stream:
        """A decompressor that notes how much is asked of it at most."""

        def decompress(self, data, most):
            asked.append(most)
            return unpacker().decompress(data, most)

        eof = True

    monkeypatch.setattr(zlib, "decompressobj", Stream)
    many = written(np.zeros((90, 60, 3), np.uint8))[33:]
    header = written(np.zeros((20, 20, 3), np.uint8))[:33]
    with pytest.raises(ValueError, match="too many pixels"):
        read_frame(io.BytesIO(header + many), (20, 20))
    assert asked == [20 * 61 + 1]


def test_flat_frames_are_small():
    assert len(written(np.full((400, 300, 3), 7, np.uint8))) < 4000


def test_pixels_are_rounded_to_sixteen_bits():
    pixels = pixels_of(0)
    levels = to_levels(pixels)
    assert levels.dtype == np.uint16
    np.testing.assert_allclose(to_pixels(levels), np.clip(pixels, 0, 255), atol=0.51 / 257)
    assert to_levels(np.float32([[[-1, 300, 255]]])).tolist() == [[[0, 65535, 65535]]]


@given(st.integers(0, 65535))
def test_levels_are_the_same_after_they_were_pixels(level):
    levels = np.full((1, 1, 3), level, np.uint16)
    assert to_pixels(levels).dtype == np.float32
    np.testing.assert_array_equal(to_levels(to_pixels(levels)), levels)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_pixels_must_be_finite(odd):
    pixels = pixels_of(0)
    pixels[1, 2, 0] = odd
    with pytest.raises(NotFiniteError, match="painted frame"):
        to_levels(pixels)
