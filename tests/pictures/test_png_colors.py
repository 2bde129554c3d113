"""What the chunks of a PNG say of its colours."""

import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from profiles import P3_SPACE, chrm, png_file

from ortstyle.pictures.png_colors import PngColors

GREY = np.zeros((2, 3), np.uint16)
COLOUR = np.zeros((2, 3, 4), np.uint8)
CHUNKS = (
    (b"tEXt", b"a\0b"),
    (b"cICP", bytes([12, 13, 0, 1])),
    (b"gAMA", struct.pack(">I", 45455)),
    (b"cHRM", chrm(P3_SPACE)),
    (b"sRGB", b"\0"),
)


def test_every_chunk_is_read():
    found = PngColors.read(BytesIO(png_file(COLOUR, *CHUNKS)))
    assert found == PngColors(
        depth=8,
        grey=False,
        cicp=(12, 13, 0, 1),
        srgb=True,
        gamma=0.45455,
        chromaticities=pytest.approx(tuple(v for point in P3_SPACE for v in point)),
    )
    assert PngColors.read(BytesIO(png_file(GREY))) == PngColors(depth=16, grey=True)


def test_chunks_of_a_wrong_length_and_after_the_pixels_do_not_count():
    wrong = png_file(GREY, (b"cICP", bytes(5)), (b"gAMA", b""), (b"cHRM", bytes(31)))
    assert PngColors.read(BytesIO(wrong)) == PngColors(depth=16, grey=True)
    late = png_file(GREY)[:-12] + png_file(GREY, *CHUNKS)[33:]
    assert PngColors.read(BytesIO(late)).cicp is None


def test_other_files_say_nothing():
    assert PngColors.read(BytesIO(b"GIF89a")) is None
    assert PngColors.read(BytesIO(b"")) is None


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_damaged_files_raise_nothing(data):
    whole = png_file(COLOUR, *CHUNKS)
    wrong = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 6)) if wrong else 0):
        wrong[data.draw(st.integers(0, len(wrong) - 1))] = data.draw(st.integers(0, 255))
    found = PngColors.read(BytesIO(bytes(wrong)))
    assert found is None or found.depth >= 0
