"""Icons and cursors, of which the picture with most is taken, with its mask."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from ortstyle.pictures.icons import best_icon
from ortstyle.pictures.make_profile import Chromaticities, make_rgb_profile, srgb_curve
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


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize("palette", [b"\0\0\0\0\xff\xff\xff\0", b"\0\0\0\0\1\1\1\0"])
@pytest.mark.parametrize("depth", [4, 8])
def test_a_short_table_of_greys_is_read_at_its_depth(tmp_path, palette, depth, kind):
    indices = np.array([[0, 1, 1, 0]] * SIDE, np.uint8)
    rows = (
        indices if depth == 8 else np.pad(indices[:, ::2] * 16 + indices[:, 1::2], ((0, 0), (0, 2)))
    )
    picture = bytearray(bitmap(rows, depth=depth, mask=CLEAR, palette=palette))
    picture[32] = 2
    light = palette[4]
    found = colors(write(tmp_path / "a.ico", [bytes(picture)], kind=kind))
    assert found == [[0] * 3, [light] * 3, [light] * 3, [0] * 3]


def without_mask(level, size=40, follows=b""):
    """Return a bitmap of 24 bits without a mask, of which the last bytes are no mask either."""
    rows = np.full((SIDE, SIDE, 3), (200, level, 255), np.uint8)
    header = bytearray(HEADER.pack(40, SIDE, 2 * SIDE, 1, 24, 0, 0, 0, 0, 0, 0).ljust(size, b"\0"))
    header[0] = size
    if size == 124:
        header[56:60] = b"DEBM"
        header[112:120] = struct.pack("<II", size + rows.size, len(follows))
    return bytes(header) + rows.tobytes() + follows


def test_the_last_pixels_are_no_mask(tmp_path):
    # The length in the directory, the next picture, or a profile says that there is none.
    one = write(tmp_path / "a.ico", [without_mask(170)], kind=1, depth=24)
    two = write(tmp_path / "b.ico", [without_mask(170)] * 2, kind=1, depth=24, extra=0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = without_mask(170, 124, profile)
    three = write(tmp_path / "c.ico", [picture], kind=1, depth=24)
    for path in (one, two, three):
        assert colors(path) == [[255, 170, 200]] * SIDE


@pytest.mark.parametrize("kind", [1, 2])
def test_the_profile_of_an_icon_is_applied(tmp_path, kind):
    exchanged = Chromaticities((0.3127, 0.329), (0.3, 0.6), (0.64, 0.33), (0.15, 0.06))
    profile = make_rgb_profile(exchanged, [srgb_curve()] * 3, name="red and green exchanged")
    path = write(tmp_path / "a.ico", [without_mask(0, 124, profile)], kind=kind)
    assert colors(path)[0][1] > 150 > colors(path)[0][0]
    file = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), (255, 0, 200)).save(file, "PNG", icc_profile=profile)
    path = write(tmp_path / "b.ico", [file.getvalue()], kind=kind)
    assert colors(path)[0][1] > 150 > colors(path)[0][0]


def test_the_table_of_a_bitmap_of_true_colors_is_passed_over(tmp_path):
    picture = bytearray(without_mask(170, follows=bytes(4 * SIDE)))
    picture[32] = 3
    picture[40:40] = bytes(range(12))
    path = write(tmp_path / "a.ico", [bytes(picture)], kind=1)
    assert colors(path) == [[255, 170, 200]] * SIDE


@pytest.mark.parametrize("length", range(0, 70, 3))
def test_what_is_cut_short_raises_nothing(length):
    data = struct.pack("<HHH", 0, 2, 3) + bytes(range(64))
    assert isinstance(best_icon(data[:length]), bytes)


def test_a_large_tga_is_no_cursor(tmp_path, monkeypatch):
    monkeypatch.setattr("ortstyle.pictures.icons.MAX_BYTES", 100)
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8))
    image.save(tmp_path / "a.tga")
    assert (tmp_path / "a.tga").read_bytes()[:6] == b"\0\0\2\0\0\0"
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tga").planes[0], image)
