"""PNG and TIFF of 16 bits a channel: written and read without loss."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ortstyle.pictures.interlaced_png import has_16_bits, read_16_bits
from ortstyle.pictures.png_write import write_png
from ortstyle.pictures.read import read_rgb
from ortstyle.pictures.tiff_write import write_tiff

WRITERS = {"png": write_png, "tif": write_tiff}


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("suffix", WRITERS)
def test_levels_come_back_exactly(tmp_path, suffix, channels):
    levels = np.random.default_rng(0).integers(0, 65536, (7, 5, channels)).astype(np.uint16)
    with (tmp_path / f"a.{suffix}").open("wb") as file:
        WRITERS[suffix](file, levels)
    with Image.open(tmp_path / f"a.{suffix}") as image, Image.open(image.filename) as again:
        assert has_16_bits(image)
        np.testing.assert_array_equal(read_16_bits(image, again), levels)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "I;16"])
def test_other_files_are_left_to_pillow(tmp_path, mode):
    Image.new(mode, (3, 2)).save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert not has_16_bits(image)


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


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
