"""XBM, PCX and PNG, of which Pillow reads some otherwise than their formats say."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.png_chunks import chunk
from ortstyle.pictures.read import read_picture


def pixels(path):
    return read_picture(path, name="content").pixels[0].transpose(1, 2, 0)


def test_set_bits_of_an_xbm_are_black(tmp_path):
    path = tmp_path / "a.xbm"
    path.write_text(
        "#define a_width 8\n#define a_height 2\nstatic unsigned char a_bits[] = {\n0x0f, 0x01\n};\n"
    )
    found = pixels(path)[..., 0]
    assert found[0].tolist() == [0, 0, 0, 0, 255, 255, 255, 255]
    assert found[1].tolist() == [0, *[255] * 7]


@pytest.mark.parametrize(
    ("colors", "expected"),
    [(b"\xff\xff\xff\0\0\0", [0] * 4 + [255] * 4), (b"\0\0\0\xff\xff\xff", [255] * 4 + [0] * 4)],
)
def test_bits_of_a_pcx_are_what_its_colors_say(tmp_path, colors, expected):
    header = struct.pack("<4B6H", 10, 5, 1, 1, 0, 0, 7, 0, 72, 72) + colors.ljust(48, b"\0")
    path = tmp_path / "a.pcx"
    path.write_bytes((header + struct.pack("<BBH", 0, 1, 2)).ljust(128, b"\0") + b"\xc1\xf0\0")
    assert pixels(path)[0, :, 0].tolist() == expected


def test_the_transparency_of_a_16_bit_bmp_is_told(tmp_path):
    path = tmp_path / "a.bmp"
    for mask in (0, 0x8000):
        header = struct.pack("<IiiHHIIiiII", 56, 2, 1, 1, 16, 3, 4, 0, 0, 0, 0)
        header += struct.pack("<4I", 0x7C00, 0x3E0, 0x1F, mask)
        data = struct.pack("<2H", 0x7C00, 0x801F)
        path.write_bytes(struct.pack("<2sI4xI", b"BM", 74, 70) + header + data)
        picture = read_picture(path, name="content")
        assert picture.pixels[0, :, 0].T.tolist() == [[255, 0, 0], [0, 0, 255]]
        assert any("its transparency of one bit" in n for n in picture.notices) == bool(mask)


def jp2_box(kind, data):
    return struct.pack(">I4s", 8 + len(data), kind) + data


@pytest.mark.parametrize("order", [(1, 2, 3), (2, 3, 1)])
def test_equal_colors_of_a_palette_stay_apart(tmp_path, order):
    stored = io.BytesIO()
    indices = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) % 4)
    indices.save(stored, "JPEG2000", no_jp2=True, irreversible=False)
    colors = bytes([9, 9, 9, 9, 9, 9, 200, 0, 0, 0, 200, 0])
    header = jp2_box(b"ihdr", struct.pack(">IIH4B", 8, 8, 1, 7, 7, 0, 0))
    header += jp2_box(b"colr", struct.pack(">BBBI", 1, 0, 0, 16))
    header += jp2_box(b"pclr", struct.pack(">HB3B", 4, 3, 7, 7, 7) + colors)
    header += jp2_box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, i) for i in range(3)))
    definitions = b"".join(struct.pack(">3H", i, 0, color) for i, color in enumerate(order))
    header += jp2_box(b"cdef", struct.pack(">H", 3) + definitions)
    path = tmp_path / "a.jp2"
    path.write_bytes(
        jp2_box(b"jP  ", b"\r\n\x87\n")
        + jp2_box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
        + jp2_box(b"jp2h", header)
        + jp2_box(b"jp2c", stored.getvalue())
    )
    place = [color - 1 for color in order]
    expected = [[9] * 3, [9] * 3, np.eye(3)[place[0]] * 200, np.eye(3)[place[1]] * 200]
    assert pixels(path)[0].tolist() == np.array(expected * 2).tolist()


@pytest.mark.parametrize(
    ("mode", "stored", "channels", "expected"),
    [
        ("RGB", (10, 20, 30), [(0, 0, 3), (1, 0, 2), (2, 0, 1)], (30, 20, 10)),
        ("RGBA", (9, 20, 30, 0), [(0, 0, 3), (1, 0, 2), (2, 0, 1), (3, 1, 0)], (255, 255, 255)),
        ("RGBA", (255, 1, 2, 3), [(0, 1, 0), (1, 0, 1), (2, 0, 2), (3, 0, 3)], (1, 2, 3)),
        ("RGBA", (1, 2, 3, 0), [(3, 65535, 65535)], (1, 2, 3)),
        ("RGBA", (0, 51, 102, 102), [(3, 2, 0)], (153, 204, 255)),
        ("RGBA", (1, 2, 3, 255), [(0, 0, 1), (1, 0, 1), (2, 0, 1)], (1, 2, 3)),
        ("LA", (51, 102), [(1, 2, 0)], (204, 204, 204)),
        ("LA", (255, 70), [(0, 1, 0), (1, 0, 1)], (70, 70, 70)),
    ],
)
def test_the_channels_of_a_jpeg_2000_are_what_it_says(tmp_path, mode, stored, channels, expected):
    code = io.BytesIO()
    image = Image.new(mode, (8, 8), stored)
    image.save(code, "JPEG2000", no_jp2=True, irreversible=False, mct=0)
    header = jp2_box(b"ihdr", struct.pack(">IIH4B", 8, 8, len(stored), 7, 7, 0, 0))
    header += jp2_box(b"colr", struct.pack(">BBBI", 1, 0, 0, 17 if mode == "LA" else 16))
    definitions = b"".join(struct.pack(">3H", *channel) for channel in channels)
    header += jp2_box(b"cdef", struct.pack(">H", len(channels)) + definitions)
    path = tmp_path / "a.jp2"
    path.write_bytes(
        jp2_box(b"jP  ", b"\r\n\x87\n")
        + jp2_box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
        + jp2_box(b"jp2h", header)
        + jp2_box(b"jp2c", code.getvalue())
    )
    assert pixels(path)[0, 0].tolist() == list(expected)


def test_measured_values_are_refused(tmp_path):
    path = tmp_path / "a.fits"
    for depth, size in ((8, 1), (16, 2)):
        cards = ("SIMPLE  = T", f"BITPIX  = {depth}", "NAXIS   = 2", "NAXIS1  = 4", "NAXIS2  = 2")
        head = "".join(card.ljust(80) for card in (*cards, "END")).ljust(2880)
        path.write_bytes(head.encode() + (bytes([50]) * 8 * size).ljust(2880, b"\0"))
        if depth == 8:
            assert pixels(path)[0, 0].tolist() == [50] * 3
    with pytest.raises(PictureError, match=r"a\.fits holds measured values"):
        pixels(path)


def png(path, depth, color_type, rows, key):
    """Write a PNG of packed rows, with a transparent level."""
    width = len(rows[0]) * 8 // (depth * {0: 1, 2: 3}[color_type])
    header = struct.pack(">IIBBBBB", width, len(rows), depth, color_type, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("high", [0, 1 << 8])
def test_the_transparent_grey_of_a_png_is_found_at_each_depth(tmp_path, depth, high):
    top = 2**depth - 1
    for level in {0, top // 3, top}:
        levels = np.arange(256) % (top + 1)
        bits = (levels[:, None] >> np.arange(depth)[::-1]) & 1
        path = png(tmp_path / "a.png", depth, 0, [np.packbits(bits).tobytes()], (level | high,))
        opened = read_picture(path)
        expected = np.where(levels == level, 255, levels * 255 // top)
        np.testing.assert_array_equal(opened.pixels[0, :, 0], np.tile(expected, (3, 1)))
        np.testing.assert_array_equal(np.asarray(opened.alpha)[0], (levels != level) * 255)


@pytest.mark.parametrize("high", [0, 1 << 8])
def test_the_transparent_colour_of_a_png_is_found(tmp_path, high):
    row = bytes([10, 20, 30, 10, 20, 31])
    path = png(tmp_path / "a.png", 8, 2, [row], (10 | high, 20, 30 | high))
    assert np.asarray(read_picture(path).alpha).tolist() == [[0, 255]]


@pytest.mark.parametrize(("kind", "beyond"), [("PNG", 3), ("GIF", 7)])
@pytest.mark.parametrize("is_beyond", [True, False])
def test_pixels_beyond_the_table_of_a_png_or_gif_are_told(tmp_path, kind, beyond, is_beyond):
    image = Image.new("P", (4, 4), 1)
    image.putpalette(bytes([9, 8, 7, 200, 30, 40, 5, 5, 5]))
    image.putpixel((2, 2), beyond if is_beyond else 2)
    path = tmp_path / f"a.{kind.lower()}"
    image.save(path, optimize=False)
    picture = read_picture(path)
    assert any("its table does not hold" in notice for notice in picture.notices) == is_beyond
    assert picture.pixels[0, :, 2, 2].tolist() == ([0] * 3 if is_beyond else [5] * 3)
