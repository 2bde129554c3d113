"""Chunks of a PNG: an odd one costs nothing but itself."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from profiles import DISPLAY_P3, P3, gamma_curve, make_profile

from ortstyle.errors import PictureError
from ortstyle.pictures import png_chunks
from ortstyle.pictures.png_chunks import chunk, chunks, read_profile, without_odd_chunks
from ortstyle.pictures.read import read_picture

LEVELS = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
LONG = zlib.compress(b"a" * (3 << 20))
EXIF = Image.Exif()
EXIF[0x0112] = 6
TURN = chunk(b"eXIf", EXIF.tobytes().removeprefix(b"Exif\0\0"))


def wrong_checksum(kind, data):
    return chunk(kind, data)[:-1] + b"?"


ODD = {
    "long zTXt": chunk(b"zTXt", b"Comment\0\0" + LONG),
    "long iTXt": chunk(b"iTXt", b"Comment\0\1\0\0\0" + LONG),
    "method of zTXt": chunk(b"zTXt", b"Comment\0\1" + zlib.compress(b"a")),
    "short pHYs": chunk(b"pHYs", b"\0"),
    "short gAMA": chunk(b"gAMA", b"\0"),
    "short cHRM": chunk(b"cHRM", bytes(7)),
    "empty sRGB": chunk(b"sRGB", b""),
    "long sRGB": chunk(b"sRGB", bytes(3)),
    "short tIME": chunk(b"tIME", b"\0"),
    "method of iCCP": chunk(b"iCCP", b"a\0\1"),
    "checksum of tEXt": wrong_checksum(b"tEXt", b"Comment\0hello"),
    "checksum of an unknown chunk": wrong_checksum(b"abCd", b"1"),
    "much text": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1 << 20))) * 70,
}


def png(*, before=b"", after=b"", depth=8, data=None):
    rows = LEVELS if depth == 8 else LEVELS.astype(np.uint16) * 257
    rows = b"".join(b"\0" + row.astype(f">u{depth // 8}").tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", 7, 9, depth, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows)) if data is None else data
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + before + pixels + after + chunk(b"IEND", b"")


def read(path, data):
    path.write_bytes(data)
    return read_picture(path, name="content")


def test_chunks_are_found_at_their_data():
    file = io.BytesIO(png(before=chunk(b"tEXt", b"Comment\0hello"), after=TURN))
    found = [(kind, file.read(length)) for kind, length in chunks(file)]
    assert [kind for kind, _ in found] == [b"IHDR", b"tEXt", b"IDAT", b"eXIf", b"IEND"]
    assert found[1][1] == b"Comment\0hello"


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_chunk_costs_only_itself(tmp_path, odd, depth):
    parts = TURN + chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)) * ("pHYs" not in odd)
    expected = read(tmp_path / "a.png", png(before=parts, depth=depth))
    for place in ("before", "after"):
        extra = {"before": ODD[odd] + parts} if place == "before" else {"after": ODD[odd]}
        data = png(**{"before": parts} | extra, depth=depth)
        found = read(tmp_path / "b.png", data)
        np.testing.assert_array_equal(found.pixels, expected.pixels)
        assert found.carried.resolution == expected.carried.resolution
        assert found.size == expected.size == (9, 7)


@pytest.mark.parametrize("depth", [8, 16])
def test_damage_of_the_pixels_is_still_told(tmp_path, depth):
    for data in (
        png(depth=depth, data=chunk(b"IDAT", b"nonsense")),
        png(depth=depth, data=b"", after=ODD["short pHYs"]),
        png(depth=depth, before=chunk(b"tRNS", b"\0") + ODD["short pHYs"]),
        png(depth=depth, before=ODD["short pHYs"])[:-40],
    ):
        with pytest.raises(PictureError, match=r"content .*a\.png is damaged"):
            read(tmp_path / "a.png", data)


def test_a_file_without_odd_chunks_is_read_as_it_is():
    file = io.BytesIO(png(before=TURN, after=chunk(b"tEXt", b"a\0b")))
    assert without_odd_chunks(file) is file


def test_what_is_left_reads_like_a_file():
    whole = png(before=TURN)
    file = io.BytesIO(png(before=ODD["short pHYs"] + TURN, after=ODD["long zTXt"]))
    rest = without_odd_chunks(file)
    assert rest.read() == whole
    for start in range(0, len(whole), 11):
        rest.seek(start)
        assert rest.tell() == start
        assert rest.read(23) == whole[start : start + 23]
    assert rest.seek(-12, io.SEEK_END) == len(whole) - 12
    assert rest.read(100) == whole[-12:]
    assert rest.read(1) == b""


def test_chunks_that_take_much_memory_are_not_read(monkeypatch):
    monkeypatch.setattr(png_chunks, "_MOST_BYTES", 100)
    whole = png(before=chunk(b"tEXt", b"a\0b"))
    file = io.BytesIO(png(before=chunk(b"tEXt", b"a\0b") + chunk(b"abCd", bytes(200))))
    assert without_odd_chunks(file).read() == whole


@pytest.mark.parametrize("depth", [8, 16])
def test_a_profile_of_more_than_a_megabyte_is_used(tmp_path, depth):
    profile = make_profile(gamma_curve(1.0), P3)
    large = profile + np.random.default_rng(0).bytes(2 << 20)
    large = struct.pack(">I", len(large)) + large[4:]
    found, expected = (
        read(
            tmp_path / "a.png",
            png(before=chunk(b"iCCP", b"a\0\0" + zlib.compress(used)), depth=depth),
        )
        for used in (large, profile)
    )
    np.testing.assert_array_equal(found.pixels, expected.pixels)
    assert found.icc == large
    assert found.notices == ()


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("data", [b"nonsense", zlib.compress(bytes(1 << 25)), LONG])
def test_a_profile_that_can_not_be_used_is_told(tmp_path, data, depth):
    found = read(tmp_path / "a.png", png(before=chunk(b"iCCP", b"a\0\0" + data), depth=depth))
    np.testing.assert_array_equal(found.pixels[0].transpose(1, 2, 0), LEVELS)
    (notice,) = found.notices
    assert "its colour profile is damaged, and is ignored" in notice


def test_profiles_are_found_before_the_pixels():
    packed = chunk(b"iCCP", b"a\0\0" + zlib.compress(DISPLAY_P3))
    assert read_profile(io.BytesIO(png(before=packed))) == DISPLAY_P3
    assert read_profile(io.BytesIO(png(after=packed))) == b""
    assert read_profile(io.BytesIO(png())) == b""
