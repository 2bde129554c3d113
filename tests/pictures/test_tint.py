"""A photograph in the colour of paper: its mean colour, its edges, how much is taken."""

import numpy as np
import pytest

from ortstyle.pictures.tint import tint

RNG = np.random.default_rng(2)
ROWS, COLUMNS = np.mgrid[:60, :80]
#: A bright sky, dark ground, and squares before both.
PHOTO = np.where(ROWS < 30, 210.0, 60.0) + 50 * ((ROWS // 8 + COLUMNS // 8) % 2 - 0.5)
PIXELS = (PHOTO + np.array([20.0, 0, -20])[:, None, None])[None].clip(0, 255).astype(np.float32)
PAPERS = {"white": (255, 255, 255), "black": (0, 0, 0), "blue": (0, 47, 167), "grey": (128,) * 3}


def edges(picture):
    return np.hypot(*np.gradient(picture.mean(0))).ravel()


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_the_mean_is_papers_and_the_edges_are_the_photographs(paper):
    found = tint(PIXELS, np.array(paper, float), 1.0)
    assert found.shape == PIXELS.shape
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 255
    assert abs(found[0].mean((1, 2)) - paper).max() <= 8.1
    assert np.corrcoef(edges(found[0]), edges(PIXELS[0]))[0, 1] > 0.5
    assert np.ptp(found.mean(1)) > 20  # it can be seen


def test_grey_paper_has_room_for_the_whole_contrast():
    found = tint(PIXELS, np.array(PAPERS["grey"], float), 1.0)[0]
    assert found.std((1, 2)).max() > 0.9 * PIXELS[0].std((1, 2)).min()
    assert np.ptp(found, 0).max() < 1e-3  # without the photograph's colours


def test_the_amount_is_a_share_of_each_pixel():
    paper = np.array(PAPERS["blue"], float)
    whole = tint(PIXELS, paper, 1.0)
    np.testing.assert_allclose(
        tint(PIXELS, paper, 0.25), PIXELS + 0.25 * (whole - PIXELS), atol=1e-3
    )
    left = np.zeros((60, 80), np.float32)
    left[:, :40] = 1
    found = tint(PIXELS, paper, left)
    np.testing.assert_array_equal(found[..., 40:], PIXELS[..., 40:])
    np.testing.assert_allclose(found[..., :40], whole[..., :40], atol=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2, 3)])
def test_small_pictures(size):
    pixels = RNG.uniform(0, 255, (1, 3, *size)).astype(np.float32)
    found = tint(pixels, np.array([255.0, 255, 255]), 1.0)
    assert np.isfinite(found).all()
    assert found.mean() >= 246
