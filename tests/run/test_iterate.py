"""An iterate: its figures and its picture."""

from dataclasses import FrozenInstanceError
from types import MappingProxyType

import numpy as np
import pytest

from ortstyle.run.iterate import Iterate


def iterate(pixels, **changes):
    figures = {
        "width": 3,
        "height": 2,
        "scale": (0, 1),
        "iteration": 1,
        "evaluations": 2,
        "loss": 5.0,
        "terms": MappingProxyType({"content": 2.0, "style": 3.0, "tv": 0.0}),
        "seconds": 1.0,
    }
    return Iterate(**figures | changes, _pixels=lambda: pixels)


def test_the_picture_is_clipped_and_made_when_asked_for():
    pixels = np.linspace(-20, 300, 18, dtype=np.float32)
    found = iterate(pixels)
    assert found.pixels.shape == (1, 3, 2, 3)
    assert (found.pixels.min(), found.pixels.max()) == (0, 255)
    assert found.image.size == (3, 2)
    pixels[:] = 7
    assert found.image.getpixel((0, 0)) == (7, 7, 7)


def test_figures_make_the_same_iterate_again():
    pixels = np.zeros(18, np.float32)
    before = iterate(pixels, seconds_left=9.0, notice="told once")
    again = Iterate.from_figures(
        before.figures(), notice="resumed", pixels=lambda: pixels, colors_of=None
    )
    assert again == iterate(pixels, notice="resumed")
    assert type(again.terms) is MappingProxyType
    assert "notice" not in before.figures()


def test_it_is_frozen():
    with pytest.raises(FrozenInstanceError):
        iterate(np.zeros(18, np.float32)).loss = 0.0
