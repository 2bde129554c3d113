"""TGA, of which the header and the extension area say what the last channel means."""

import struct

import pytest

from ortstyle.errors import PictureError
from ortstyle.pictures.read import read_picture

BLUE_GREEN_RED = bytes([10, 20, 30])


def tga(path, pixels, *, bits, depth=32, kind=2, meaning=None):
    """Write one row of pixels; `meaning` is the attributes type of an extension area."""
    width = len(pixels) * 8 // depth
    header = struct.pack("<3BHHBHHHHBB", 0, 0, kind, 0, 0, 0, 0, 0, width, 1, depth, bits)
    data = header + pixels
    if meaning is not None:
        footer = struct.pack("<II", len(data), 0) + b"TRUEVISION-XFILE.\0"
        data += struct.pack("<H", 495) + bytes(492) + bytes([meaning]) + footer
    path.write_bytes(data + bytes(26) * (meaning is None))
    return path


def read(path):
    picture = read_picture(path, name="content")
    return picture.pixels[0, :, 0].T.round().astype(int).tolist(), picture


OPAQUE, HALF = [30, 20, 10], [142, 137, 132]


@pytest.mark.parametrize(
    ("bits", "meaning", "expected"),
    [
        (0, None, OPAQUE),
        (8, None, HALF),
        (8, 0, OPAQUE),
        (8, 1, OPAQUE),
        (8, 2, OPAQUE),
        (8, 3, HALF),
        (8, 4, [157, 147, 137]),
    ],
)
def test_the_last_channel_is_what_the_file_says(tmp_path, bits, meaning, expected):
    pixels = BLUE_GREEN_RED + b"\xff" + BLUE_GREEN_RED + b"\x80"
    found, picture = read(tga(tmp_path / "a.tga", pixels, bits=bits, meaning=meaning))
    assert found[0] == pytest.approx(OPAQUE, abs=1)
    assert found[1] == pytest.approx(expected, abs=1)
    assert (picture.alpha is None) == (expected == OPAQUE)
    said = [n for n in picture.notices if "does not say that its last channel" in n]
    assert bool(said) == (bits == 0)


def test_a_channel_of_zeros_is_no_transparency(tmp_path):
    pixels = (BLUE_GREEN_RED + b"\0") * 2
    found, picture = read(tga(tmp_path / "a.tga", pixels, bits=0))
    assert found[0] == OPAQUE
    assert picture.notices == ()
    found, picture = read(tga(tmp_path / "a.tga", pixels, bits=8))
    assert found[0] == OPAQUE
    assert "transparent everywhere; it counts as opaque" in picture.notices[0]


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [(None, [[255, 0, 0], [0, 0, 255]]), (3, [[255, 255, 255], [0, 0, 255]])],
)
def test_a_single_bit_is_transparency_if_the_extension_says_so(tmp_path, meaning, expected):
    pixels = struct.pack("<2H", 0x7C00, 0x801F)
    found, _ = read(tga(tmp_path / "a.tga", pixels, bits=1, depth=16, meaning=meaning))
    assert found == expected


def test_grey_of_16_bits_needs_a_header_that_says_what_they_are(tmp_path):
    pixels = bytes([100, 255, 100, 0])
    found, _ = read(tga(tmp_path / "a.tga", pixels, bits=8, depth=16, kind=3))
    assert found == [[100] * 3, [255] * 3]
    with pytest.raises(PictureError, match=r"b\.tga holds 16 bits a pixel, and its header"):
        read(tga(tmp_path / "b.tga", pixels, bits=0, depth=16, kind=3))


@pytest.mark.parametrize("alpha", [b"", b"\xff"])
def test_runs_over_many_rows(tmp_path, alpha):
    path, depth = tmp_path / "a.tga", 24 + 8 * len(alpha)
    header = struct.pack(
        "<3BHHBHHHHBB", 20, 0, 10, 0, 0, 0, 0, 0, 2, 4, depth, 0x20 | len(alpha) * 8
    )
    first, last = bytes([0, 0, 9]) + alpha, bytes([0, 9, 0]) + alpha
    data = header + bytes(20) + b"\x86" + first + b"\x00" + last
    path.write_bytes(data + bytes(26))
    found = read_picture(path).pixels[0].transpose(1, 2, 0).reshape(8, 3).tolist()
    assert found == [[9, 0, 0]] * 7 + [[0, 9, 0]]
    path.write_bytes(data[: -len(last)])
    with pytest.raises(PictureError, match="damaged or cut short"):
        read_picture(path)
