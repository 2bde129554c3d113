"""The canvases of a site: which there are, and that they hold pictures of all shapes."""

import pytest
from hypothesis import given, strategies as st

from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.settings.presets import from_preset
from ortstyle.web.canvases import (
    LARGEST_STYLE,
    SIZES,
    STROKES,
    canvases_of,
    sides_of,
    smallest_canvas,
    style_sides_of,
)

SIDES = sides_of(SIZES, from_preset())
LENGTHS = st.integers(1, 20_000)


def area(size):
    return size[0] * size[1]


@given(width=LENGTHS, height=LENGTHS, side=st.sampled_from([48, 64, *SIDES]))
def test_every_photograph_has_a_canvas_that_holds_it(width, height, side):
    w, h = scaled_size((width, height), side)
    canvas = smallest_canvas((h, w), canvases_of(side))
    assert canvas is not None
    assert canvas[0] >= h
    assert canvas[1] >= w


@given(ratio=st.floats(1, 4.9), upright=st.booleans(), side=st.sampled_from(SIDES))
def test_little_of_a_canvas_is_padding(ratio, upright, side):
    short = max(1, int(side / ratio))
    size = (side, short) if upright else (short, side)
    canvas = smallest_canvas(size, canvases_of(side))
    step = 16 if short <= 256 - 16 else 32
    assert area(canvas) <= (side + 15) * (short + step)


@pytest.mark.parametrize("side", [48, 64, *SIDES])
def test_canvases_have_both_orientations_and_whole_positions_of_the_deepest_layer(side):
    canvases = canvases_of(side)
    assert len(set(canvases)) == len(canvases)
    assert {(w, h) for h, w in canvases} == set(canvases)
    assert all(length % 16 == 0 for canvas in canvases for length in canvas)
    assert {max(canvas) for canvas in canvases} == {-(-side // 16) * 16}


def test_a_picture_of_exactly_a_canvas_fills_it():
    for canvas in canvases_of(512):
        assert smallest_canvas(canvas, canvases_of(512)) == canvas


def test_no_canvas_holds_a_picture_that_is_larger():
    assert smallest_canvas((300, 20), canvases_of(256)) is None


def test_the_sides_are_those_of_all_scales():
    assert SIDES == [128, 256, 362, 512, 768, 1024]
    assert sides_of([64], from_preset()) == [64]


@given(sides=st.lists(st.sampled_from([64, *SIDES]), min_size=1, unique=True))
def test_a_style_for_every_stroke_is_held_by_a_side(sides):
    found = style_sides_of(sides)
    assert set(sides) <= set(found)
    assert max(found) <= max(LARGEST_STYLE, *sides)
    for side in sides:
        for stroke in STROKES:
            wanted = min(round(side * stroke), LARGEST_STYLE)
            held_by = min(step for step in found if step >= wanted)
            assert held_by <= 1.5 * wanted
