"""What is asked of a job reaches the thread that paints it."""

from threading import Thread
from time import monotonic

import pytest

from ortstyle.errors import JobError
from ortstyle.jobs.control import Control


def test_nothing_is_asked_at_first():
    control = Control()
    assert not control.is_paused
    assert not control.is_stopping
    assert not control.take_save()
    assert control.take_preview() is None


@pytest.mark.parametrize("wish", ["save", "preview"])
def test_a_wish_is_taken_once(wish):
    control = Control()
    getattr(control, wish)()
    getattr(control, wish)()
    assert getattr(control, f"take_{wish}")()
    assert not getattr(control, f"take_{wish}")()


def test_the_largest_of_the_previews_that_are_asked_for_counts():
    control = Control()
    for side in (768, 2048, 64):
        control.preview(side)
    assert control.take_preview() == 2048
    control.preview()
    assert control.take_preview() == 512


@pytest.mark.parametrize("side", [0, 63, 2049, -512, 512.0, True, "512", None])
def test_a_side_out_of_bounds_is_refused_in_one_line(side):
    control = Control()
    with pytest.raises(JobError, match="64 to 2048 pixels, not"):
        control.preview(side)
    assert control.take_preview() is None


def test_a_pause_ends_by_going_on_or_by_stopping():
    control = Control()
    control.pause()
    assert control.is_paused
    control.proceed()
    assert not control.is_paused
    control.pause()
    control.stop()
    assert not control.is_paused
    assert control.is_stopping


@pytest.mark.parametrize("ask", ["proceed", "stop", "save", "preview"])
def test_whoever_waits_hears_at_once_what_is_asked(ask):
    control = Control()
    control.pause()
    asking = Thread(target=getattr(control, ask))
    began = monotonic()
    asking.start()
    control.wait(60)
    asking.join()
    assert monotonic() - began < 30


def test_waiting_ends_after_the_time():
    control = Control()
    control.pause()
    control.wait(0.01)
    assert control.is_paused
