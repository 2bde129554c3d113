"""Canvases: the sizes that a site has graphs for, on which pictures of any shape are painted.

A graph has a fixed size, and a photograph may have any. A picture is therefore put into the top
left corner of the smallest canvas that holds it.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import sqrt

from ortstyle.settings.settings import Settings

#: (H, W) in pixels, multiples of 16.
Size = tuple[int, int]

#: Longest sides of results that the page offers, in pixels.
SIZES = (128, 256, 512, 768, 1024)
#: Factors of the size of the style picture that the page offers: the sizes of strokes.
STROKES = (0.5, 0.7, 1.0, 1.4, 2.0)
#: Longest side that a style picture is measured at; larger ones are shrunk to it.
LARGEST_STYLE = 1448

_STEP = 16  # pixels; a position of the deepest layers of VGG-19 covers as many
_FINE = 256  # pixels; sides above it are twice as far apart
_LONGEST_RATIO = 5  # of the sides of the narrowest canvas


def canvases_of(side: int) -> list[Size]:
    """Return the canvases (H, W) for pictures of a longest side, in pixels.

    One side of each is `side`, rounded up to a multiple of 16. The other is from a fifth of it, in
    steps of 16 pixels up to 256 and of 32 above, up to the same length.
    """
    long = _rounded_up(side)
    shorts = [
        short
        for short in range(_rounded_up(-(-side // _LONGEST_RATIO)), long, _STEP)
        if short <= _FINE or short % (2 * _STEP) == 0
    ]
    return [*((long, short) for short in [*shorts, long]), *((short, long) for short in shorts)]


def smallest_canvas(size: Size, canvases: Iterable[Size]) -> Size | None:
    """Return the canvas of the smallest area that holds a picture of (H, W); None if none does."""
    height, width = size
    holding = [(h, w) for h, w in canvases if h >= height and w >= width]
    return min(holding, key=lambda canvas: canvas[0] * canvas[1], default=None)


def sides_of(sizes: Iterable[int], settings: Settings) -> list[int]:
    """Return the longest sides of all scales of results of these sizes, in pixels, ascending."""
    return sorted({side for size in sizes for side, _ in replace(settings, size=size).schedule()})


def style_sides_of(sides: Iterable[int]) -> list[int]:
    """Return the sides whose canvases hold style pictures, for all strokes at these scales.

    These are the scales' own, at which contents and styles for a stroke of 1 fill as much of a
    canvas as the result does, and of the steps of √2 up to the largest those that are needed.
    """
    scales = set(sides)
    rounded = {_rounded_up(side) for side in scales}
    steps = {side for side in _STYLE_SIDES if _rounded_up(side) not in rounded} | scales
    wanted = {min(round(side * by), LARGEST_STYLE) for side in scales for by in STROKES}
    return sorted(scales | {min(step for step in steps if step >= side) for side in wanted})


def _rounded_up(length: int) -> int:
    return -(-length // _STEP) * _STEP


_STYLE_SIDES = (
    *(_rounded_up(round(LARGEST_STYLE / sqrt(2) ** k)) for k in range(13, 0, -1)),
    LARGEST_STYLE,
)
