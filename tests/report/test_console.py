"""Which terminals lines are redrawn on, and how text reaches them."""

import sys
from io import StringIO

import pytest

from ortstyle.report.console import can_redraw, open_console


class Terminal(StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("xterm-256color", True),
        ("tmux-256color", True),
        ("screen.xterm-256color", True),
        ("xterm-kitty", True),
        ("st-256color", True),
        ("linux", True),
        ("vt100", True),
        ("dumb", False),
        ("unknown", False),
        ("foo", False),
        ("", False),
    ],
)
def test_a_terminal_is_known_by_its_name(monkeypatch, name, known):
    monkeypatch.setattr(sys, "platform", "linux")
    assert can_redraw({"TERM": name}) == known


def test_a_terminal_without_a_name_is_known_on_windows_only(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert not can_redraw({})
    monkeypatch.setattr(sys, "platform", "win32")
    assert can_redraw({})
    assert not can_redraw({"TERM": "dumb"})


@pytest.mark.parametrize("name", ["dumb", "foo"])
def test_an_unknown_terminal_gets_what_a_pipe_gets(monkeypatch, name):
    monkeypatch.setenv("TERM", name)
    monkeypatch.setattr(sys, "stderr", Terminal())
    console = open_console(stderr=True)
    console.print("[red]a[/x] :smile: 1/2", style="yellow")
    assert not console.is_terminal
    assert sys.stderr.getvalue() == "[red]a[/x] :smile: 1/2\n"


def test_a_known_terminal_is_one(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert open_console().is_terminal


@pytest.mark.parametrize("stream", [StringIO(), None])
def test_a_pipe_stays_one_where_colour_is_forced(monkeypatch, stream):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", stream)
    assert not open_console(stderr=True).is_terminal
