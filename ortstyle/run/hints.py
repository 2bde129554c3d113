"""Hints about pictures that are known to give poor results, each with what to try."""

from math import ceil

import numpy as np

from ortstyle.pictures.picture import Picture
from ortstyle.run.blank_content import content_share
from ortstyle.settings.settings import Settings

_ENLARGED = 2.0  # times; strokes of a style that is enlarged more are blurred
_NARROWEST = 32  # pixels of a style's short side, below which its own size is no way out
_SPREAD, _STRUCTURE = 15.0, 3.0  # levels; below both there is next to nothing to paint
_SIDE = 128  # in pixels, at which the content is measured, so that noise is averaged away


def describe_enlargement(picture: Picture, original: tuple[int, int]) -> str:
    """Return a notice if the content was enlarged from its original size; otherwise nothing."""
    before, after = max(original), max(picture.size)
    if after <= before:
        return ""
    return (
        f"{picture.label} is enlarged from {before} to {after} pixels; --size content would keep "
        "its size"
    )


def describe_small_style(
    label: str, original: tuple[int, int], side: int, scales: tuple[float, ...]
) -> str:
    """Return a hint if a style is far smaller than the picture to paint; otherwise nothing.

    Its strokes are then blurred. Painted at the style's own size they are finer, but crisp.

    Parameters
    ----------
    label
        The role of the style and its file, such as "style a.jpg".
    original
        Width and height of the style's file.
    side
        Longest side of the result in pixels.
    scales
        The style's scale factors.
    """
    longest, smallest = max(original), side * min(scales)
    if smallest <= _ENLARGED * longest:
        return ""
    advice = "give a larger picture of it"
    if min(original) >= _NARROWEST:
        advice += f", or --style-scale {ceil(100 * longest / side) / 100:g} for finer strokes"
    return (
        f"{label} is enlarged from {longest} to {round(smallest)} pixels, which blurs its strokes; "
        f"{advice}"
    )


def describe_plain_content(content: Picture, settings: Settings) -> str:
    """Return a hint if a content that is held has next to no structure; otherwise nothing.

    Where it starts there is next to no gradient, and its features keep strokes away: a clear sky
    stays as it is. Contents of one colour are not held; see `run.blank_content`.

    Structure is what differs from the picture at an eighth of its size, measured at 128 pixels: the
    root mean square is below 3 levels in a clear sky, and above in photographs of things. A picture
    whose standard deviation is 15 levels or more, such as a sunset, is never told.
    """
    if not (settings.content_weight and settings.style_weight and settings.variance_floor):
        return ""
    small = content.shrink_to_side(_SIDE)
    smooth = small.shrink_to_side(max(1, max(small.size) // 8)).resize(small.size)
    pixels = small.pixels
    spread = np.sqrt(pixels.var((2, 3), dtype=np.float64).mean())
    structure = np.sqrt(np.square(pixels - smooth.pixels).mean())
    if spread >= _SPREAD or structure >= _STRUCTURE or content_share(content) < 1:
        return ""
    return (
        f"{content.label} has hardly any structure, and stays nearly as it is; --content-weight 0 "
        "lets the painting grow over it"
    )
