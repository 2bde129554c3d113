"""The loss as a curve: what it keeps, what it draws, in every format."""

import gc
import math
import re
import weakref
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import OutputError
from ortstyle.report.drawing import Drawing, Line, Text
from ortstyle.report.plot import LossCurve, Sample, _evaluation_ticks, _loss_ticks, _short, draw
from ortstyle.run.stylize import Iterate

SVG = "{http://www.w3.org/2000/svg}"
STYLE, TV = "#d55e00", "#009e73"


def sample(evaluation, *, scale=0, style=1e6, tv=1e3):
    losses = {"content": 1e5, "style": style, "tv": tv}
    size = 64 << scale, 48 << scale
    return Sample(scale, size, evaluation, {**losses, "total": sum(losses.values())})


def lines_of(drawing, color):
    """Give the curves of a colour, without the legend's sample."""
    lines = [s for s in drawing.shapes if isinstance(s, Line) and s.color == color]
    return [line.points for line in lines if line.points[0][1] > 40]


def texts_of(drawing):
    return [shape.text for shape in drawing.shapes if isinstance(shape, Text)]


def iterate(evaluations, pixels=None):
    return Iterate(
        width=64,
        height=48,
        scale=(0, 1),
        iteration=evaluations,
        evaluations=evaluations,
        loss=3e6 / evaluations,
        terms={"content": 1e6 / evaluations, "style": 2e6 / evaluations, "tv": 0.0},
        seconds=1.0,
        _pixels=pixels,
    )


def curve(count=20):
    found = LossCurve()
    for i in range(1, count + 1):
        found.update(iterate(i))
    return found


def test_equal_factors_are_equal_heights():
    drawing = draw([sample(i, style=10.0 ** (8 - i)) for i in range(1, 6)])
    (points,) = lines_of(drawing, STYLE)
    assert len(points) == 5
    steps = np.diff(np.array(points), axis=0)
    assert np.allclose(steps, steps[0])
    assert (steps > 0).all()  # to the right, and down


def test_every_curve_lies_within_the_drawing():
    drawing = draw([sample(i, style=10.0 ** (8 - i)) for i in range(1, 12)])
    for shape in drawing.shapes:
        for x, y in shape.points if isinstance(shape, Line) else [shape.point]:
            assert 0 <= x <= drawing.width
            assert 0 <= y <= drawing.height


def test_scales_are_apart_and_named():
    samples = [sample(i, scale=i > 3) for i in range(1, 7)]
    drawing = draw(samples)
    first, second = lines_of(drawing, STYLE)
    assert (len(first), len(second)) == (3, 3)
    assert {"64 x 48", "128 x 96"} <= set(texts_of(drawing))
    (upright,) = {x for (x, y), (x2, y2) in lines_of(drawing, "#aaaaaa") if x > 100}
    assert upright == second[0][0]
    assert "64 x 48" not in texts_of(draw(samples[:3]))  # one scale needs no mark


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 0.0])
def test_what_has_no_logarithm_is_a_gap(value):
    drawing = draw([sample(i, style=value if i == 3 else 1e6) for i in range(1, 7)])
    assert [len(points) for points in lines_of(drawing, STYLE)] == [2, 3]
    assert np.isfinite(lines_of(drawing, STYLE)[0]).all()


def test_a_term_that_is_never_shown_is_not_in_the_legend():
    drawing = draw([sample(i, tv=0.0) for i in range(1, 4)])
    assert "smoothness" not in texts_of(drawing)
    assert "smoothness" in texts_of(draw([sample(1)]))
    assert not lines_of(drawing, TV)


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("value", [math.nan, 5.0])
def test_runs_too_short_for_a_curve(count, value):
    losses = {"style": value, "total": value}
    drawing = draw([Sample(0, (8, 8), 1, losses)] * count)
    ET.fromstring(drawing.svg())  # noqa: S314  our own
    assert drawing.picture().size == (drawing.width, drawing.height)


def test_ticks_are_round_and_few():
    for low, high in [(1.2, 9.7), (5.0, 5.1), (3.9, 5.2), (0.0, 2.0), (6.30, 6.45)]:
        ticks = _loss_ticks(low, high)
        assert 4 <= len(ticks) <= 12
        assert all(low - 1e-9 <= math.log10(tick) <= high + 1e-9 for tick in ticks)
    for last in (1, 2, 7, 80, 300, 1000, 12345):
        ticks = _evaluation_ticks(1, last)
        assert ticks == sorted(set(ticks))
        assert len(ticks) <= 10
        assert ticks[0] <= max(2, last / 8)
    assert _evaluation_ticks(1, 300) == [1, 50, 100, 150, 200, 250, 300]
    assert [_short(x) for x in (12.5e6, 3e3, 0.01, 2e9, 7)] == ["12.5M", "3k", "0.01", "2G", "7"]


def test_the_iterates_are_let_go():
    pixels = np.zeros(3 * 64 * 48, np.float32)
    seen, found = weakref.ref(pixels), LossCurve()
    found.update(iterate(1, lambda p=pixels: p))
    del pixels
    gc.collect()
    assert seen() is None


def test_svg(tmp_path):
    curve().save(tmp_path / "loss.svg")
    root = ET.parse(tmp_path / "loss.svg").getroot()  # noqa: S314  our own
    assert root.tag == f"{SVG}svg"
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {"content", "style", "total", "evaluations", "loss"} <= texts
    counts = [len(line.get("points").split()) for line in root.iter(f"{SVG}polyline")]
    assert counts.count(20) == 3


def test_html_holds_the_same(tmp_path):
    found = curve()
    found.save(tmp_path / "loss.html")
    text = (tmp_path / "loss.html").read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert found.drawing().svg() in text
    assert not re.search(r"<script|src=|href=", text)


def test_png_holds_the_same(tmp_path):
    found = curve()
    found.save(tmp_path / "loss.png")
    drawing = found.drawing()
    with Image.open(tmp_path / "loss.png") as image:
        assert (image.format, image.size) == ("PNG", (drawing.width, drawing.height))
        (points,) = lines_of(drawing, STYLE)
        red, _, blue = image.convert("RGB").getpixel([round(c) for c in points[0]])
        assert red > 150 > blue  # the curve is there
        assert image.convert("RGB").getpixel((drawing.width - 3, 3)) == (255, 255, 255)


def test_texts_are_escaped():
    drawing = Drawing(10, 10, [Text((1, 1), "a < b & c")])
    assert "a &lt; b &amp; c" in drawing.svg()


def test_a_plot_that_can_not_be_written(tmp_path):
    with pytest.raises(OutputError, match="choose another place with --plot"):
        curve().save(tmp_path / "none" / "loss.svg")
    assert list(tmp_path.iterdir()) == []
