"""XBM and PSD, of which Pillow reads some otherwise than their formats say."""

import struct

import numpy as np
import pytest

from ortstyle.errors import PictureError
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


def psd(path, planes, *, mode=3, depth=8, layers=b""):
    """Write a PSD of uncompressed planes; `layers` is the content of its layer section."""
    height, width = planes.shape[1:] if depth == 8 else (planes.shape[1], planes.shape[2] * 8)
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, len(planes), height, width, depth, mode)
    sections = struct.pack(">III", 0, 0, len(layers)) + layers
    path.write_bytes(header + sections + struct.pack(">H", 0) + planes.tobytes())
    return path


def test_set_bits_of_a_psd_are_black(tmp_path):
    path = psd(tmp_path / "a.psd", np.array([[[0xF0]]], np.uint8), mode=0, depth=1)
    assert pixels(path)[0, :, 0].tolist() == [0] * 4 + [255] * 4


PLANES = np.stack([np.full((4, 4), level, np.uint8) for level in (10, 20, 30, 0, 99)])


@pytest.mark.parametrize(
    ("count", "color"), [(-1, [255, 255, 255]), (1, [10, 20, 30]), (None, [10, 20, 30])]
)
def test_the_fourth_channel_is_transparency_if_the_layers_say_so(tmp_path, count, color):
    # One layer without channels: a rectangle, a blend mode and no further data.
    layer = bytes(16) + struct.pack(">H4s4s4BI", 0, b"8BIM", b"norm", 255, 0, 0, 0, 12) + bytes(12)
    content = b"" if count is None else struct.pack(">h", count) + layer
    layers = struct.pack(">I", len(content)) + content if content else b""
    path = psd(tmp_path / "a.psd", PLANES[:4], layers=layers)
    assert pixels(path)[0, 0].tolist() == color


def test_further_channels_are_refused(tmp_path):
    assert pixels(psd(tmp_path / "a.psd", PLANES[:3]))[0, 0].tolist() == [10, 20, 30]
    with pytest.raises(PictureError, match=r"b\.psd holds 5 channels, of which more than colours"):
        pixels(psd(tmp_path / "b.psd", PLANES))


@pytest.mark.parametrize(
    ("colors", "expected"),
    [(b"\xff\xff\xff\0\0\0", [0] * 4 + [255] * 4), (b"\0\0\0\xff\xff\xff", [255] * 4 + [0] * 4)],
)
def test_bits_of_a_pcx_are_what_its_colors_say(tmp_path, colors, expected):
    header = struct.pack("<4B6H", 10, 5, 1, 1, 0, 0, 7, 0, 72, 72) + colors.ljust(48, b"\0")
    path = tmp_path / "a.pcx"
    path.write_bytes((header + struct.pack("<BBH", 0, 1, 2)).ljust(128, b"\0") + b"\xc1\xf0\0")
    assert pixels(path)[0, :, 0].tolist() == expected
