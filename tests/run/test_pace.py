"""The time that a run took and that is left, with pauses of all kinds."""

import pytest

from ortstyle.run.pace import Pace


class Clocks:
    """A pace whose clocks stand still until an evaluation is made."""

    def __init__(self, seconds=0.0, cores=1.0):
        self.now, self.busy, self.cores = 1000.0, 50.0, cores
        self.pace = Pace(seconds, clock=lambda: self.now, processor=lambda: self.busy)

    def evaluate(self, *durations, pause=0.0):
        for seconds in durations:
            self.now += seconds + pause
            self.busy += seconds * self.cores
            self.pace.count_evaluation()
        return self


def at_scale(pixels=100, **given):
    clocks = Clocks(**given)
    clocks.now += 7  # what is done before the first scale is no part of the optimisation
    clocks.pace.begin_scale(pixels)
    return clocks


def test_without_a_pause_all_time_counts():
    clocks = at_scale().evaluate(0.5, 1.5, 1.0)
    assert clocks.pace.seconds == pytest.approx(3)
    assert clocks.pace.seconds_each == pytest.approx(1)


@pytest.mark.parametrize("pause", [0.5, 60.0])
def test_a_pause_that_is_told_does_not_count_however_short(pause):
    clocks = at_scale().evaluate(20.0, 20.0)
    clocks.now += pause
    clocks.pace.skip()
    clocks.evaluate(20.0)
    assert clocks.pace.seconds == pytest.approx(60)
    assert clocks.pace.seconds_each == pytest.approx(20)


def test_a_pause_before_the_first_scale_changes_nothing():
    clocks = Clocks()
    clocks.pace.skip()
    clocks.now += 7
    clocks.pace.begin_scale(100)
    assert clocks.evaluate(1.0).pace.seconds == pytest.approx(1)


@pytest.mark.parametrize("cores", [0.01, 1.0, 16.0])  # the first, where another device works
@pytest.mark.parametrize("before", [1, 2, 30])
def test_a_pause_does_not_count(cores, before):
    clocks = at_scale(cores=cores).evaluate(*[0.5] * before).evaluate(0.5, pause=45)
    for _ in range(3):
        assert clocks.pace.seconds == pytest.approx(0.5 * len(clocks.pace._taken))
        assert clocks.pace.seconds_each == pytest.approx(0.5)
        clocks.evaluate(0.5)


def test_pauses_may_be_many():
    clocks = at_scale().evaluate(0.5, 0.5, 0.5)
    for _ in range(20):
        clocks.evaluate(0.5, pause=3600).evaluate(0.5)
    assert clocks.pace.seconds == pytest.approx(0.5 * 43)
    assert clocks.pace.seconds_each == pytest.approx(0.5)


def test_a_pause_in_the_first_evaluation():
    clocks = at_scale().evaluate(0.5, pause=45)
    assert clocks.pace.seconds == pytest.approx(0.5)
    assert clocks.pace.seconds_each == pytest.approx(0.5)
    clocks.evaluate(0.5, 0.5)
    assert clocks.pace.seconds == pytest.approx(1.5)
    assert clocks.pace.seconds_each == pytest.approx(0.5)


def test_a_short_pause_in_the_first_evaluation_is_no_longer_in_the_time_left():
    clocks = at_scale().evaluate(0.5, pause=9).evaluate(0.5)
    assert clocks.pace.seconds == pytest.approx(10)
    assert clocks.pace.seconds_each == pytest.approx(0.5)


def test_a_pause_in_the_first_evaluation_of_a_finer_scale():
    clocks = at_scale(100).evaluate(0.5, 0.5, 0.5)
    clocks.pace.begin_scale(400)
    clocks.evaluate(2.0, pause=600)
    assert clocks.pace.seconds == pytest.approx(3.5)
    assert clocks.pace.seconds_each == pytest.approx(2)


def test_opening_a_finer_scale_is_part_of_the_run_and_not_of_its_evaluations():
    clocks = at_scale(100).evaluate(0.5, 0.5)
    clocks.now += 3
    clocks.pace.begin_scale(200)
    clocks.evaluate(1.0)
    assert clocks.pace.seconds == pytest.approx(5)
    assert clocks.pace.seconds_each == pytest.approx(1)


def test_much_work_is_no_pause():
    clocks = at_scale().evaluate(0.5, 0.5, 0.5, 40.0)
    assert clocks.pace.seconds == pytest.approx(41.5)
    assert clocks.pace.seconds_each == pytest.approx(0.5), "it happens once"
    clocks.evaluate(*[40.0] * 9)
    assert clocks.pace.seconds == pytest.approx(401.5)
    assert clocks.pace.seconds_each > 30


def test_seconds_go_on_where_a_run_was_stopped():
    clocks = at_scale(seconds=1000.0).evaluate(0.5)
    assert clocks.pace.seconds == pytest.approx(1000.5)


def test_the_pace_follows_what_was_measured_last():
    clocks = at_scale().evaluate(*[1.0] * 300).evaluate(*[3.0] * 100)
    assert clocks.pace.seconds_each == pytest.approx(3)
    assert clocks.pace.seconds == pytest.approx(600)
