"""A profile is kept only if it gives back the colours that it takes."""

from itertools import product

import numpy as np
import pytest
from profiles import (
    ADOBE_RGB,
    CMYK,
    DISPLAY_P3,
    GREY,
    P3,
    P3_BY_TABLE,
    SRGB_CURVE,
    gamma_curve,
    lookup_table,
    make_profile,
    parametric_curve,
)

from ortstyle.pictures.apply_profile import convert_levels
from ortstyle.pictures.code_points import PRIMARIES, profile_of
from ortstyle.pictures.color_space import adobe_rgb_profile
from ortstyle.pictures.keep_profile import convert_from_srgb, describe_lack

CORNERS = np.array(list(product((0, 1), repeat=3)), float)
ENDS = np.array([0, 65535])
DARKER = lookup_table(ENDS, CORNERS @ P3.T * 0.9)


def by_tables(there, back=None):
    """Make a profile with tables from its pixels to colours and back."""
    return make_profile(b"", table=there, back=back)


@pytest.mark.parametrize(
    "profile",
    [
        DISPLAY_P3,
        ADOBE_RGB,
        P3_BY_TABLE,
        adobe_rgb_profile(),
        make_profile(gamma_curve(1.0), P3),
        make_profile(gamma_curve(2.6), P3),
        *(profile_of(primaries, 13) for primaries in PRIMARIES if primaries != 1),
    ],
)
def test_colours_come_back(profile):
    assert describe_lack(profile, depth=16) == ""
    srgb = np.random.default_rng(0).uniform(60, 200, (1, 3, 1, 200)).astype(np.float32)
    back, _ = convert_levels(convert_from_srgb(srgb, profile)[0], profile)
    assert np.median(np.abs(back - srgb[0])) < 2


def test_a_way_back_that_leads_elsewhere_is_told():
    """The table back takes XYZ for RGB, as placeholders do."""
    profile = by_tables(lookup_table(ENDS, CORNERS @ P3.T), lookup_table(ENDS, CORNERS))
    assert describe_lack(profile, depth=8) == (
        "has a colour profile whose way back from sRGB gives other colours"
    )


def test_no_way_back_is_told():
    assert describe_lack(by_tables(DARKER), depth=8) == (
        "has a colour profile that gives no way back from sRGB"
    )


@pytest.mark.parametrize(
    ("profile", "lack"),
    [
        (None, "has no colour profile that can be kept"),
        (b"", "has no colour profile that can be kept"),
        (GREY, "is not RGB"),
        (CMYK, "is not RGB"),
        (profile_of(9, 16), "is of high dynamic range"),
        (profile_of(9, 18), "is of high dynamic range"),
        (profile_of(1, 13, full_range=False), "is of narrow range"),
        (profile_of(9, 1, full_range=False, depth=16), "is of narrow range"),
        (DISPLAY_P3[:200], "has a colour profile that gives no way back from sRGB"),
    ],
)
def test_what_can_not_be_kept(profile, lack):
    assert describe_lack(profile, depth=8) == lack


def test_a_curve_without_a_way_back_is_told():
    flat = parametric_curve(4, *SRGB_CURVE, 0.0, 0.0)
    assert describe_lack(make_profile(flat, P3), depth=8) == ""
    step = make_profile(gamma_curve(0.01), P3)
    assert "other colours" in describe_lack(step, depth=8)


@pytest.mark.parametrize("gamma", [1.6, 1.8, 2.2, 2.6])
def test_usual_curves_have_shades_enough_in_eight_bits(gamma):
    assert describe_lack(make_profile(gamma_curve(gamma), P3), depth=8) == ""


@pytest.mark.parametrize("profile", [ADOBE_RGB, DISPLAY_P3, P3_BY_TABLE, profile_of(9, 1)])
def test_usual_profiles_have_shades_enough_in_eight_bits(profile):
    assert describe_lack(profile, depth=8) == ""


@pytest.mark.parametrize("profile", [make_profile(gamma_curve(1.0), P3), profile_of(9, 9)])
def test_too_few_shades_in_eight_bits_are_told(profile):
    """Light without a curve, and a logarithm whose darkest step is a large one."""
    assert describe_lack(profile, depth=16) == ""
    assert describe_lack(profile, depth=8) == (
        "has a colour profile of which 8 bits hold too few shades; --depth 16, in PNG or TIFF, "
        "keeps it"
    )
