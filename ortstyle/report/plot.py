"""The loss of a run as a curve: collected while it runs, drawn at its end."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, inf, isfinite, log10
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.write import save_file
from ortstyle.report.drawing import Drawing, Line, Point, Text
from ortstyle.run.iterate import Iterate

TOTAL = "total"

_WIDTH, _HEIGHT = 880, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 860, 56, 424  # of the axes
_COLORS = {"content": "#0072b2", "style": "#d55e00", "tv": "#009e73", TOTAL: "#222222"}
_OTHERS = ("#cc79a7", "#e69f00", "#56b4e9")  # all from Okabe and Ito's colours for every eye
_NAMES = {"tv": "smoothness"}
_GRID, _INK = "#e4e4e4", "#666666"
_SPAN = 1e-7  # of the axis: what is smaller than this part of the largest loss isn't shown


@dataclass(frozen=True)
class Sample:
    """The numbers of one evaluation: its scale's index and size, the loss and its terms."""

    scale: int
    size: tuple[int, int]
    evaluation: int
    losses: dict[str, float]


class LossCurve:
    """Collects the loss of a run; of its iterates it keeps the numbers only."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []

    def update(self, iterate: Iterate) -> None:
        """Take one more evaluation."""
        losses = {**iterate.terms, TOTAL: iterate.loss}
        size = iterate.width, iterate.height
        self._samples.append(Sample(iterate.scale[0], size, iterate.evaluations, losses))

    def numbers(self) -> tuple[list[str], NDArray[np.float64]]:
        """Give all that was collected: what the last columns are, and a row an evaluation.

        The first columns are the scale's index, width, height and the evaluation.
        """
        names = list(self._samples[0].losses) if self._samples else []
        rows = [
            (s.scale, *s.size, s.evaluation, *(s.losses[name] for name in names))
            for s in self._samples
        ]
        return names, np.array(rows, np.float64).reshape(len(rows), 4 + len(names))

    @classmethod
    def of(cls, names: Sequence[str], numbers: NDArray[np.float64]) -> Self:
        """Go on from what `numbers` gave."""
        curve = cls()
        for scale, width, height, evaluation, *losses in numbers.tolist():
            size = int(width), int(height)
            by_name = dict(zip(names, losses, strict=True))
            curve._samples.append(Sample(int(scale), size, int(evaluation), by_name))
        return curve

    def drawing(self) -> Drawing:
        """Draw every term and their total over the evaluations, the loss on a logarithmic axis."""
        return draw(self._samples)

    def save(self, path: Path) -> None:
        """Write the drawing in the format that the suffix names: .png, .svg or .html.

        Raises
        ------
        OutputError
            The file can't be written.
        """
        drawing = self.drawing()
        if path.suffix.lower() == ".png":
            file = io.BytesIO()
            drawing.picture().save(file, "PNG")
            save_file(file.getvalue(), path, "plot")
        else:
            svg = drawing.svg()
            page = svg if path.suffix.lower() == ".svg" else _PAGE.format(svg=svg)
            save_file(page.encode(), path, "plot")


_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ortstyle: loss</title>
<style>body {{ margin: 1rem }} svg {{ max-width: 100%; height: auto }}</style>
{svg}</html>
"""


class _Axes:
    """Where a loss at an evaluation lies in the drawing."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        values = [v for s in samples for v in s.losses.values() if isfinite(v) and v > 0]
        top = max(values, default=10.0)
        low = min((v for v in values if v > top * _SPAN), default=1.0)
        self.low, self.high = log10(low), log10(top)
        if self.high - self.low < 0.1:  # a loss that hardly moves is a line in the middle
            self.low, self.high = self.low - 0.05, self.high + 0.05
        self.first = min((s.evaluation for s in samples), default=1)
        self.last = max((s.evaluation for s in samples), default=1)

    def x(self, evaluation: float) -> float:
        span = max(self.last - self.first, 1)
        return _LEFT + (_RIGHT - _LEFT) * (evaluation - self.first) / span

    def y(self, loss: float) -> float:
        part = (log10(loss) - self.low) / (self.high - self.low)
        return _BOTTOM - (_BOTTOM - _TOP) * part

    def shows(self, loss: float) -> bool:
        return isfinite(loss) and loss > 0 and log10(loss) >= self.low


def draw(samples: Sequence[Sample]) -> Drawing:
    """Draw the losses of a run; what is no positive number is a gap in its line."""
    axes = _Axes(samples)
    drawing = Drawing(_WIDTH, _HEIGHT)
    drawing.shapes += _grid(axes)
    drawing.shapes += _scales(axes, samples)
    names = list(dict.fromkeys(name for sample in samples for name in sample.losses))
    spare = iter(_OTHERS * len(names))
    x = float(_LEFT)
    for name in names:
        color = _COLORS.get(name) or next(spare)
        width = 2.6 if name == TOTAL else 1.8
        lines = list(_lines(axes, samples, name))
        if lines:
            drawing.shapes += [Line(points, color, width) for points in lines]
            label = _NAMES.get(name, name)
            drawing.shapes += [
                Line([(x, 22), (x + 26, 22)], color, width),
                Text((x + 34, 22), label, size=15),
            ]
            x += 34 + 9 * len(label) + 30
    return drawing


def _lines(axes: _Axes, samples: Sequence[Sample], name: str) -> Iterator[list[Point]]:
    """Give the unbroken pieces of a term's line, each within a scale."""

    def piece(sample: Sample) -> tuple[int, bool]:
        return sample.scale, axes.shows(sample.losses.get(name, inf))

    for (_, shown), group in groupby(samples, piece):
        if shown:
            points = [(axes.x(s.evaluation), axes.y(s.losses[name])) for s in group]
            yield points if len(points) > 1 else [points[0], (points[0][0] + 1, points[0][1])]


def _grid(axes: _Axes) -> list[Line | Text]:
    shapes: list[Line | Text] = []
    for loss in _loss_ticks(axes.low, axes.high):
        y = axes.y(loss)
        shapes += [
            Line([(_LEFT, y), (_RIGHT, y)], _GRID),
            Text((_LEFT - 10, y), _short(loss), "end"),
        ]
    for evaluation in _evaluation_ticks(axes.first, axes.last):
        x = axes.x(evaluation)
        shapes += [
            Line([(x, _BOTTOM), (x, _BOTTOM + 5)], _INK),
            Text((x, _BOTTOM + 18), str(evaluation), "middle"),
        ]
    frame = [(_LEFT, _TOP), (_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)]
    middle = (_LEFT + _RIGHT) / 2, _BOTTOM + 42
    return [
        *shapes,
        Line(frame, _INK),
        Text(middle, "evaluations", "middle", color=_INK),
        Text((_LEFT - 10, 22), "loss", "end", color=_INK),
    ]


def _scales(axes: _Axes, samples: Sequence[Sample]) -> list[Line | Text]:
    """Mark where each scale begins, if there are several."""
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


def _loss_ticks(low: float, high: float) -> list[float]:
    """Give round losses between two powers of ten: the fewest kinds that make four or more."""
    for digits in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        exponents = range(floor(low), ceil(high) + 1)
        ticks = [digit * 10.0**e for e in exponents for digit in digits]
        found = [tick for tick in ticks if low <= log10(tick) <= high]
        if len(found) >= 4:
            return found
    step = (high - low) / 4
    return [10 ** (low + step * i) for i in range(5)]


def _evaluation_ticks(first: int, last: int) -> list[int]:
    """Give at most nine round numbers of evaluations, and the first."""
    sizes = (digit * 10**e for e in range(12) for digit in (1, 2, 5))
    step = next(size for size in sizes if (last - first) / size <= 8)
    found = range(ceil(first / step) * step, last + 1, step)
    near = found and (found[0] - first) < step / 2
    return list(found) if near or first in found else [first, *found]


def _short(loss: float) -> str:
    """Write a loss in few letters: 12 million as 12M."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size <= loss < size * 1000:
            return f"{loss / size:.3g}{letter}"
    return f"{loss:.3g}"
