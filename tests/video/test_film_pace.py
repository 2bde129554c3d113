"""Seconds a frame, and the time that is left."""

import pytest

from ortstyle.video.film_pace import FilmPace, Stopwatch, timed


def test_nothing_is_known_before_a_frame_was_measured():
    assert FilmPace().seconds_each is None
    assert FilmPace().seconds_left(others=3) is None


def test_each_kind_of_frame_has_its_own_pace():
    pace = FilmPace(ratio=99)
    pace.add(60, is_first=True)
    for _ in range(3):
        pace.add(10)
    assert pace.seconds_each == 10
    assert pace.seconds_left(firsts=2, others=5) == 170


def test_until_both_kinds_are_measured_one_tells_of_the_other():
    pace = FilmPace(ratio=6)
    pace.add(60, is_first=True)
    assert pace.seconds_left(firsts=1, others=5) == 110
    resumed = FilmPace(ratio=6)
    resumed.add(10)
    assert resumed.seconds_left(firsts=1, others=5) == 110


def test_a_pause_does_not_count():
    pace = FilmPace()
    for seconds in (1, 1, 3600, 1):
        pace.add(seconds)
    assert pace.seconds_left(others=10) == 10


def test_the_pace_follows_a_change():
    pace = FilmPace()
    for seconds in [1] * 100 + [5] * 20:
        pace.add(seconds)
    assert pace.seconds_each == 5


def test_a_stopwatch_measures_laps():
    times = iter([10.0, 12.0, 12.5])
    watch = Stopwatch(clock=lambda: next(times))
    assert [watch.lap(), watch.lap()] == pytest.approx([2.0, 0.5])


def test_frames_are_told_with_the_seconds_of_one():
    found = list(timed([4, 5]))
    assert [index for index, _ in found] == [4, 5]
    assert all(seconds >= 0 for _, seconds in found)
