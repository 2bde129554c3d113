"""Pixels of every kind under profiles of every kind: converted, or told why not."""

import numpy as np
import pytest
from PIL import Image
from profiles import (
    ADOBE_RGB,
    CMYK,
    DISPLAY_P3,
    GREY,
    P3_BY_TABLE,
    SRGB,
    SRGB_SPACE,
    gamma_curve,
    make_profile,
    srgb_of,
)

from ortstyle.pictures.apply_profile import convert_image, convert_levels
from ortstyle.pictures.code_points import profile_of

LINEAR_RGB = make_profile(gamma_curve(1.0), SRGB)
LAB = DISPLAY_P3.replace(b"RGB ", b"Lab ")


def grey_levels(power):
    """Return levels of grey, and their sRGB by the power of a profile."""
    levels = np.arange(10, 256, 5, np.uint8)[None]
    return levels, srgb_of(SRGB_SPACE, np.repeat(levels[0, :, None] / 255, 3, 1) ** power)


@pytest.mark.parametrize(("profile", "power"), [(GREY, 1.8), (LINEAR_RGB, 1.0)])
@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_pixels_have_a_profile_of_grey_or_of_rgb(profile, power, mode):
    levels, expected = grey_levels(power)
    image, notice = convert_image(Image.fromarray(levels).convert(mode), profile)
    assert notice == ""
    np.testing.assert_allclose(np.asarray(image, float)[0], expected, atol=1.2)
    deep, notice = convert_levels(levels[None].astype(np.float32), profile)
    assert notice == ""
    np.testing.assert_allclose(deep[:, 0].T, expected, atol=0.15)


def test_a_grey_profile_of_a_table_of_rgb_is_applied_in_eight_bits():
    levels, _ = grey_levels(1.0)
    deep, notice = convert_levels(levels[None].astype(np.float32), P3_BY_TABLE)
    assert notice == "its colour profile is applied in 8 bits"
    np.testing.assert_allclose(deep, np.repeat(levels[None], 3, 0), atol=1.2)


@pytest.mark.parametrize(
    ("mode", "profile", "words"),
    [
        ("RGB", GREY, "for grey pictures"),
        ("RGBA", CMYK, "for CMYK pictures"),
        ("L", CMYK, "for CMYK pictures"),
        ("CMYK", ADOBE_RGB, "for RGB pictures"),
        ("CMYK", GREY, "for grey pictures"),
        ("LAB", DISPLAY_P3, "for RGB pictures"),
        ("RGB", LAB, "of an unsupported kind (Lab)"),
        ("RGB", b"nonsense" * 20, "damaged"),
        ("RGB", DISPLAY_P3[:150], "damaged"),
    ],
)
def test_what_can_not_be_applied_is_told_truly(mode, profile, words):
    expected = f"its colour profile is {words}, and is ignored"
    assert convert_image(Image.new(mode, (2, 2)), profile) == (None, expected)
    if mode in ("RGB", "L"):
        planes = np.zeros((len(mode), 2, 2), np.float32)
        assert convert_levels(planes, profile) == (None, expected)


def test_without_a_profile_nothing_is_converted_or_said():
    assert convert_image(Image.new("RGB", (2, 2)), b"") == (None, "")
    assert convert_levels(np.zeros((3, 2, 2), np.float32), b"") == (None, "")


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_is_tone_mapped_and_told(transfer):
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    pixels = np.dstack([ramp[None]] * 3)
    profile = profile_of(9, transfer)
    image, notice = convert_image(Image.fromarray(pixels), profile)
    name = {16: "PQ", 18: "HLG"}[transfer]
    assert notice == f"its high dynamic range ({name}) is tone-mapped to sRGB"
    deep, also = convert_levels(pixels.transpose(2, 0, 1).astype(np.float32), profile)
    assert also == notice
    np.testing.assert_allclose(np.asarray(image).transpose(2, 0, 1), deep, atol=0.51)
    assert (np.diff(deep[0, 0]) >= 0).all()
    assert deep[0, 0, -1] > 254
