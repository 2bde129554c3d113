"""Colours of TIFF beside RGB and grey: CIE L*a*b* of 8 and 16 bits, and what stands for white."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms
from tiffs import CIELAB, ICCLAB, RGB, tiff_of

from ortstyle.pictures.read import read_picture
from ortstyle.pictures.tiff_colors import Whites, depends_on_values, whites
from ortstyle.pictures.tiff_pages import read_layout

COLOURS = np.array([[(220, 60, 60), (60, 190, 80), (50, 60, 180), (128, 128, 128)]], np.uint8)


def lab_of(colours):
    """Return L*a*b* (D50) of sRGB by Little CMS, with fractions."""
    lab = ImageCms.createProfile("LAB")
    image = ImageCms.profileToProfile(
        Image.fromarray(colours), ImageCms.createProfile("sRGB"), lab, outputMode="LAB"
    )
    values = np.asarray(image)  # a and b as signed bytes
    signed = values.view(np.int8).astype(float)
    return values[..., 0] / 2.55, signed[..., 1], signed[..., 2]


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", [CIELAB, ICCLAB])
@pytest.mark.parametrize("planar", [False, True])
def test_lab(tmp_path, photometric, bits, planar):
    lightness, a, b = lab_of(COLOURS)
    if photometric == CIELAB:
        scale = 1 if bits == 8 else 256
        top = (1 << bits) - 1
        stored = [
            lightness / 100 * top,
            np.rint(a * scale) % (top + 1),
            np.rint(b * scale) % (top + 1),
        ]
    else:
        white, scale = (255, 1) if bits == 8 else (65280, 256)
        stored = [lightness / 100 * white, (a + 128) * scale, (b + 128) * scale]
    samples = np.rint(np.stack(stored, -1)).astype(f"u{bits // 8}")
    (tmp_path / "a.tif").write_bytes(tiff_of(samples, photometric, planar=planar))
    found = read_picture(tmp_path / "a.tif").pixels[0].transpose(1, 2, 0)
    np.testing.assert_allclose(found, COLOURS, atol=8)  # L*a*b* was rounded to 8 bits


@pytest.mark.parametrize(
    ("dtype", "largest", "expected"),
    [
        ("u2", (5, 5), (65535, 65535)),
        ("i2", (5, 5), (32767, 32767)),
        ("u4", (5, 7), (65535, 65535)),
        ("u4", (70000, 7), (2**32 - 1, 2**32 - 1)),
        ("f4", (1, 200), (1, 255)),
        ("f4", (1e6, 1), (1e6, 1)),
        ("f4", (1.3, 1.001), (1, 1)),
    ],
)
def test_what_stands_for_white(dtype, largest, expected):
    data = tiff_of(np.zeros((2, 3, 3), dtype), RGB)
    layout = read_layout(BytesIO(data), "a").layout
    assert depends_on_values(layout) == (dtype in {"u4", "f4"})
    assert whites(layout, largest) == Whites(*expected)
