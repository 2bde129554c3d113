"""Calls of several threads when the program ends."""

import threading
import time
from contextlib import suppress

from ortstyle.runtime.native_calls import NativeCalls


def begin(calls, *, until):
    """Start a thread that makes a call which lasts until an event is set."""
    began = threading.Event()

    def work():
        with calls.call():
            began.set()
            until.wait(60)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, began


def test_the_end_waits_for_calls_under_way():
    calls, until = NativeCalls(), threading.Event()
    _, began = begin(calls, until=until)
    assert began.wait(60)
    ending = threading.Thread(target=calls.end, daemon=True)
    ending.start()
    time.sleep(0.1)
    assert ending.is_alive()
    until.set()
    ending.join(60)
    assert not ending.is_alive()


def test_after_the_end_the_main_thread_alone_makes_calls():
    calls, until = NativeCalls(), threading.Event()
    until.set()
    calls.end()
    thread, began = begin(calls, until=until)
    assert not began.wait(0.1)
    assert thread.is_alive()
    with calls.call():
        pass


def test_a_call_that_fails_is_over():
    calls = NativeCalls()

    def fail():
        with calls.call():
            raise ValueError

    thread = threading.Thread(target=lambda: _swallow(fail))
    thread.start()
    thread.join()
    calls.end()


def test_an_interrupted_call_of_the_main_thread_is_not_waited_for():
    calls = NativeCalls()
    calls.call().__enter__()
    calls.end()


def _swallow(function):
    with suppress(ValueError):
        function()
