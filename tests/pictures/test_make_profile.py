"""Profiles that are made from chromaticities and curves, as Little CMS understands them."""

from io import BytesIO
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageCms
from profiles import ADOBE_SPACE, BT2020_SPACE, DCI_SPACE, P3_SPACE, light_in, srgb_of

from ortstyle.pictures import icc
from ortstyle.pictures.make_profile import (
    Chromaticities,
    make_grey_profile,
    make_rgb_profile,
    power_curve,
    srgb_curve,
    table_curve,
)

SPACES = {"Adobe": ADOBE_SPACE, "P3": P3_SPACE, "BT.2020": BT2020_SPACE, "DCI": DCI_SPACE}


@pytest.mark.parametrize("name", SPACES)
def test_colours_are_those_of_the_chromaticities(name):
    """In our own arithmetic, and in that of Little CMS."""
    space = SPACES[name]
    made = make_rgb_profile(Chromaticities(*space), [power_curve(2.2)] * 3, name=name)
    srgb = np.array(list(product(np.linspace(0.05, 0.95, 6), repeat=3)))
    encoded = light_in(space, srgb) ** (1 / 2.2)
    expected = srgb_of(space, encoded**2.2)
    found = icc.read_profile(made).to_srgb((encoded * 255).T[:, None].astype(np.float32))
    np.testing.assert_allclose(found[:, 0].T, expected, atol=0.15)
    image = Image.fromarray(np.rint(encoded * 255).astype(np.uint8)[None])
    by_little_cms = ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(BytesIO(made)), ImageCms.createProfile("sRGB")
    )
    rounded = srgb_of(space, (np.rint(encoded * 255) / 255) ** 2.2)
    assert np.abs(np.asarray(by_little_cms, float)[0] - rounded).max() < 2


def test_curves():
    levels = np.linspace(0, 255, 52, dtype=np.float32)
    pixels = np.stack([levels] * 3)[:, None]
    for curve, power in ((power_curve(1.8), 1.8), (table_curve(np.linspace(0, 1, 4096) ** 3), 3)):
        found = icc.read_profile(make_grey_profile(curve, name="x")).to_srgb(pixels)[0, 0]
        expected = srgb_of(P3_SPACE, np.repeat((levels[:, None] / 255) ** power, 3, 1))[:, 0]
        np.testing.assert_allclose(found, expected, atol=0.1)
    srgb = Chromaticities((0.3127, 0.329), (0.64, 0.33), (0.3, 0.6), (0.15, 0.06))
    assert icc.read_profile(make_rgb_profile(srgb, [srgb_curve()] * 3, name="x")).is_srgb()


def test_a_profile_is_whole_and_always_the_same():
    made = make_grey_profile(power_curve(2.0), name="Grey")
    assert made == make_grey_profile(power_curve(2.0), name="Grey")
    assert int.from_bytes(made[:4], "big") == len(made)
    opened = ImageCms.ImageCmsProfile(BytesIO(made))
    assert ImageCms.getProfileDescription(opened).strip() == "Grey"
    assert opened.profile.version == pytest.approx(4.4)


@given(st.lists(st.floats(0, 2, allow_nan=False), min_size=8, max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_chromaticities_are_possible_or_told(values):
    points = Chromaticities(*zip(values[::2], values[1::2], strict=True))
    if not points.is_possible():
        with pytest.raises(ValueError, match="no colours"):
            make_rgb_profile(points, [power_curve(1.0)] * 3, name="x")
        return
    made = icc.read_profile(make_rgb_profile(points, [power_curve(1.0)] * 3, name="x"))
    if made is not None:
        white = made.to_srgb(np.full((3, 1, 1), 255, np.float32))
        np.testing.assert_allclose(white, 255, atol=1)


@pytest.mark.parametrize("number", [0, 2, 4, 6])
def test_nan_is_impossible(number):
    values = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06]
    assert Chromaticities(*zip(values[::2], values[1::2], strict=True)).is_possible()
    values[number] = float("nan")
    assert not Chromaticities(*zip(values[::2], values[1::2], strict=True)).is_possible()
