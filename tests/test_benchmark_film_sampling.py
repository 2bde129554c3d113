"""Pictures between their pixels."""

import numpy as np
import pytest

sampling = pytest.importorskip("film_sampling", reason="the benchmarks are not here")

Y, X = np.mgrid[:40, :48].astype(np.float64)


def test_a_parabola_is_exact_between_pixels():
    picture = np.stack([0.3 * X**2 - 2 * Y, X * Y], -1)
    x, y = X[12:-12, 12:-12] + 0.513, Y[12:-12, 12:-12] + 0.271
    found = sampling.spline_of(picture).at(np.stack([x, y], -1))
    assert np.allclose(found[..., 0], 0.3 * x**2 - 2 * y, atol=1e-2)
    assert np.allclose(found[..., 1], x * y, atol=1e-2)


def test_pixels_are_themselves_and_the_border_goes_on():
    picture = np.random.default_rng(0).uniform(0, 255, (40, 48, 3)).astype(np.float32)
    spline = sampling.spline_of(picture)
    assert spline.size == (48, 40)
    assert np.allclose(spline.at(np.stack([X, Y], -1)), picture, atol=1e-2)
    beyond = spline.at(np.array([[-50.0, 5.0], [99.0, 99.0]]))
    assert np.allclose(beyond, [picture[5, 0], picture[-1, -1]], atol=1e-2)


@pytest.mark.parametrize("period", [3, 4, 8])
def test_fine_waves_stay_between_pixels(period):
    wave = 100 * np.cos(2 * np.pi * X / period)[..., None]
    flow = np.zeros((*X.shape, 2))
    flow[..., 0] = 0.5
    found = sampling.warped(wave, flow)[:, 14:-14, 0]
    right = 100 * np.cos(2 * np.pi * (X + 0.5) / period)[:, 14:-14]
    assert np.abs(found - right).max() < {3: 17, 4: 6, 8: 1}[period]


def test_a_flow_is_added_to_each_pixel():
    picture = np.stack([X, Y], -1)
    flow = np.full((40, 48, 2), (1.25, -0.5), np.float32)
    found = sampling.warped(picture, flow)[12:-12, 12:-12]
    assert np.allclose(found, (picture + flow)[12:-12, 12:-12], atol=1e-3)
