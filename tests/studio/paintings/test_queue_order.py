"""The order of the queue is told after changes, once for several, and a fault ends nothing."""

import threading

import pytest
from supervised import wait_until

from ortstyle.studio.paintings import queue_order
from ortstyle.studio.paintings.queue_order import QueueOrder


@pytest.fixture
def gate():
    """Return an event that lets `tell` of the tests go on."""
    return threading.Event()


def test_several_changes_are_told_once(gate):
    told = []

    def tell():
        told.append(True)
        gate.wait(30)

    order = QueueOrder(tell)
    order.change()
    wait_until(lambda: told)
    for _ in range(10):
        order.change()
    gate.set()
    wait_until(lambda: len(told) == 2)
    order.close()
    assert len(told) == 2


def test_a_fault_is_logged_and_the_next_change_is_told(caplog):
    told = []

    def tell():
        told.append(True)
        if len(told) == 1:
            raise ZeroDivisionError

    order = QueueOrder(tell)
    order.change()
    wait_until(lambda: "could not be told" in caplog.text)
    order.change()
    wait_until(lambda: len(told) == 2)
    order.close()


def test_nothing_waits_for_a_pause_when_it_is_closed(monkeypatch, gate):
    monkeypatch.setattr(queue_order, "_SHARE", 1e9)
    told = []

    def tell():
        told.append(True)
        gate.wait(0.01)

    order = QueueOrder(tell)
    order.change()
    wait_until(lambda: told)
    order.close()
    order.close()
    order.change()
    assert len(told) == 1
