"""Tone mapping of PQ and HLG, compared with published values."""

import numpy as np
import pytest
from profiles import BT2020_SPACE, SRGB_SPACE, light_in, space_to_xyz, srgb_level

from ortstyle.pictures.hdr import HdrProfile, decode_pq, encode_pq, roll_off

PQ, HLG = HdrProfile(9, 16), HdrProfile(9, 18)


def levels(encoded):
    """Return encoded values, 0–1, of grey or ``(..., 3)``, as the pixels of a picture."""
    array = np.asarray(encoded, np.float32)
    array = np.repeat(array[..., None], 3, -1) if array.ndim == 1 else array
    return (array.reshape(-1, 3).T * 255)[:, None]


def test_pq_has_the_values_of_its_standard():
    """BT.2408, table 1: 203 cd/m² is 58 %, 1000 is 75 %."""
    np.testing.assert_allclose(
        encode_pq(np.array([0, 203, 1000, 10000])), [0, 0.58, 0.75, 1], atol=0.005
    )
    light = np.geomspace(0.01, 10000, 50)
    np.testing.assert_allclose(decode_pq(encode_pq(light)), light, rtol=1e-6)


def test_dark_and_middle_tones_are_left_and_highlights_rolled_off():
    dark = np.array([0.0, 1, 10, 50, 85])
    np.testing.assert_allclose(roll_off(dark), dark, atol=1e-3)
    light = np.linspace(0, 1000, 500)
    mapped = roll_off(light)
    assert (np.diff(mapped) > 0).all()
    assert (mapped <= light + 1e-9).all()
    np.testing.assert_allclose(roll_off(np.array([1000.0, 4000, 10000])), 203, atol=0.1)


def test_grey_of_pq_stays_grey():
    """Grey of 50.75 cd/m², a quarter of white, becomes a quarter of the light of sRGB's white."""
    encoded = encode_pq(np.array([0, 203 / 4, 1000, 5000]))
    found = PQ.to_srgb(levels(encoded))
    np.testing.assert_allclose(found, np.repeat(found[:1], 3, 0), atol=0.1)
    np.testing.assert_allclose(found[0, 0], [0, srgb_level(0.25), 255, 255], atol=0.1)


def test_colours_of_pq_in_the_middle_are_those_of_srgb():
    srgb = np.random.default_rng(0).uniform(0.02, 0.35, (200, 3))
    encoded = encode_pq(light_in(BT2020_SPACE, srgb) * 203)
    np.testing.assert_allclose(PQ.to_srgb(levels(encoded))[:, 0].T, srgb_level(srgb), atol=0.3)


def test_the_hue_of_highlights_is_kept():
    srgb = np.array([[1.2, 0.9, 0.6]])
    encoded = encode_pq(light_in(BT2020_SPACE, srgb / 2) * 406)
    found = PQ.to_srgb(levels(encoded))[:, 0, 0]
    light = np.where(found > 10, ((found / 255 + 0.055) / 1.055) ** 2.4, 0)
    np.testing.assert_allclose(light / light.max(), srgb[0] / 1.2, atol=0.01)


def test_colours_beyond_srgb_keep_their_luminance():
    """The green of BT.2020, of 100 cd/m²: its luminance is that of the grey it is mixed with."""
    encoded = encode_pq(np.array([[0.0, 100, 0]]))
    found = PQ.to_srgb(levels(encoded))[:, 0, 0]
    light = ((found / 255 + 0.055) / 1.055) ** 2.4
    light = np.where(found > 10, light, 0)
    wanted = space_to_xyz(*BT2020_SPACE)[1, 1] * roll_off(np.array(100.0)) / 203
    assert space_to_xyz(*SRGB_SPACE)[1] @ light == pytest.approx(float(wanted), rel=0.02)
    assert found[1] > found[0]
    assert found[1] > found[2]


def test_hlg_has_the_values_of_its_standard():
    """BT.2408, table 1: grey of 26 cd/m² is 38 % of HLG, white of 203 is 75 %."""
    found = HLG.to_srgb(levels(np.array([0, 0.38, 0.75, 1.0])))[0, 0]
    expected = srgb_level(roll_off(np.array([0, 26.0, 203, 1000])) / 203)
    np.testing.assert_allclose(found, expected, atol=1.5)


@pytest.mark.parametrize("transfer", [16, 18])
def test_narrow_range(transfer):
    encoded = np.linspace(0, 1, 40)
    full = HdrProfile(9, transfer).to_srgb(levels(encoded))
    narrow = HdrProfile(9, transfer, full_range=False)
    np.testing.assert_allclose(narrow.to_srgb(levels((encoded * 219 + 16) / 255)), full, atol=0.05)
    assert not narrow.is_srgb()


def test_any_level_gives_a_colour():
    rng = np.random.default_rng(0)
    for profile in (PQ, HLG, HdrProfile(10, 16), HdrProfile(1, 18)):
        found = profile.to_srgb(rng.uniform(-50, 300, (3, 40, 40)).astype(np.float32))
        assert np.isfinite(found).all()
        assert found.min() >= 0
        assert found.max() <= 255.01
