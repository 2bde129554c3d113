"""The share of power at the highest frequencies, and its removal."""

import numpy as np
import pytest
from PIL import Image

from ortstyle.packaged import packaged_path
from ortstyle.pictures.grain import fine_power, without_grain

SIDE = 256


def noise(levels, *, shape=(SIDE, SIDE)):
    return 128 + np.random.default_rng(0).normal(size=shape) * levels


def blurred(values, times):
    for _ in range(times):
        for axis in (0, 1):
            values = (np.roll(values, 1, axis) + 2 * values + np.roll(values, -1, axis)) / 4
    return values


def rgb(luminance):
    return np.repeat(np.asarray(luminance, np.float32)[None, None], 3, 1)


def test_fine_power_of_known_spectra():
    assert fine_power(noise(20)) == pytest.approx(1 - np.pi * 0.375**2, rel=0.02)
    column = np.arange(SIDE)
    for frequency, share in ((0.3, 0.0), (0.45, 1.0)):
        wave = 128 + np.tile(30 * np.cos(2 * np.pi * frequency * column), (SIDE, 1))
        assert fine_power(wave) == pytest.approx(share, abs=0.01)
    smooth = blurred(noise(20), 100) - 128
    half = noise(8) + smooth * 8 / smooth.std()
    assert 0.2 < fine_power(half) < 0.4


def test_fine_power_is_not_that_of_rounding():
    slope = 100 + np.add.outer(np.arange(SIDE), np.arange(SIDE)) / 90
    assert fine_power(np.rint(slope)) < 0.03


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (3, 5), (64, 64), (65, 200)])
def test_fine_power_of_small_pictures(size):
    assert 0 <= fine_power(noise(20, shape=size)) <= 1


def test_some_patches_tell_about_all():
    grainy = blurred(noise(60, shape=(900, 1100)), 2) + noise(4, shape=(900, 1100))
    assert fine_power(grainy, most=8) == pytest.approx(fine_power(grainy), rel=0.05)


@pytest.mark.parametrize("size", [(300, 257), (256, 64), (512, 70), (1, 40), (2, 2)])
def test_grain_is_smoothed_by_the_binomial_filter(size):
    """Rows are smoothed in blocks; the result is that of the whole picture at once."""
    pixels = np.random.default_rng(1).uniform(0, 255, (1, 3, *size)).astype(np.float32)
    kept = pixels.copy()
    found = without_grain(pixels, 0.05)
    assert np.array_equal(pixels, kept)
    share = fine_power(np.tensordot([0.299, 0.587, 0.114], pixels[0], 1), most=16)
    amount = 1 - np.sqrt(0.05 / share) if share > 0.05 else 0
    wide = np.pad(pixels, [(0, 0), (0, 0), (1, 1), (1, 1)], mode="edge")
    smooth = (wide[:, :, :-2] + 2 * wide[:, :, 1:-1] + wide[:, :, 2:]) / 4
    smooth = (smooth[..., :-2] + 2 * smooth[..., 1:-1] + smooth[..., 2:]) / 4
    assert found == pytest.approx(pixels + amount * (smooth - pixels), abs=1e-2)


def test_the_share_falls_near_the_limit_and_the_rest_stays():
    smooth = blurred(noise(200), 30)
    grainy = smooth + noise(6) - 128
    found = without_grain(rgb(grainy), 0.03)[0, 0]
    assert fine_power(grainy) > 0.09
    assert 0.01 < fine_power(found) < 0.06
    assert np.std(found - smooth) < 0.75 * 6  # the coarser part of the noise stays


def test_a_painting_without_grain_stays_as_it_is():
    painting = Image.open(packaged_path("examples", "painting.jpg")).resize((300, 240))
    pixels = rgb(blurred(np.asarray(painting.convert("L"), np.float64), 1))
    assert without_grain(pixels, 0.03) is pixels
