"""What events tell is kept while a painting is painted, and within bounds."""

import pytest

from ortstyle.jobs.events import Event
from ortstyle.studio.paintings.live import Live, LiveProgress

FIGURES = {
    "scale": [1, 3],
    "evaluations": 7,
    "of": 50,
    "loss": 2.5,
    "terms": {"style": 2.0},
    "seconds": 1.5,
    "seconds_left": 4.5,
    "width": 64,
    "height": 48,
}


@pytest.fixture
def board():
    return LiveProgress()


def test_progress_is_kept(board):
    board.take("a", Event("progress", "key", FIGURES))
    live = board.get("a")
    names = ("evaluations", "of", "loss", "seconds", "seconds_left", "scale")
    of_films = dict.fromkeys(("phase", "frame", "frames", "frames_of"))
    assert live.progress == of_films | {name: FIGURES[name] for name in names}
    assert (live.width, live.height) == (64, 48)
    assert board.get("b") == Live()


def test_progress_of_a_film_has_its_frames(board):
    figures = {"phase": "painting", "frame": 4, "frames": 5, "frames_of": 12}
    board.take("a", Event("progress", "key", FIGURES | figures))
    assert figures.items() <= board.get("a").progress.items()
    board.take("a", Event("progress", "key", FIGURES | figures | {"phase": "dreaming"}))
    assert board.get("a").progress["phase"] is None


def test_figures_of_a_damaged_event_are_left_out(board):
    figures = dict.fromkeys(FIGURES, "x") | {"loss": float("nan"), "scale": [1]}
    board.take("a", Event("progress", "key", figures))
    live = board.get("a")
    assert live.progress["loss"] is None
    assert live.progress["scale"] is None
    assert live.progress["evaluations"] == 0
    assert live.width is None


def test_notices_are_kept_once_and_a_few_of_them(board):
    for number in (1, 1, 2, 3, 4, 5, 6):
        board.take("a", Event("notice", "key", {"text": f"{number}" * 1000}))
    notices = board.get("a").notices
    assert [each[0] for each in notices] == ["2", "3", "4", "5", "6"]
    assert max(map(len, notices)) == 500


def test_what_is_over_is_forgotten(board):
    for _ in range(2):
        board.take("a", Event("progress", "key", FIGURES))
        board.forget("a")
    board.forget("a")
    assert len(board) == 0
