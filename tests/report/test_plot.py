"""The plot of a loss curve: what is drawn, and every format that it is saved in."""

import math
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from iterates import make_iterate
from PIL import Image

from ortstyle.errors import OutputError
from ortstyle.report.drawing import Line, Text
from ortstyle.report.loss_curve import LossCurve, LossSample
from ortstyle.report.plot import draw_losses, save_plot

SVG = "{http://www.w3.org/2000/svg}"
STYLE, TV = "#d55e00", "#009e73"


def sample(evaluation, *, scale=0, style=1e6, tv=1e3):
    losses = {"content": 1e5, "style": style, "tv": tv}
    return LossSample(
        scale=scale,
        size=(64 << scale, 48 << scale),
        evaluation=evaluation,
        losses={**losses, "total": sum(losses.values())},
    )


def falling_curve(count=20):
    curve = LossCurve()
    for i in range(1, count + 1):
        terms = {"content": 1e6 / i, "style": 2e6 / i, "tv": 0.0}
        curve.update(replace(make_iterate(i, loss=3e6 / i), terms=terms))
    return curve


def lines_of(drawing, color):
    """Return the lines of a colour, without the one in the legend."""
    lines = [s for s in drawing.shapes if isinstance(s, Line) and s.color == color]
    return [line.points for line in lines if line.points[0][1] > 40]


def texts_of(drawing):
    return [shape.text for shape in drawing.shapes if isinstance(shape, Text)]


def test_equal_factors_are_equal_heights():
    drawing = draw_losses([sample(i, style=10.0 ** (8 - i)) for i in range(1, 6)])
    (points,) = lines_of(drawing, STYLE)
    assert len(points) == 5
    steps = np.diff(np.array(points), axis=0)
    assert np.allclose(steps, steps[0])
    assert (steps > 0).all()  # to the right, and down


def test_every_curve_lies_within_the_drawing():
    drawing = draw_losses([sample(i, style=10.0 ** (8 - i)) for i in range(1, 12)])
    for shape in drawing.shapes:
        for x, y in shape.points if isinstance(shape, Line) else [shape.point]:
            assert 0 <= x <= drawing.width
            assert 0 <= y <= drawing.height


def test_scales_are_apart_and_named():
    samples = [sample(i, scale=i > 3) for i in range(1, 7)]
    drawing = draw_losses(samples)
    first, second = lines_of(drawing, STYLE)
    assert (len(first), len(second)) == (3, 3)
    assert {"64 x 48", "128 x 96"} <= set(texts_of(drawing))
    (upright,) = {x for (x, y), (x2, y2) in lines_of(drawing, "#aaaaaa") if x > 100}
    assert upright == second[0][0]
    assert "64 x 48" not in texts_of(draw_losses(samples[:3]))  # one scale needs no mark


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 0.0])
def test_what_has_no_logarithm_is_a_gap(value):
    drawing = draw_losses([sample(i, style=value if i == 3 else 1e6) for i in range(1, 7)])
    assert [len(points) for points in lines_of(drawing, STYLE)] == [2, 3]
    assert np.isfinite(lines_of(drawing, STYLE)[0]).all()


def test_a_term_that_is_never_shown_is_not_in_the_legend():
    drawing = draw_losses([sample(i, tv=0.0) for i in range(1, 4)])
    assert "smoothness" not in texts_of(drawing)
    assert "smoothness" in texts_of(draw_losses([sample(1)]))
    assert not lines_of(drawing, TV)


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("value", [math.nan, 5.0])
def test_runs_too_short_for_a_curve(count, value):
    losses = {"style": value, "total": value}
    only = LossSample(scale=0, size=(8, 8), evaluation=1, losses=losses)
    drawing = draw_losses([only] * count)
    ET.fromstring(drawing.to_svg())  # noqa: S314  our own
    assert drawing.to_image().size == (drawing.width, drawing.height)


def test_svg(tmp_path):
    save_plot(falling_curve(), tmp_path / "loss.svg")
    root = ET.parse(tmp_path / "loss.svg").getroot()  # noqa: S314  our own
    assert root.tag == f"{SVG}svg"
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {"content", "style", "total", "evaluations", "loss"} <= texts
    counts = [len(line.get("points").split()) for line in root.iter(f"{SVG}polyline")]
    assert counts.count(20) == 3


def test_html_holds_the_same(tmp_path):
    curve = falling_curve()
    save_plot(curve, tmp_path / "loss.html")
    text = (tmp_path / "loss.html").read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert draw_losses(curve.samples).to_svg() in text
    assert not re.search(r"<script|src=|href=", text)


def test_png_holds_the_same(tmp_path):
    curve = falling_curve()
    save_plot(curve, tmp_path / "loss.png")
    drawing = draw_losses(curve.samples)
    with Image.open(tmp_path / "loss.png") as image:
        assert (image.format, image.size) == ("PNG", (drawing.width, drawing.height))
        (points,) = lines_of(drawing, STYLE)
        red, _, blue = image.convert("RGB").getpixel([round(c) for c in points[0]])
        assert red > 150 > blue  # the curve is there
        assert image.convert("RGB").getpixel((drawing.width - 3, 3)) == (255, 255, 255)


def test_a_plot_that_can_not_be_written(tmp_path):
    with pytest.raises(OutputError, match="choose another place with --plot"):
        save_plot(falling_curve(), tmp_path / "none" / "loss.svg")
    assert list(tmp_path.iterdir()) == []
