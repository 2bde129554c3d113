"""Styles that are patterns, alike in all their parts, such as cloth: the content may give way.

A pattern has nothing but its texture. Where the content's structure is held as in a painting,
stitches, panes and petals break up along it; a person would rather see them whole.
"""

from dataclasses import replace

import numpy as np

from ortstyle.pictures.picture import Picture
from ortstyle.settings.settings import Settings

_SIDE = 256  # pixels at which a style is measured
_SQUARES = 8  # along the longest side
_EVEN, _UNEVEN = 0.25, 0.3  # unevenness at which a style is a pattern, and no pattern
_FAINT = 20.0  # levels; what deviates less is paper or canvas
_STEPS = 4  # from none to a pattern, so that styles which are nearly alike share their graphs


def pattern_degree(style: Picture) -> float:
    """Return to what degree a style is a pattern, 0 to 1.

    The style is divided into squares as wide as an eighth of its longest side, or as its shortest.
    Their unevenness is the standard deviation of their contrasts over the mean contrast, plus the
    share of the picture's variance that their mean colours have. Up to 0.25, as of cloth, the style
    is a pattern; from 0.3, as of paintings, it is none. What has hardly any contrast, or is
    transparent in places, is no pattern.
    """
    if style.alpha is not None:
        return 0.0
    pixels = style.shrink_to_side(_SIDE).pixels[0].astype(np.float64)
    variance = pixels.var((1, 2)).sum()
    height, width = pixels.shape[1:]
    side = max(1, min(max(height, width) // _SQUARES, height, width))
    rows, columns = height // side, width // side
    if variance < 3 * _FAINT**2:
        return 0.0
    squares = pixels[:, : rows * side, : columns * side].reshape(3, rows, side, columns, side)
    contrasts = np.sqrt(squares.var((2, 4)).sum(0))
    between = squares.mean((2, 4)).var((1, 2)).sum()
    unevenness = contrasts.std() / max(contrasts.mean(), 1e-9) + between / variance
    return float(np.clip((_UNEVEN - unevenness) / (_UNEVEN - _EVEN), 0, 1))


def with_pattern_limit(settings: Settings, degree: float) -> Settings:
    """Return settings whose content limit is raised as far as the styles are patterns.

    Where there is no content limit, nothing changes.
    """
    room = settings.pattern_limit - settings.content_limit
    if not settings.content_limit or room <= 0:
        return settings
    raised = settings.content_limit + round(degree * _STEPS) / _STEPS * room
    return replace(settings, content_limit=round(raised, 4))
