"""The painter of drafts: what is shown, what is painted once, and how time is estimated."""

import re
from io import StringIO

import pytest
from fakes import before_each_evaluation
from rich.console import Console

from ortstyle.cli.draft_painter import DraftPainter, _Speed
from ortstyle.jobs.drafts import DraftFolder, plan_drafts

pytest.importorskip("onnxruntime")


@pytest.fixture
def prepare(folder, painting, tiny_settings):
    """Return a function that makes a painter of two drafts, and the console it writes to."""
    painting.rotate(90).save("other.png")

    def make(drafts, *, stops=lambda: False, names=("painting.png", "other.png"), **given):
        console = Console(file=StringIO(), width=200)
        planned = plan_drafts(
            folder / "photo.png",
            {name: folder / name for name in names},
            {"tiny": tiny_settings()},
            folder=drafts.path,
            device="cpu",
        )
        return DraftPainter(drafts, planned, console=console, is_stopping=stops, **given)

    return make


def shown(painter):
    return painter._display._console.file.getvalue()


def test_drafts_are_painted_once(folder, prepare):
    with DraftFolder(folder / "sheet.png") as drafts:
        painter = prepare(drafts)
        painter.paint()
        assert painter.painted == 2
        assert [draft.job.output.exists() for draft in painter.drafts] == [True, True]
        assert re.search(r"^painting\.png, tiny: painted in \d", shown(painter), re.MULTILINE)
        evaluations = []
        again = prepare(drafts)
        with before_each_evaluation(evaluations.append):
            again.paint()
        assert again.painted == 2
        assert evaluations == []
        assert "other.png, tiny: was painted before" in shown(again)
        drafts.clear()


def test_a_draft_that_fails_is_told_and_the_others_are_painted(folder, prepare):
    (folder / "text.png").write_text("text", encoding="utf-8")
    names = ("none.png", "text.png", "painting.png")
    with DraftFolder(folder / "sheet.png") as drafts:
        painter = prepare(drafts, names=names, quiet=True)
        painter.paint()
        drafts.clear()
    assert [bool(draft.error) for draft in painter.drafts] == [True, True, False]
    lines = shown(painter).splitlines()
    assert [line.partition(",")[0] for line in lines] == ["none.png", "text.png"]


def test_a_stop_leaves_what_goes_on(folder, prepare):
    with DraftFolder(folder / "sheet.png") as drafts:
        evaluations = []
        painter = prepare(drafts, stops=lambda: bool(evaluations))
        with before_each_evaluation(evaluations.append):
            painter.paint()
        assert painter.painted == 0
        assert not any(draft.error for draft in painter.drafts)
        assert drafts.checkpoint(painter.drafts[0].job).exists()
        again = prepare(drafts)
        again.paint()
        assert again.painted == 2
        drafts.clear()
    assert not drafts.path.exists()


@pytest.fixture
def clock():
    """Return a clock that stands still until its first element is changed."""
    return [0.0]


@pytest.fixture
def speed(clock):
    return _Speed(40.0, clock=lambda: clock[0])


def test_time_is_estimated_from_the_first_draft_on(speed, clock):
    assert speed.seconds_left() is None
    clock[0] = 3.0  # of which one was for the beginning
    speed.advance(10.0, 0.1, seconds_left=18.0)
    assert speed.seconds_left() is None
    clock[0] = 6.0
    speed.advance(10.0, 0.25, seconds_left=15.0)
    assert speed.seconds_left() == pytest.approx(15 + 3 * 21)
    assert speed.share == pytest.approx(2.5 / 40)


def test_time_is_estimated_between_drafts(speed, clock):
    clock[0] = 20.0
    speed.advance(10.0, 1.0, seconds_left=0.0)
    speed.end(10.0, counts=True)
    assert speed.seconds_left() == pytest.approx(60)
    speed.end(10.0, counts=False)  # it was painted before
    assert speed.seconds_left() == pytest.approx(40)
    assert speed.share == 0.5


def test_nothing_to_paint_is_all_done():
    assert _Speed(0.0).share == 1.0
    assert _Speed(0.0).seconds_left() is None
