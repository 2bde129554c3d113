"""Items that are given to a function in another thread."""

import threading

import pytest

from ortstyle.video.handover import HandoverStopped, hand_over


def drain(generator):
    """Return what a generator yields and what it returns."""
    found = []
    while True:
        try:
            found.append(next(generator))
        except StopIteration as end:
            return found, end.value


def test_all_items_arrive_in_order():
    assert drain(hand_over("abc", list)) == ([1, 2, 3], ["a", "b", "c"])


def test_no_items_are_items_too():
    assert drain(hand_over([], list)) == ([], [])


def test_the_function_runs_in_another_thread():
    _, name = drain(hand_over([1], lambda items: [*items] and threading.current_thread().name))
    assert name != threading.current_thread().name


@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_error_of_the_function_ends_the_handover(after):
    def take(items):
        for number, _ in enumerate(items):
            if number >= after:
                break
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        drain(hand_over(iter(range(1000)), take))


def stopping(found):
    def take(items):
        try:
            for item in items:
                found.append(item)
        except HandoverStopped:
            found.append("stopped")
            raise

    return take


def test_closing_stops_the_function_and_waits_for_it():
    found = []
    handover = hand_over(range(1000), stopping(found))
    next(handover)
    handover.close()
    assert found[-1] == "stopped"
    assert len(found) < 10


def test_an_error_of_the_items_stops_the_function():
    def items():
        yield 1
        raise ZeroDivisionError

    found = []
    with pytest.raises(ZeroDivisionError):
        drain(hand_over(items(), stopping(found)))
    assert found == [1, "stopped"]
