"""The preview of the picture in the terminal, above the progress bar."""

import re
from io import StringIO

import pytest
from iterates import NOTICE, make_iterate
from rich.console import Console

from ortstyle.report import terminal_preview as module
from ortstyle.report.display import Display
from ortstyle.report.terminal_preview import TerminalPreview


def screen(text):
    """Return the row at which each picture `<n>` begins, and the lines that remain at the end.

    This simulates a terminal with line feeds, carriage returns, cursor up, save and restore.
    """
    parts = re.findall(r"\x1b[78]|\x1b\[[\d;?]*[A-Za-z]|<\d+>|[\r\n]|[^\x1b\r\n<]+|<", text)
    row, saved, rows_of, lines = 0, 0, {}, {}
    for part in parts:
        if part == "\n":
            row += 1
        elif part == "\x1b7":
            saved = row
        elif part == "\x1b8":
            row = saved
        elif re.fullmatch(r"\x1b\[\d*A", part):
            row -= int(part[2:-1] or 1)
        elif re.fullmatch(r"<\d+>", part):
            rows_of[part] = row
        elif part == "\x1b[2K":
            lines[row] = ""
        elif not part.startswith("\x1b") and part != "\r":
            lines[row] = lines.get(row, "") + part
    return rows_of, lines


@pytest.fixture
def pictures(monkeypatch):
    """Return a function that shows iterates a second apart by a protocol that writes `<n>`."""
    monkeypatch.setattr(module, "perf_counter", lambda: clock[0])
    clock = [100.0]

    def show(iterates, height=40):
        count = iter(range(100))
        sizes = []

        def protocol(image, rows):
            sizes.append(image.size)
            return f"<{next(count)}>"

        console = Console(file=StringIO(), force_terminal=True, width=100, height=height)
        terminal_preview = TerminalPreview(console, protocol)
        with Display(console, 20, quiet=False) as display:
            for one in iterates:
                clock[0] += 1
                display.update(one)
                terminal_preview.update(one)
        return console.file.getvalue(), sizes

    return show


def test_pictures_come_every_few_seconds_in_one_place_above_the_bar(pictures):
    text, sizes = pictures([make_iterate(i) for i in range(1, 12)])
    rows_of, lines = screen(text)
    assert list(rows_of) == ["<0>", "<1>", "<2>"]
    assert len(set(rows_of.values())) == 1
    bar = max(lines)
    assert rows_of["<0>"] + module._ROWS == bar
    assert all(not line.strip() for row, line in lines.items() if rows_of["<0>"] <= row < bar)
    assert sizes == [(64, 48)] * 3


def test_a_notice_is_not_painted_over(pictures):
    iterates = [make_iterate(i, notice=NOTICE if i == 3 else "") for i in range(1, 8)]
    rows_of, lines = screen(pictures(iterates)[0])
    (noticed,) = [row for row, line in lines.items() if NOTICE in line]
    assert rows_of["<0>"] + module._ROWS == noticed
    assert rows_of["<1>"] == noticed + 1


def test_a_terminal_too_low_shows_no_picture(pictures):
    assert pictures([make_iterate(1)], height=8)[1] == []
