"""Lettering: any text is drawn, shortened and wrapped, also where Pillow lacks FreeType."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ortstyle.report.lettering import Lettering

TEXTS = ["photo.png", "漢字 \U0001f600 אב.jpg", "bad\udcff\x1b[2J\u202e.png", "a\nb", ""]


@pytest.fixture(params=["FreeType", "none"])
def lettering(request, monkeypatch):
    if request.param == "none":
        util = pytest.importorskip("PIL._util")
        missing = util.DeferredError.new(ImportError("Pillow was built without it"))
        monkeypatch.setattr(ImageFont, "core", missing)
    elif not isinstance(ImageFont.load_default(), ImageFont.FreeTypeFont):
        pytest.skip("this Pillow was built without FreeType")
    return Lettering(14)


def drawn(lettering, text):
    image = Image.new("RGB", (300, 40), "#ffffff")
    lettering.draw(ImageDraw.Draw(image), (20, 8), text, color="#000000")
    return np.argwhere(np.asarray(image.convert("L")) < 128)


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_can_be_drawn(lettering, text):
    found = drawn(lettering, text)
    assert (len(found) > 0) == bool(text)
    assert lettering.width(text) >= 0


def test_a_line_lies_below_and_to_the_right_of_its_point(lettering):
    found = drawn(lettering, "Ág")
    (top, left), (bottom, right) = found.min(0), found.max(0)
    assert 8 <= top < 14
    assert 20 <= left < 24
    assert bottom < 8 + lettering.height
    assert right < 20 + lettering.width("Ág") + 1


def test_a_text_that_fits_stays(lettering):
    assert lettering.shorten("a.png", lettering.width("a.png")) == "a.png"


@pytest.mark.parametrize("width", [0, 5, 60, 100])
def test_a_text_that_is_too_long_loses_its_middle(lettering, width):
    text = "a-long-name-" * 20 + "end.png"
    found = lettering.shorten(text, width)
    start, end = found.split("…")
    assert text.startswith(start)
    assert text.endswith(end)
    assert lettering.width(found) <= max(width, lettering.width("…"))
    if width == 100:
        assert lettering.width(f"{start}-{end}") > 80  # no more is left out than must be


def test_a_text_is_wrapped_between_words(lettering):
    text = "content photo.png can't be read (it is truncated); check the file"
    width = lettering.width("content photo.png can't")
    lines = lettering.wrap(text, width, lines=9)
    assert " ".join(lines) == text
    assert len(lines) > 2
    assert all(lettering.width(line) <= width for line in lines)


def test_lines_that_are_too_many_and_words_that_are_too_long_are_shortened(lettering):
    lines = lettering.wrap("one two " + "x" * 99 + " and the end", 60, lines=3)
    assert len(lines) == 3
    assert lines[0].startswith("one")
    assert lines[-1].endswith("end")
    assert all(lettering.width(line) <= 60 for line in lines)
    assert lettering.wrap("one two", 60, lines=0) == []
    assert lettering.wrap(" ", 60, lines=2) == []


def test_a_text_of_any_length_takes_no_time(lettering):
    text = "word " * 10**6
    assert len(lettering.shorten(text, 80)) < 100
    assert len(lettering.wrap(text, 80, lines=3)) == 3
