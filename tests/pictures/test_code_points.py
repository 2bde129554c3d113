"""Colour spaces by code points, against the formulas of H.273 written the other way around."""

import numpy as np
import pytest
from profiles import BT2020_SPACE, DCI_SPACE, P3_SPACE, SRGB_SPACE, light_in, srgb_level

from ortstyle.pictures import icc
from ortstyle.pictures.code_points import HDR, PRIMARIES, TRANSFERS, profile_of


def encode_bt709(light):
    return np.where(light < 0.018, 4.5 * light, 1.099 * light**0.45 - 0.099)


def encode_smpte240(light):
    return np.where(light < 0.0228, 4 * light, 1.1115 * light**0.45 - 0.1115)


ENCODERS = {
    1: encode_bt709,
    4: lambda light: light ** (1 / 2.2),
    5: lambda light: light ** (1 / 2.8),
    6: encode_bt709,
    7: encode_smpte240,
    8: lambda light: light,
    9: lambda light: np.where(light < 0.01, 0, 1 + np.log10(np.maximum(light, 0.01)) / 2),
    10: lambda light: np.where(light < 0.00316, 0, 1 + np.log10(np.maximum(light, 0.00316)) / 2.5),
    11: encode_bt709,
    12: encode_bt709,
    13: lambda light: srgb_level(light) / 255,
    14: encode_bt709,
    15: encode_bt709,
    17: lambda light: (light * 48 / 52.37) ** (1 / 2.6),
}
LIGHT = np.random.default_rng(0).uniform(0.02, 1, (500, 3))


def test_every_transfer_function_is_tested():
    assert ENCODERS.keys() == TRANSFERS.keys()


@pytest.mark.parametrize("transfer", ENCODERS)
@pytest.mark.parametrize("full_range", [True, False])
def test_transfer_functions(transfer, full_range):
    made = profile_of(9, transfer, full_range=full_range)
    encoded = ENCODERS[transfer](light_in(BT2020_SPACE, LIGHT))
    if not full_range:
        encoded = (encoded * 219 + 16) / 255
    found = icc.read_profile(made).to_srgb((encoded * 255).T[:, None].astype(np.float32))
    np.testing.assert_allclose(found[:, 0].T, srgb_level(LIGHT), atol=0.6)


@pytest.mark.parametrize(
    ("primaries", "space"), {1: SRGB_SPACE, 9: BT2020_SPACE, 11: DCI_SPACE, 12: P3_SPACE}.items()
)
def test_primaries(primaries, space):
    encoded = light_in(space, LIGHT) * 255
    found = icc.read_profile(profile_of(primaries, 8)).to_srgb(encoded.T[:, None].astype("f4"))
    np.testing.assert_allclose(found[:, 0].T, srgb_level(LIGHT), atol=0.3)


@pytest.mark.parametrize("primaries", PRIMARIES)
def test_white_is_white_with_all_primaries(primaries):
    white = icc.read_profile(profile_of(primaries, 8)).to_srgb(np.full((3, 1, 1), 255, np.float32))
    np.testing.assert_allclose(white, 255, atol=0.3)


def test_narrow_range_of_sixteen_bits():
    for depth, black, white in ((8, 16 / 255, 235 / 255), (16, 4096 / 65535, 60160 / 65535)):
        found = icc.read_profile(profile_of(1, 13, full_range=False, depth=depth, grey=True))
        ends = np.array([black, white]) * 255
        levels = found.to_srgb(np.stack([ends] * 3)[:, None].astype(np.float32))
        np.testing.assert_allclose(levels[0, 0], [0, 255], atol=0.2)


def test_srgb_needs_no_profile_and_what_is_not_specified_is_srgb():
    for points in ((1, 13), (2, 2), (1, 2), (2, 13)):
        assert profile_of(*points) == b""
    assert profile_of(12, 2) == profile_of(12, 13)
    assert icc.pixel_mode(profile_of(12, 8, grey=True)) == "L"


@pytest.mark.parametrize(
    "points", [(0, 13), (3, 13), (13, 13), (1, 0), (1, 3), (1, 19), (255, 255)]
)
def test_reserved_code_points_are_refused(points):
    with pytest.raises(ValueError, match="have no meaning"):
        profile_of(*points)


@pytest.mark.parametrize("transfer", HDR)
@pytest.mark.parametrize("full_range", [True, False])
def test_high_dynamic_range_is_known_by_its_profile(transfer, full_range):
    found = icc.read_profile(profile_of(9, transfer, full_range=full_range, grey=True))
    assert (found.primaries, found.name, found.full_range) == (9, HDR[transfer], full_range)
