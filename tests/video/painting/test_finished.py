"""Painted frames as they are shown."""

import numpy as np
import pytest

from ortstyle.pictures.color import LUMA
from ortstyle.settings.settings import Settings
from ortstyle.video.painting.finished import finished


@pytest.fixture
def frames():
    random = np.random.default_rng(0)
    return [random.uniform(60, 190, (6, 8, 3)).astype(np.float32) for _ in range(2)]


@pytest.mark.parametrize("colors", ["style", "match-linear", "match-histogram"])
def test_colours_of_the_style_stay(frames, colors):
    assert finished(*frames, Settings(colors=colors)) is frames[0]


@pytest.mark.parametrize("colors", ["content", "luminance"])
def test_the_chroma_is_the_sources_and_the_lightness_the_paintings(frames, colors):
    painted, source = frames
    found = finished(painted, source, Settings(colors=colors))
    assert np.abs(found @ LUMA - painted @ LUMA).max() < 1
    inner = ((found > 1) & (found < 254)).all(axis=-1)
    chroma = [(each - (each @ LUMA)[..., None])[inner] for each in (found, source)]
    assert np.abs(chroma[0] - chroma[1]).max() < 1
