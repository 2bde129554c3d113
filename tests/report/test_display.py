"""What a run says of itself: on a terminal, in a log, in a trace."""

import json
import re
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from ortstyle.errors import OutputError
from ortstyle.report import display as report
from ortstyle.report.display import Display, TerminalPreview, Trace
from ortstyle.run.stylize import Iterate

NOTICE = "evaluation 2: the loss ran away; starting again from the best picture"


def iterate(evaluations, *, notice="", loss=1234.5):
    terms = {"content": 1000.0, "style": 234.0, "tv": 0.5}
    return Iterate(
        width=64,
        height=48,
        scale=(0, 1),
        iteration=evaluations - 1,
        evaluations=evaluations,
        loss=loss,
        terms=terms,
        seconds=evaluations / 2,
        seconds_left=(4 - evaluations) / 2,
        notice=notice,
        _pixels=np.zeros(3 * 64 * 48, np.float32),
    )


def shown(iterates, *, terminal, quiet=False, total=4, width=100):
    console = Console(file=StringIO(), force_terminal=terminal, width=width)
    with Display(console, total, quiet=quiet) as display:
        for one in iterates:
            display.update(one)
    return console.file.getvalue()


def test_plain_lines_where_there_is_no_terminal():
    text = shown([iterate(1), iterate(4)], terminal=False)
    assert text.splitlines() == [
        "scale 1/1, 64×48: 1/4, loss 1234, 2.00 iterations/s, 0:00:02 left",
        "scale 1/1, 64×48: 4/4, loss 1234, 2.00 iterations/s, 0:00:00 left",
    ]


def test_a_plain_line_is_not_wrapped():
    assert len(shown([iterate(1)], terminal=False, width=20).splitlines()) == 1


def test_plain_lines_come_every_few_seconds_and_last(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(report, "perf_counter", lambda: float(next(clock)))
    monkeypatch.setattr(report, "_PLAIN_SECONDS", 3)
    text = shown([iterate(i) for i in range(1, 21)], terminal=False, total=20)
    counts = [int(n) for n in re.findall(r": (\d+)/20", text)]
    assert counts[0] == 1
    assert counts[-1] == 20
    assert 3 < len(counts) < 12


def test_a_terminal_shows_a_bar_that_goes_away():
    text = shown([iterate(1), iterate(3)], terminal=True)
    assert "\x1b[" in text
    assert "3/4" in text
    assert "scale 1/1, 64×48" in text
    assert "loss 1234" in text
    assert text.endswith("\x1b[2K")  # the line is erased
    assert "64×48: " not in text  # no plain line


@pytest.mark.parametrize("terminal", [False, True])
def test_quiet_shows_notices_only(terminal):
    assert shown([iterate(1), iterate(4)], terminal=terminal, quiet=True) == ""
    text = shown([iterate(1), iterate(2, notice=NOTICE)], terminal=terminal, quiet=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", text) == f"{NOTICE}\n"


@pytest.mark.parametrize("terminal", [False, True])
def test_a_notice_is_shown_once_in_one_line(terminal):
    text = shown([iterate(1), iterate(2, notice=NOTICE), iterate(3)], terminal=terminal, width=30)
    assert re.sub(r"\x1b\[[\d;]*m", "", text).count(NOTICE) == 1


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_loss_that_is_no_number_is_shown(loss):
    assert f"loss {loss:.4g}" in shown([iterate(1, loss=loss)], terminal=False)


def test_the_bar_stops_when_the_run_fails():
    console = Console(file=StringIO(), force_terminal=True)
    display = Display(console, 4, quiet=False)
    with pytest.raises(KeyboardInterrupt), display:
        raise KeyboardInterrupt
    assert not display._bar.live.is_started


# Pictures in the terminal


def screen(text):
    """Give the row, counted from the first, at which each picture `<n>` begins; the final lines.

    A small terminal: line feeds, carriage returns, cursor up, save and restore.
    """
    parts = re.findall(r"\x1b[78]|\x1b\[[\d;?]*[A-Za-z]|<\d+>|[\r\n]|[^\x1b\r\n<]+|<", text)
    row, saved, places, lines = 0, 0, {}, {}
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
            places[part] = row
        elif part == "\x1b[2K":
            lines[row] = ""
        elif not part.startswith("\x1b") and part != "\r":
            lines[row] = lines.get(row, "") + part
    return places, lines


@pytest.fixture
def pictures(monkeypatch):
    """Give a function that shows iterates a second apart with a protocol that writes `<n>`."""
    monkeypatch.setattr(report, "perf_counter", lambda: clock[0])
    clock = [100.0]

    def show(iterates, height=40):
        count = iter(range(100))
        sizes = []

        def protocol(image, rows):
            sizes.append(image.size)
            return f"<{next(count)}>"

        console = Console(file=StringIO(), force_terminal=True, width=100, height=height)
        thumbnails = TerminalPreview(console, protocol)
        with Display(console, 20, quiet=False) as display:
            for one in iterates:
                clock[0] += 1
                display.update(one)
                thumbnails.update(one)
        return console.file.getvalue(), sizes

    return show


def painted(i, **changes):
    return replace(iterate(i, **changes), _pixels=lambda: np.zeros(3 * 64 * 48, np.float32))


def test_pictures_come_every_few_seconds_in_one_place_above_the_bar(pictures):
    text, sizes = pictures([painted(i) for i in range(1, 12)])
    places, lines = screen(text)
    assert list(places) == ["<0>", "<1>", "<2>"]
    assert len(set(places.values())) == 1
    bar = max(lines)
    assert places["<0>"] + report._THUMBNAIL_ROWS == bar
    assert all(not line.strip() for row, line in lines.items() if places["<0>"] <= row < bar)
    assert sizes == [(64, 48)] * 3


def test_a_notice_is_not_painted_over(pictures):
    iterates = [painted(i, notice=NOTICE if i == 3 else "") for i in range(1, 8)]
    places, lines = screen(pictures(iterates)[0])
    (noticed,) = [row for row, line in lines.items() if NOTICE in line]
    assert places["<0>"] + report._THUMBNAIL_ROWS == noticed
    assert places["<1>"] == noticed + 1


def test_a_terminal_too_low_shows_no_picture(pictures):
    assert pictures([painted(1)], height=8)[1] == []


# The trace


def read_lines(path):
    def refuse(constant):
        pytest.fail(f"{constant} is no JSON")

    lines = path.read_text("utf-8").splitlines()
    return [json.loads(line, parse_constant=refuse) for line in lines]


def test_the_trace_says_what_ran_then_every_evaluation(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text("from before\n" * 100)
    with Trace(path, {"settings": {"size": 64}, "device": "cpu"}) as trace:
        assert len(read_lines(path)) == 1
        for i in (1, 2):
            trace.update(iterate(i))
            assert len(read_lines(path)) == 1 + i  # so that one can watch it grow
    first, *rest = read_lines(path)
    assert first == {"run": {"settings": {"size": 64}, "device": "cpu"}}
    assert rest == [
        {
            "scale": 0,
            "width": 64,
            "height": 48,
            "evaluation": i,
            "loss": 1234.5,
            "terms": {"content": 1000.0, "style": 234.0, "tv": 0.5},
            "seconds": i / 2,
        }
        for i in (1, 2)
    ]


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_the_trace_is_json_whatever_the_loss(tmp_path, loss):
    with Trace(tmp_path / "run.jsonl", {}) as trace:
        trace.update(iterate(1, loss=loss))
    assert read_lines(tmp_path / "run.jsonl")[1]["loss"] is None


@pytest.mark.parametrize("name", ["none/run.jsonl", "folder"])
def test_a_trace_that_can_not_be_written(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError) as caught:
        Trace(tmp_path / name, {})
    assert str(caught.value).startswith(f"trace {tmp_path / name} can't be written: ")
    assert not (tmp_path / "none").exists()


def test_a_disk_that_fills_up(tmp_path):
    class Full(StringIO):
        def flush(self):
            raise OSError(28, "No space left on device")

    with Trace(tmp_path / "run.jsonl", {}) as trace:
        trace._file.close()
        trace._file = Full()
        with pytest.raises(OutputError, match=r"run\.jsonl: No space left on device"):
            trace.update(iterate(1))
