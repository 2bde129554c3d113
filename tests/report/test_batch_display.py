"""The display of a batch on a terminal and in a log."""

import re
from io import StringIO
from threading import Thread

import pytest
from rich.console import Console

from ortstyle.report.batch_display import BatchDisplay, format_seconds


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(clock):
    """Return a function that makes a display, whose console keeps what is printed."""

    def make(*, terminal, quiet=False, width=100):
        console = Console(file=StringIO(), force_terminal=terminal, width=width)
        return BatchDisplay(console, 3, quiet=quiet, clock=clock), console

    return make


def run(display, clock):
    with display:
        display.begin("k1", "a-b[red].png", "cpu")
        display.begin("k2", "c\n.png")
        display.advance("k1", 5, 20, seconds_left=90.0)
        display.show_whole(0.1, seconds_left=300.0)
        clock.now += 31
        display.show_whole(0.4, seconds_left=200.0)
        display.show_whole(0.5, seconds_left=190.0)
        display.show_notice("c: a notice")
        display.end("k1", "done a-b[red].png")
        display.fail("k2", "failed c\n.png: damaged")
        display.fail("k3", "")


def test_plain_lines_where_there_is_no_terminal(make, clock):
    display, console = make(terminal=False)
    run(display, clock)
    assert console.file.getvalue().splitlines() == [
        "started a-b[red].png (cpu)",
        "started c\\n.png",
        "0/3 jobs, 0:03:20 left, 2 running",
        "c: a notice",
        "done a-b[red].png",
        "failed c\\n.png: damaged",
    ]


@pytest.mark.parametrize("terminal", [True, False])
def test_a_quiet_display_shows_failures_and_notices(make, clock, terminal):
    display, console = make(terminal=terminal, quiet=True)
    run(display, clock)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", console.file.getvalue())
    assert plain.splitlines() == ["c: a notice", "failed c\\n.png: damaged"]


def bars_of(display, console):
    """Return the lines of the bars as they are drawn now."""
    other = Console(file=StringIO(), width=console.width)
    other.print(display._bars.get_renderable())
    lines = other.file.getvalue().splitlines()
    return [" ".join(re.sub("[━╸╺─-]{3,}|[━╸╺]+", "|", line).split()) for line in lines]


def test_bars_of_running_jobs_and_of_the_whole(make):
    display, console = make(terminal=True)
    with display:
        display.begin("k1", "a-b[red].png", "cpu")
        display.begin("k2", "c\n.png")
        display.advance("k1", 5, 20, seconds_left=90.0)
        display.show_state("k2", "paused")
        display.show_whole(0.25, seconds_left=3600.0)
        assert bars_of(display, console) == [
            "all | 0/3 jobs, 1:00:00 left",
            "a-b[red].png | 5/20, 0:01:30 left",
            "c\\n.png | paused",
        ]
        display.end("k1", "done")
        display.end("k2", "stopped", counts=False)
        assert bars_of(display, console) == ["all | 1/3 jobs, 1:00:00 left"]


def test_long_names_leave_room_for_the_figures(make):
    display, console = make(terminal=True, width=60)
    with display:
        display.begin("k1", "a very long name of a picture " * 5)
        display.advance("k1", 5, 20, seconds_left=90.0)
        (_, line) = bars_of(display, console)
    assert line.endswith("5/20, 0:01:30 left")
    assert "…" in line


def test_figures_of_jobs_that_have_not_begun_or_are_over_do_no_harm(make):
    display, console = make(terminal=True)
    with display:
        display.advance("k", 1, 2, seconds_left=None)
        display.show_state("k", "paused")
        display.end("k", "done")
        display.begin("k", "a")
        display.begin("k", "a")
        assert len(bars_of(display, console)) == 2


def test_threads_may_use_it_at_once(make):
    display, console = make(terminal=False)

    def use(number):
        for k in range(50):
            display.begin(f"{number}-{k}", f"n{number}-{k}")
            display.advance(f"{number}-{k}", 1, 2, seconds_left=1.0)
            display.end(f"{number}-{k}", f"done n{number}-{k}")

    threads = [Thread(target=use, args=(number,)) for number in range(4)]
    with display:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(console.file.getvalue().splitlines()) == 400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0:00:00"), (41.6, "0:00:42"), (11_100, "3:05:00"), (1e300, "11574 days, 1:46:40")],
)
def test_durations(seconds, text):
    assert format_seconds(seconds) == text
