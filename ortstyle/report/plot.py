"""The plot of a loss curve: every term and their sum over the evaluations, on a log axis."""

import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import inf, isfinite, log10
from pathlib import Path

from PIL import PngImagePlugin

from ortstyle.files import save_file
from ortstyle.report.drawing import Drawing, Line, Point, Text
from ortstyle.report.loss_curve import TOTAL, LossCurve, LossSample
from ortstyle.report.ticks import abbreviate, evaluation_ticks, loss_ticks

_WIDTH, _HEIGHT = 880, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 860, 56, 424  # edges of the area between the axes
# The palette of Okabe and Ito, which people with any colour vision can tell apart.
_COLORS = {"content": "#0072b2", "style": "#d55e00", "tv": "#009e73", TOTAL: "#222222"}
_OTHER_COLORS = ("#cc79a7", "#e69f00", "#56b4e9")
_LABELS = {"tv": "smoothness"}  # labels of terms whose names say too little
_GRID, _INK = "#e4e4e4", "#666666"
_SMALLEST = 1e-7  # losses below this fraction of the largest one are not shown


def save_plot(curve: LossCurve, path: Path) -> None:
    """Save the plot of a loss curve in the format that the suffix names: .png, .svg or .html.

    Raises
    ------
    OutputError
        The file can't be written.
    """
    drawing = draw_losses(curve.samples)
    if path.suffix.lower() == ".png":
        file = io.BytesIO()
        mark = PngImagePlugin.PngInfo()
        mark.add_text("Software", "ortstyle")
        drawing.to_image().save(file, "PNG", pnginfo=mark)
        save_file(path, file.getvalue(), option="plot")
    else:
        svg = drawing.to_svg()
        text = _MARK + svg if path.suffix.lower() == ".svg" else _PAGE.format(svg=svg)
        save_file(path, text.encode(), option="plot")


_MARK = "<!-- drawn by ortstyle -->\n"
_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ortstyle: loss</title>
<style>body {{ margin: 1rem }} svg {{ max-width: 100%; height: auto }}</style>
{svg}</html>
"""


def draw_losses(samples: Sequence[LossSample]) -> Drawing:
    """Return the plot of every term and their sum, with the loss on a logarithmic axis.

    A loss without a logarithm (zero, negative, infinite or NaN) leaves a gap in its line.
    """
    axes = _Axes(samples)
    drawing = Drawing(_WIDTH, _HEIGHT)
    drawing.shapes += _draw_axes(axes)
    drawing.shapes += _draw_scales(axes, samples)
    names = list(dict.fromkeys(name for sample in samples for name in sample.losses))
    other_colors = iter(_OTHER_COLORS * len(names))
    x = float(_LEFT)  # where the next entry of the legend begins
    for name in names:
        color = _COLORS.get(name) or next(other_colors)
        width = 2.6 if name == TOTAL else 1.8
        lines = list(_unbroken_lines(axes, samples, name=name))
        if lines:
            drawing.shapes += [Line(points, color, width=width) for points in lines]
            label = _LABELS.get(name, name)
            drawing.shapes += [
                Line([(x, 22), (x + 26, 22)], color, width=width),
                Text((x + 34, 22), label, size=15),
            ]
            x += 34 + 9 * len(label) + 30
    return drawing


class _Axes:
    """Converts an evaluation and a loss to coordinates in the drawing."""

    def __init__(self, samples: Sequence[LossSample]) -> None:
        values = [v for s in samples for v in s.losses.values() if isfinite(v) and v > 0]
        largest = max(values, default=10.0)
        smallest = min((v for v in values if v > largest * _SMALLEST), default=1.0)
        self.low, self.high = log10(smallest), log10(largest)
        if self.high - self.low < 0.1:  # draw a loss that hardly changes at half the height
            self.low, self.high = self.low - 0.05, self.high + 0.05
        self.first = min((s.evaluation for s in samples), default=1)
        self.last = max((s.evaluation for s in samples), default=1)

    def x(self, evaluation: float) -> float:
        """Return the horizontal coordinate of an evaluation."""
        span = max(self.last - self.first, 1)
        return _LEFT + (_RIGHT - _LEFT) * (evaluation - self.first) / span

    def y(self, loss: float) -> float:
        """Return the vertical coordinate of a loss."""
        fraction = (log10(loss) - self.low) / (self.high - self.low)
        return _BOTTOM - (_BOTTOM - _TOP) * fraction

    def shows(self, loss: float) -> bool:
        """Tell whether a loss has a logarithm that lies on the axis."""
        return isfinite(loss) and loss > 0 and log10(loss) >= self.low


def _unbroken_lines(
    axes: _Axes, samples: Sequence[LossSample], *, name: str
) -> Iterator[list[Point]]:
    """Yield the points of a term's line in pieces without a gap, each within one scale."""

    def scale_and_shown(sample: LossSample) -> tuple[int, bool]:
        return sample.scale, axes.shows(sample.losses.get(name, inf))

    for (_, shown), group in groupby(samples, scale_and_shown):
        if shown:
            points = [(axes.x(s.evaluation), axes.y(s.losses[name])) for s in group]
            yield points if len(points) > 1 else [points[0], (points[0][0] + 1, points[0][1])]


def _draw_axes(axes: _Axes) -> list[Line | Text]:
    """Return both axes with their ticks and titles, and the horizontal lines of the grid."""
    shapes: list[Line | Text] = []
    for loss in loss_ticks(axes.low, axes.high):
        y = axes.y(loss)
        shapes += [
            Line([(_LEFT, y), (_RIGHT, y)], _GRID),
            Text((_LEFT - 10, y), abbreviate(loss), anchor="end"),
        ]
    for evaluation in evaluation_ticks(axes.first, axes.last):
        x = axes.x(evaluation)
        shapes += [
            Line([(x, _BOTTOM), (x, _BOTTOM + 5)], _INK),
            Text((x, _BOTTOM + 18), str(evaluation), anchor="middle"),
        ]
    frame = [(_LEFT, _TOP), (_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)]
    middle = (_LEFT + _RIGHT) / 2, _BOTTOM + 42
    return [
        *shapes,
        Line(frame, _INK),
        Text(middle, "evaluations", anchor="middle", color=_INK),
        Text((_LEFT - 10, 22), "loss", anchor="end", color=_INK),
    ]


def _draw_scales(axes: _Axes, samples: Sequence[LossSample]) -> list[Line | Text]:
    """Return a line and the picture's size where each scale begins, if there are several."""
    groups = [list(group) for _, group in groupby(samples, lambda sample: sample.scale)]
    shapes: list[Line | Text] = []
    for group in groups if len(groups) > 1 else []:
        x = axes.x(group[0].evaluation)
        width, height = group[0].size
        shapes += [
            Line([(x, _TOP), (x, _BOTTOM)], "#aaaaaa"),
            Text((x + 5, _TOP - 8), f"{width} x {height}", size=13, color=_INK),
        ]
    return shapes
