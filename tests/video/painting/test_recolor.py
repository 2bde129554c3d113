"""Source frames in the colours of the painting."""

import numpy as np
import pytest

from ortstyle.video.painting.recolor import recolored


@pytest.fixture
def source():
    return np.random.default_rng(0).uniform(0, 255, (12, 16, 3)).astype(np.float32)


def test_an_affine_map_of_colours_is_found_from_a_part(source):
    matrix = np.array([[0.5, 0.1, 0], [0.2, 0.6, 0], [0, 0.1, 0.4]])
    painted = (source @ matrix + 30).astype(np.float32)
    weights = np.zeros((12, 16), np.float32)
    weights[:6] = 1
    wrong = painted.copy()
    wrong[6:] = 0  # is not looked at
    assert np.abs(recolored(source, wrong, weights) - painted).max() < 1


def test_a_source_of_one_colour_and_nothing_known_give_finite_colours(source):
    flat = np.full_like(source, 90)
    assert np.isfinite(recolored(flat, source, np.ones((12, 16), np.float32))).all()
    own = recolored(source, source * 0, np.zeros((12, 16), np.float32))
    assert np.abs(own - source).max() < 1


def test_colours_stay_in_range(source):
    painted = np.where(source > 128, 255, 0).astype(np.float32)
    found = recolored(source, painted, np.ones((12, 16), np.float32))
    assert found.min() >= 0
    assert found.max() <= 255
