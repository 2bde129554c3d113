"""Frames and their times in the file."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st
from written_films import frames_at

from ortstyle.video.media.film_times import origin_of, ticks_of, timed


def spans(times, tick, origin=0, *, rate=25, duration=None, finest=Fraction(0)):
    frames = frames_at(times, (2, 2), duration=duration)
    found = timed(frames, Fraction(tick), Fraction(origin), rate=Fraction(rate), finest=finest)
    return [(one.start, one.length) for one in found]


@pytest.mark.parametrize(
    ("time_base", "tick"),
    [
        (Fraction(1, 25), Fraction(1, 10_000)),
        (Fraction(1001, 30_000), Fraction(1, 30_000)),
        (Fraction(1, 1000), Fraction(1, 10_000)),
        (Fraction(1, 90_000), Fraction(1, 90_000)),
        (Fraction(1, 10**9), Fraction(1, 10**6)),
    ],
)
def test_ticks_are_fine_enough(time_base, tick):
    assert ticks_of(time_base) == tick


@given(st.integers(1, 10**6), st.integers(1, 2000), st.integers(-(10**9), 10**9))
def test_times_of_a_file_are_whole_ticks(denominator, numerator, count):
    unit = Fraction(numerator, denominator)
    assert (count * unit / ticks_of(unit)).denominator == 1


def test_a_frame_lasts_until_the_next():
    times = [Fraction(k) for k in ("-0.1", "0", "0.3", "0.34")]
    assert spans(times, "0.01", duration=Fraction(1, 2)) == [(-10, 10), (0, 30), (30, 4), (34, 50)]
    assert spans(times, "0.01", "-0.1")[0] == (0, 10)


def test_the_last_frame_lasts_as_long_as_others():
    assert spans([0], "0.001") == [(0, 40)]
    assert spans([0, 1, 3], "0.01", rate=600) == [(0, 100), (100, 200), (300, 150)]
    assert spans([0], Fraction(1, 30_000), rate=Fraction(30_000, 1001)) == [(0, 1001)]


def test_frames_too_fast_for_a_format_are_left_out():
    times = [Fraction(k, 100) for k in range(6)]
    found = spans(times, "0.01", rate=100, finest=Fraction(1, 50))
    assert found == [(0, 2), (2, 2), (4, 2)]


@pytest.mark.parametrize(
    ("first", "others", "is_cut", "origin"),
    [
        (0, None, False, 0),
        (0.5, None, False, 0),
        (0.25, -0.02, False, 0),
        (-0.5, 0, False, -0.5),
        (1.5, 1.25, False, 1.25),
        (100, None, False, 100),
        (1.5, 0, False, 0),
        (0.5, 0, True, 0.5),
    ],
)
def test_where_the_film_begins(first, others, is_cut, origin):
    others = None if others is None else Fraction(others)
    assert origin_of(Fraction(first), is_cut=is_cut, others=others) == origin


def test_pixels_can_be_dropped():
    (one,) = timed(frames_at([0]), Fraction(1, 25), Fraction(0), rate=Fraction(25))
    empty = one.without_pixels()
    assert empty.frame.pixels.size == 0
    assert (empty.start, empty.length) == (one.start, one.length)
