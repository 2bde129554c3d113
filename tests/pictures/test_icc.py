"""Colour profiles, compared with Little CMS and with values computed in the tests."""

import struct
import tracemalloc
from io import BytesIO
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageCms
from profiles import (
    ADOBE,
    ADOBE_RGB,
    DISPLAY_P3,
    GREY,
    P3,
    SRGB,
    SRGB_CURVE,
    gamma_curve,
    make_profile,
    parametric_curve,
    table_curve,
)

from ortstyle.pictures import icc

COLOURS = np.array(list(product(range(0, 256, 17), repeat=3)), np.uint8)[None]
CURVES = {
    "linear": table_curve([]),
    "gamma": gamma_curve(1.8),
    "table": table_curve(np.linspace(0, 1, 256) ** 2.2 * 65535),
    "para 0": parametric_curve(0, 2.2),
    "para 1": parametric_curve(1, 2.2, 1.05, -0.05),
    "para 2": parametric_curve(2, 2.0, 0.9, 0.02, 0.15),
    "para 3": parametric_curve(3, *SRGB_CURVE),
    "para 4": parametric_curve(4, 2.2, 0.95, 0.05, 0.2, 0.04, 0.0, 0.0),
}


def by_little_cms(colours, profile):
    found = ImageCms.profileToProfile(
        Image.fromarray(colours),
        ImageCms.ImageCmsProfile(BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
    )
    return np.asarray(found, int)


@pytest.mark.parametrize("matrix", [SRGB, P3, ADOBE], ids=["sRGB", "P3", "Adobe"])
@pytest.mark.parametrize("curve", CURVES)
def test_a_matrix_profile_is_computed_as_little_cms_does(matrix, curve):
    made = make_profile(CURVES[curve], matrix)
    found = icc.read_matrix_profile(made)
    converted = found.to_srgb(COLOURS.transpose(2, 0, 1).astype(np.float32))
    difference = converted.transpose(1, 2, 0) - by_little_cms(COLOURS, made)
    assert np.abs(difference).max() < 1.6  # Little CMS rounds to 8 bits, and its curves to 16
    assert np.abs(difference).mean() < 0.35


@pytest.mark.parametrize("made", [DISPLAY_P3, ADOBE_RGB])
def test_there_and_back(made):
    found = icc.read_matrix_profile(made)
    start = np.random.default_rng(0).uniform(0, 255, (3, 20, 20)).astype(np.float32)
    back = found.to_srgb(found.from_srgb(start))
    np.testing.assert_allclose(back, start, atol=0.05)  # rounded to 16 bits


def test_the_srgb_profile_is_known_whoever_made_it():
    assert icc.read_matrix_profile(icc.srgb_profile()).is_srgb()
    assert icc.read_matrix_profile(make_profile(parametric_curve(3, *SRGB_CURVE), SRGB)).is_srgb()
    assert not icc.read_matrix_profile(make_profile(gamma_curve(2.2), SRGB)).is_srgb()
    assert not icc.read_matrix_profile(DISPLAY_P3).is_srgb()
    assert icc.srgb_profile.__wrapped__() == icc.srgb_profile.__wrapped__()
    assert ImageCms.ImageCmsProfile(BytesIO(icc.srgb_profile())).profile.xcolor_space == "RGB "


def test_grey_profiles_have_one_curve():
    found = icc.read_matrix_profile(GREY)
    middle = found.to_srgb(np.full((3, 1, 1), 127.5, np.float32))
    light = 0.5**1.8
    np.testing.assert_allclose(middle, 255 * (1.055 * light ** (1 / 2.4) - 0.055), atol=0.1)
    image = icc.convert_to_srgb(Image.new("L", (1, 1), 128), GREY)
    np.testing.assert_allclose(image.getpixel((0, 0)), middle.ravel(), atol=1.2)


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"nonsense" * 40,
        DISPLAY_P3[:100],
        DISPLAY_P3[:300],
        DISPLAY_P3.replace(b"rTRC", b"xTRC"),
        DISPLAY_P3.replace(b"para\0\0\0\0\0\3", b"para\0\0\0\0\0\7"),
        make_profile(gamma_curve(0), P3),
        make_profile(gamma_curve(2), np.zeros((3, 3))),
        make_profile(parametric_curve(1, 2.0, 0.0, 0.0), P3),
        make_profile(table_curve([65535, 0]), P3),
    ],
)
def test_damaged_profiles_are_none(wrong):
    assert icc.read_matrix_profile(wrong) is None


def test_a_profile_for_other_pictures_converts_nothing():
    assert icc.convert_to_srgb(Image.new("L", (2, 2)), DISPLAY_P3) is None
    assert icc.convert_to_srgb(Image.new("RGB", (2, 2)), GREY) is None
    assert icc.convert_to_srgb(Image.new("CMYK", (2, 2)), DISPLAY_P3) is None


def test_overlapping_tags_take_no_memory():
    """Each of a thousand tags holds the whole profile of 4 MB."""
    count, size = 1000, 4 << 20
    tags = b"".join(
        struct.pack(">II", number, 0) + struct.pack(">I", size) for number in range(count)
    )
    wrong = (DISPLAY_P3[:128] + struct.pack(">I", count) + tags).ljust(size, b"\0")
    tracemalloc.start()
    assert icc.read_profile(wrong) is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_wrong_bytes_raise_nothing(data):
    wrong = bytearray(DISPLAY_P3)
    for _ in range(data.draw(st.integers(1, 6))):
        wrong[data.draw(st.integers(0, len(wrong) - 1))] = data.draw(st.integers(0, 255))
    converted = icc.convert_to_srgb(Image.new("RGB", (2, 2), "red"), bytes(wrong))
    assert converted is None or converted.mode == "RGB"
    if found := icc.read_matrix_profile(bytes(wrong)):
        assert np.isfinite(found.from_srgb(np.full((3, 1, 1), 200, np.float32))).all()
