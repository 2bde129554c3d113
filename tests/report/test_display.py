"""The progress display on a terminal and in a log."""

import os
import re
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from iterates import NOTICE, make_iterate
from rich.console import Console

from ortstyle.report import display as module
from ortstyle.report.display import Display


def shown(iterates, *, terminal, quiet=False, total=4, width=100):
    console = Console(file=StringIO(), force_terminal=terminal, width=width)
    with Display(console, total, quiet=quiet) as display:
        for one in iterates:
            display.update(one)
    return console.file.getvalue()


def test_plain_lines_where_there_is_no_terminal():
    text = shown([make_iterate(1), make_iterate(4)], terminal=False)
    assert text.splitlines() == [
        "scale 1/1, 64×48: 1/4, loss 1234, 2.00 evaluations/s, 0:00:02 left",
        "scale 1/1, 64×48: 4/4, loss 1234, 2.00 evaluations/s, 0:00:00 left",
    ]


@pytest.mark.parametrize("quiet", [False, True])
def test_a_notice_comes_before_the_first_evaluation(quiet):
    console = Console(file=StringIO(), width=100)
    with Display(console, 4, quiet=quiet, heading=["heading"], notice="a notice") as display:
        display.update(make_iterate(1))
    lines = console.file.getvalue().splitlines()
    assert lines[:2] == (["a notice"] if quiet else ["heading", "a notice"])


def test_a_time_that_no_clock_can_show_is_cut():
    text = shown([replace(make_iterate(1), seconds_left=1e300)], terminal=False)
    assert "11574 days, 1:46:40 left" in text


def test_a_plain_line_is_not_wrapped():
    assert len(shown([make_iterate(1)], terminal=False, width=20).splitlines()) == 1


def test_plain_lines_come_every_few_seconds_and_last(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(module, "perf_counter", lambda: float(next(clock)))
    monkeypatch.setattr(module, "_LINE_SECONDS", 3)
    text = shown([make_iterate(i) for i in range(1, 21)], terminal=False, total=20)
    counts = [int(n) for n in re.findall(r": (\d+)/20", text)]
    assert counts[0] == 1
    assert counts[-1] == 20
    assert 3 < len(counts) < 12


def test_a_terminal_shows_a_bar_that_goes_away():
    text = shown([make_iterate(1), make_iterate(3)], terminal=True)
    assert "\x1b[" in text
    assert "3/4" in text
    assert "scale 1/1, 64×48" in text
    assert "loss 1234" in text
    assert text.endswith("\x1b[2K")  # the line is erased
    assert "64×48: " not in text  # no plain line


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (120, "scale 1/1, 64×48 .* 3/4, loss 1234, 2.00 evaluations/s, 0:00:00 left"),
        (80, "scale 1/1, 64×48 .* 3/4, loss 1234, 2.00 evaluations/s, 0:00:00 left"),
        (60, "scale 1/1, 64×48 .* 3/4, loss 1234, 0:00:00 left"),
        (40, "64×48 .* 3/4, 0:00:00 left"),
        (26, " *.* 3/4, 0:00:00 left"),
    ],
)
def test_a_narrow_terminal_still_shows_the_count_and_the_time_left(width, expected):
    text = shown([make_iterate(3)], terminal=True, width=width)
    lines = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", text).replace("\r", "\n").splitlines()
    last = next(line for line in reversed(lines) if "left" in line)
    assert re.fullmatch(expected, last.rstrip())
    bar = "━╸╺" if os.name != "nt" else "━╸╺-"  # old consoles of Windows draw it in ASCII
    assert sum(last.count(sign) for sign in bar) >= 4
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("terminal", [False, True])
def test_quiet_shows_notices_only(terminal):
    assert shown([make_iterate(1), make_iterate(4)], terminal=terminal, quiet=True) == ""
    text = shown([make_iterate(1), make_iterate(2, notice=NOTICE)], terminal=terminal, quiet=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", text) == f"{NOTICE}\n"


@pytest.mark.parametrize("terminal", [False, True])
def test_a_notice_is_shown_once_in_one_line(terminal):
    text = shown(
        [make_iterate(1), make_iterate(2, notice=NOTICE), make_iterate(3)],
        terminal=terminal,
        width=30,
    )
    assert re.sub(r"\x1b\[[\d;]*m", "", text).count(NOTICE) == 1


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_loss_that_is_no_number_is_shown(loss):
    assert f"loss {loss:.4g}" in shown([make_iterate(1, loss=loss)], terminal=False)


def test_the_bar_stops_when_the_run_fails():
    console = Console(file=StringIO(), force_terminal=True)
    display = Display(console, 4, quiet=False)
    with pytest.raises(KeyboardInterrupt), display:
        raise KeyboardInterrupt
    assert not display._bar.live.is_started


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("name", ["IMG[red]x.gif", "p[/b].gif", "a[link=b]:smile:.gif", "[", "\\["])
def test_names_of_files_are_data(terminal, name):
    console = Console(file=StringIO(), force_terminal=terminal, width=100)
    with Display(console, 4, quiet=False, heading=[f"reading {name}"]) as display:
        display.show_notice(f"checkpoints go to {name}")
        display.update(make_iterate(1, notice=f"content {name} holds 2 pictures"))
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", console.file.getvalue())
    lines = [line.rstrip() for line in text.replace("\r", "\n").splitlines()]
    assert f"reading {name}" in lines
    assert f"checkpoints go to {name}" in lines
    assert f"content {name} holds 2 pictures" in lines


def test_a_name_can_not_disturb_the_terminal():
    console = Console(file=StringIO(), width=100)
    with Display(console, 4, quiet=False, heading=["a\x1b[2J\nb"]) as display:
        display.show_notice("bad\udcffname")
    assert console.file.getvalue() == "a\\x1b[2J\\nb\nbad\\xffname\n"
