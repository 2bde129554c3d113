"""The share of a batch that is done, and the time left, from events."""

from dataclasses import replace

import pytest

from ortstyle.jobs.batch_estimate import BatchEstimate
from ortstyle.jobs.events import Event
from ortstyle.jobs.row import Row, State


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def row(number, **changes):
    values = dict.fromkeys(("error", "begun", "ended", "seconds", "sha256", "device", "owner"))
    known = {"key": f"{number:016x}", "state": State.WAITING, "attempts": 0, "added": 1.0}
    return Row(**values | known | {"work": 100.0, "data": "{}"} | changes)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def rows():
    return [row(number) for number in range(4)]


def progress(one, seconds, left):
    return Event("progress", one.key, {"seconds": seconds, "seconds_left": left})


def test_nothing_is_known_before_the_first_evaluation(rows, clock):
    estimate = BatchEstimate([], {one.key: one.work for one in rows}, devices=["cpu"], clock=clock)
    assert estimate.seconds_left is None
    assert estimate.share == 0.0


def test_jobs_of_earlier_batches_tell_the_speed(rows, clock):
    before = replace(row(9), state=State.DONE, seconds=5.0, device="cpu")
    estimate = BatchEstimate(
        [before], {one.key: one.work for one in rows}, devices=["cpu"], clock=clock
    )
    assert estimate.seconds_left == pytest.approx(20.0)
    two = BatchEstimate(
        [before], {one.key: one.work for one in rows}, devices=["cpu", "cpu"], clock=clock
    )
    assert two.seconds_left == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("work", "is_known"), [(20.0, False), (30.0, True), (390.0, True), (410.0, False)]
)
def test_jobs_of_another_size_tell_nothing(rows, clock, work, is_known):
    before = replace(row(9), state=State.DONE, seconds=5.0, device="cpu", work=work)
    works = {one.key: one.work for one in rows}
    estimate = BatchEstimate([before], works, devices=["cpu"], clock=clock)
    assert (estimate.seconds_left is not None) == is_known


def test_a_batch_from_its_beginning_to_its_end(rows, clock):
    estimate = BatchEstimate([], {one.key: one.work for one in rows}, devices=["auto"], clock=clock)
    first, second, third, fourth = rows
    estimate.take(Event("started", first.key, {"device": "cpu"}))
    clock.now += 2
    share, left = estimate.take(progress(first, 5.0, 5.0))
    assert share == pytest.approx(1 / 8)
    assert left == pytest.approx(35.0)
    assert estimate.take(progress(first, 6.0, 4.0)) == (None, None)
    share, left = estimate.take(Event("done", first.key, {"seconds": 10.0}))
    assert (share, left) == (pytest.approx(1 / 4), pytest.approx(30.0))
    estimate.take(Event("started", second.key, {"device": "cpu"}))
    share, left = estimate.take(Event("failed", second.key, {"error": "damaged"}))
    assert (share, left) == (pytest.approx(1 / 2), pytest.approx(20.0))
    estimate.take(Event("started", third.key, {"device": "cpu"}))
    estimate.take(Event("stopped", third.key, {}))
    assert estimate.seconds_left == pytest.approx(20.0)
    estimate.take(Event("done", third.key, {"seconds": 10.0}))
    share, left = estimate.take(Event("done", fourth.key, {"skipped": True, "seconds": 0.0}))
    assert (share, left) == (1.0, 0.0)


def test_events_of_other_jobs_do_no_harm(rows, clock):
    estimate = BatchEstimate([], {rows[0].key: 100.0}, devices=["cpu"], clock=clock)
    for event in (Event("notice"), Event("done", rows[1].key, {"seconds": 3.0}), Event("failed")):
        estimate.take(event)
    strange = {"seconds": "x", "seconds_left": None, "device": 5}
    for kind in ("started", "progress", "done"):
        estimate.take(Event(kind, rows[0].key, strange))
    assert estimate.share == 1.0
