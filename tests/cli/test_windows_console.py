"""The events of a Windows console; the system's part of it is in tests/test_windows.py."""

from threading import Event, Thread

import pytest

from ortstyle.cli import windows_console
from ortstyle.cli.windows_console import CLOSING, ConsoleClosing


@pytest.mark.parametrize("event", [0, 1])
def test_ctrl_c_and_ctrl_break_are_left_to_others(event):
    closing = ConsoleClosing(lambda: pytest.fail("nothing is closed"))
    assert not closing.handle(event)
    closing.end()


@pytest.mark.parametrize("event", CLOSING)
def test_the_handler_returns_only_after_all_is_saved(monkeypatch, event):
    monkeypatch.setattr(windows_console, "_LONGER_THAN_WINDOWS_WAITS", 0)
    saved, saving = Event(), Event()

    def save():
        saving.set()
        assert saved.wait(60)

    closing, found = ConsoleClosing(save), []
    thread = Thread(target=lambda: found.append(closing.handle(event)))
    thread.start()
    assert saving.wait(60)
    closing.end()  # must not wait for the handler
    assert not found
    saved.set()
    thread.join()
    assert found == [True]
