"""The time of an order is estimated from paintings that this machine has painted."""

import pytest

from ortstyle.jobs.row import Row, State
from ortstyle.studio.orders.times import Times


def row(seconds, work, *, device="cpu", state=State.DONE):
    return Row(
        key="a" * 16,
        state=state,
        attempts=1,
        error=None,
        added=1.0,
        begun=1.0,
        ended=2.0,
        seconds=seconds,
        work=work,
        sha256=None,
        device=device,
        owner=None,
        data="{}",
    )


def test_nothing_is_known_before_the_first_painting():
    times = Times()
    times.learn(row(5, 100, state=State.FAILED))
    times.learn(row(None, 100))
    times.learn(row(5, None))
    assert times.seconds("cpu", 100) is None
    assert times.seconds("auto", 100) is None


def test_the_time_follows_from_work_and_overhead():
    times = Times()
    times.learn(row(3, 100))
    times.learn(row(5, 200))
    assert times.seconds("cpu", 300) == pytest.approx(7)
    assert times.seconds("cuda", 300) is None


def test_auto_is_the_device_that_has_painted_last():
    times = Times()
    times.learn(row(100, 100, device="auto"), device="cpu")
    times.learn(row(1, 100, device="auto"), device="cuda")
    assert times.seconds("auto", 100) == pytest.approx(1)
    assert times.seconds("cpu", 100) == pytest.approx(100)


def test_only_recent_paintings_count():
    times = Times()
    for seconds in [100] * 20 + [1] * 20:
        times.learn(row(seconds, 100))
    assert times.seconds("cpu", 100) == pytest.approx(1)
