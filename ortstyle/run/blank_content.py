"""Contents of one colour: there is nothing in them to hold, so the content loss does not count."""

from dataclasses import replace

import numpy as np

from ortstyle.pictures.picture import Picture
from ortstyle.settings.settings import Settings

_BLANK = 2.0  # pixel levels; a deviation that is noise, or what a format loses


def content_share(content: Picture) -> float:
    """Return the share of the content weight that a content deserves, 0 to 1.

    It is 1 unless the standard deviation of the pixels is below 2 levels, and falls to 0 with the
    variance. The features of a sheet of paper are those of an evenly lit surface: held, they would
    keep all strokes away but for a frame, where the network sees the border.
    """
    variance = np.mean([plane.var(dtype=np.float64) for plane in content.pixels[0]])
    return min(1.0, float(variance) / _BLANK**2)


def without_blank_content(settings: Settings, share: float) -> Settings:
    """Return settings whose content weight is this share; unchanged without a style loss.

    A variance floor of 0, as published, leaves the weight alone too.
    """
    if share == 1 or not (settings.style_weight and settings.variance_floor):
        return settings
    return replace(settings, content_weight=settings.content_weight * share)
