"""The display of a film."""

import io

import pytest
from rich.console import Console

from ortstyle.cli.video_progress import FilmDisplay
from ortstyle.video.film_progress import FilmProgress


def told(done, count=4, phase="painting", **more):
    return FilmProgress(phase=phase, done=done, count=count, index=done - 1, **more)


def lines(steps, *, quiet=False, heading=(), seconds=0.0, terminal=False):
    file, now = io.StringIO(), [0.0]
    console = Console(file=file, width=60, force_terminal=terminal, color_system=None)
    with FilmDisplay(console, quiet=quiet, heading=heading, clock=lambda: now[0]) as display:
        for step in steps:
            display.update(step)
            now[0] += seconds
    return file.getvalue()


def test_on_a_pipe_there_is_a_line_now_and_then_and_one_at_the_end():
    found = lines([told(k) for k in (1, 2, 3, 4)], seconds=3, heading=["a [red] film"])
    assert found.splitlines() == [
        "a [red] film",
        "painting: 1/4 frames",
        "painting: 3/4 frames",
        "painting: 4/4 frames",
    ]


def test_the_pace_and_the_rest_are_told():
    found = lines([told(1, seconds_each=12.345, seconds_left=3700)])
    assert found == "painting: 1/4 frames, 12.3 s a frame, 1:01:40 left\n"


@pytest.mark.parametrize(
    ("phase", "words"),
    [("reading", "reading the clip"), ("between", "frames between"), ("writing", "writing")],
)
def test_each_phase_has_its_words(phase, words):
    assert words in lines([told(1, phase=phase)])


def test_an_unknown_count_is_left_out():
    assert lines([told(7, None, "reading")]) == "reading the clip: 7 frames\n"


def test_quiet_shows_notices_alone():
    steps = [told(1, notice="look"), told(4)]
    assert lines(steps, quiet=True, heading=["a film"]) == "look\n"


def test_a_terminal_has_a_bar_that_is_gone_in_the_end():
    found = lines([told(1, seconds_left=3), told(2)], terminal=True)
    assert "painting" in found
    assert "2/4 frames" in found
    assert found.endswith("\x1b[2K")


def test_that_the_first_frame_is_being_painted_is_told():
    found = lines([told(24, 25, "reading"), told(0, 25), told(1, 25)])
    assert found.splitlines() == ["reading the clip: 24/25 frames", "painting: 0/25 frames"]


def test_one_frame_is_singular():
    assert lines([told(1, 1)]) == "painting: 1/1 frame\n"
