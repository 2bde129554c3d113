"""Flat styles are given the variance of the content, by degrees."""

import numpy as np
import pytest

from ortstyle.objective.variance_floor import raise_variance

RNG = np.random.default_rng(3)
CONTENT, TEXTURE = RNG.gamma(1.0, 2.0, (4, 500)), RNG.normal(0, 1, (4, 500))


def statistics(features):
    mean = features.mean(1, keepdims=True)
    return {
        "gram": (features @ features.T / features.size).astype(np.float32),
        "mean": mean.astype(np.float32),
    }


def covariance(of):
    mean = of["mean"].astype(np.float64)
    return len(mean) * of["gram"] - mean @ mean.T


def flat(share):
    """Return features of a mean of 3 whose total variance is this share of the content's."""
    of_content, of_texture = (covariance(statistics(f)).trace() for f in (CONTENT, TEXTURE))
    centred = TEXTURE - TEXTURE.mean(1, keepdims=True)
    return 3 + centred * np.sqrt(share * of_content / of_texture)


@pytest.mark.parametrize("share", [0.2001, 0.5, 2.0])
def test_a_style_that_varies_stays_as_it_is(share):
    style = statistics(flat(share))
    found = raise_variance(style, statistics(CONTENT), 0.2)
    assert all(found[name] is style[name] for name in style)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.15])
def test_a_flat_style_is_given_what_it_lacks(share):
    style, content, degree = statistics(flat(share)), statistics(CONTENT), 1 - share / 0.2
    found = raise_variance(style, content, 0.2)
    mean = 3 + degree * np.maximum(content["mean"] - 3, 0)
    np.testing.assert_allclose(found["mean"], mean, rtol=1e-5)
    wanted = covariance(style) + degree * covariance(content)
    np.testing.assert_allclose(covariance(found), wanted, atol=1e-4)
    assert found["gram"].dtype == found["mean"].dtype == np.float32


def test_targets_change_without_a_jump():
    below, above = (
        raise_variance(statistics(flat(share)), statistics(CONTENT), 0.2)
        for share in (0.2 - 1e-6, 0.2 + 1e-6)
    )
    for name in below:
        np.testing.assert_allclose(below[name], above[name], rtol=1e-4)


def test_a_flat_content_has_nothing_to_give():
    style, content = statistics(flat(0.1)), statistics(np.full((4, 500), 2.0))
    content["gram"] = (content["mean"] @ content["mean"].T / 4).astype(np.float32)
    found = raise_variance(style, content, 0.2)
    np.testing.assert_allclose(found["gram"], style["gram"], rtol=1e-5)


def test_without_means_nothing_changes():
    style = {"gram": statistics(CONTENT)["gram"]}
    assert raise_variance(style, style, 1.0) == style
