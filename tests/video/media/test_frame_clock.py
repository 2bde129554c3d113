"""Times of frames: the file's own, and what takes the place of impossible ones."""

from fractions import Fraction
from types import SimpleNamespace

from ortstyle.video.media.frame_clock import FrameClock

UNIT = Fraction(1, 1000)


def times(*pts, durations=None):
    clock = FrameClock(UNIT, Fraction(1, 25))
    durations = durations or [0] * len(pts)
    found = [
        clock.read(SimpleNamespace(pts=p, duration=d, time_base=UNIT))
        for p, d in zip(pts, durations, strict=True)
    ]
    return [round(time * 1000) for time, _ in found], clock.mended


def test_times_are_the_files_own_also_negative_and_uneven_ones():
    assert times(-80, -33, 0, 41, 1000) == ([-80, -33, 0, 41, 1000], 0)


def test_times_are_exact():
    unit = Fraction(1001, 30000)
    clock = FrameClock(unit, unit)
    frame = SimpleNamespace(pts=10**7 + 1, duration=1, time_base=unit)
    assert clock.read(frame) == ((10**7 + 1) * unit, unit)


def test_the_unit_of_the_stream_is_used_where_a_frame_has_none():
    clock = FrameClock(UNIT, Fraction(1, 25))
    assert clock.read(SimpleNamespace(pts=5, duration=0, time_base=None)) == (5 * UNIT, None)


def test_frames_without_times_follow_each_other_by_the_rate():
    assert times(None, None, None) == ([0, 40, 80], 3)


def test_a_frame_without_a_time_follows_the_duration_of_the_one_before():
    assert times(0, None, 100, durations=[30, 0, 0]) == ([0, 30, 100], 1)


def test_a_time_twice_or_a_little_back_becomes_the_next_possible_one():
    assert times(0, 40, 40, 80, 70, 120) == ([0, 40, 41, 80, 81, 120], 2)


def test_a_film_that_begins_anew_goes_on():
    assert times(5000, 5040, 0, 40, 80) == ([5000, 5040, 5080, 5120, 5160], 1)


def test_a_jump_of_days_is_left_out():
    assert times(0, 40, 10**12, 10**12 + 40) == ([0, 40, 80, 120], 1)


def test_a_beginning_that_nobody_means_becomes_zero():
    assert times(-(2**62), -(2**62) + 40) == ([0, 40], 1)


def test_a_duration_of_days_is_none():
    clock = FrameClock(UNIT, Fraction(1, 25))
    assert clock.read(SimpleNamespace(pts=0, duration=10**12, time_base=UNIT))[1] is None
