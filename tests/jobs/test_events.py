"""Events: to a line of JSON and back; what is no event is refused in one line."""

import base64
from dataclasses import replace
from io import BytesIO
from math import inf, nan

import pytest
from iterates import make_iterate
from numpy import zeros
from PIL import Image

from ortstyle.errors import JobError
from ortstyle.jobs.events import Event, preview_figures, progress_figures


def test_an_event_survives_its_line():
    event = Event("progress", "0123456789abcdef", {"loss": 1.5, "text": "ä\n"})
    assert "\n" not in event.to_line()
    assert event.to_line().isascii()
    assert Event.from_line(event.to_line()) == event


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"kind": "unknown", "job": "", "figures": {}}',
        '{"kind": "done", "job": 1, "figures": {}}',
        '{"kind": "done", "job": "", "figures": []}',
        '{"kind": ["done"], "job": "", "figures": {}}',
    ],
)
def test_what_is_no_event_is_refused(line):
    with pytest.raises(JobError, match="is no event"):
        Event.from_line(line)


def test_the_figures_of_the_progress_are_those_of_the_evaluation():
    assert progress_figures(make_iterate(3), 4) == {
        "scale": [0, 1],
        "evaluations": 3,
        "of": 4,
        "loss": 1234.5,
        "terms": {"content": 1000.0, "style": 234.0, "tv": 0.5},
        "seconds": 1.5,
        "seconds_left": 0.5,
        "width": 64,
        "height": 48,
    }


@pytest.mark.parametrize("loss", [inf, -inf, nan])
def test_a_loss_that_json_cannot_hold_is_none(loss):
    assert progress_figures(make_iterate(3, loss=loss), 4)["loss"] is None
    figures = progress_figures(replace(make_iterate(3), terms={"content": 1, "style": loss}), 4)
    assert figures["terms"] == {"content": 1.0, "style": None}
    assert type(figures["terms"]["content"]) is float


def test_the_preview_is_a_jpeg_in_text():
    figures = preview_figures(make_iterate(3), evaluations=3)
    small = replace(make_iterate(3), width=128, height=72, _pixels=lambda: zeros(3 * 128 * 72))
    assert figures["evaluations"] == 3
    assert Event.from_line(Event("preview", "", figures).to_line()).figures == figures
    with Image.open(BytesIO(base64.b64decode(figures["jpeg"]))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 48))
    with Image.open(
        BytesIO(base64.b64decode(preview_figures(small, 64, evaluations=1)["jpeg"]))
    ) as picture:
        assert picture.size == (64, 36)
