"""Threads side by side: all are waited for, also when the one that waits is interrupted."""

from functools import partial

import pytest

from ortstyle.jobs import threads
from ortstyle.jobs.threads import run_side_by_side


def test_all_work_is_done_before_it_returns():
    done = []

    def work(number, ended):
        done.append(number)
        ended.set()

    run_side_by_side([partial(work, n) for n in range(3)], interrupted=pytest.fail)
    assert sorted(done) == [0, 1, 2]


def test_an_interrupt_lets_the_works_end_and_is_raised_again(monkeypatch):
    has_ended, told = threads.has_ended, []
    interrupts = [KeyboardInterrupt("first"), KeyboardInterrupt("second")]

    def interrupted(thread, ended):
        if interrupts:
            raise interrupts.pop(0)
        return has_ended(thread, ended)

    def work(ended):
        while len(told) < 2:
            pass
        ended.set()

    monkeypatch.setattr(threads, "has_ended", interrupted)
    with pytest.raises(KeyboardInterrupt, match="first"):
        run_side_by_side([work], interrupted=told.append)
    assert told == [1, 2]
