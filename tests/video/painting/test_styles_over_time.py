"""Styles that follow one another along a film."""

from fractions import Fraction
from pathlib import Path

import pytest

from ortstyle.errors import SettingsError
from ortstyle.video.painting.styles_over_time import StylesOverTime

A, B, C = map(Path, "abc")


def styles(*entries):
    return StylesOverTime.of([(Fraction(time), path) for time, path in entries])


@pytest.mark.parametrize("time", [-1, 0, 2, 99])
def test_one_style_counts_alone_always(time):
    assert styles((2, A)).at(Fraction(time)) == ((A,), (1.0,))


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (-1, ((A,), (1.0,))),
        (0, ((A,), (1.0,))),
        (Fraction(5, 2), ((A, B), (0.75, 0.25))),
        (9, ((A, B), (0.1, 0.9))),
        (10, ((B,), (1.0,))),
        (15, ((B, C), (0.5, 0.5))),
        (20, ((C,), (1.0,))),
        (21, ((C,), (1.0,))),
    ],
)
def test_neighbours_blend_linearly(time, expected):
    paths, weights = styles((10, B), (0, A), (20, C)).at(Fraction(time))
    assert paths == expected[0]
    assert weights == pytest.approx(expected[1])


def test_a_style_that_stays_counts_once():
    assert styles((0, A), (10, A), (20, B)).at(Fraction(5)) == ((A,), (1.0,))


def test_weights_add_up_to_one():
    found = styles((0, A), (Fraction(1, 3), B))
    for k in range(1, 30):
        assert sum(found.at(Fraction(k, 90))[1]) == 1


@pytest.mark.parametrize("entries", [[], [(1, A), (0, B), (1, C)]])
def test_a_moment_has_one_style(entries):
    with pytest.raises(SettingsError, match="--style-at"):
        styles(*entries)
