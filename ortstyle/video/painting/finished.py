"""Painted frames as they are shown: with the chroma of the source, where that is asked."""

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.color import keep_colors
from ortstyle.settings.settings import Settings
from ortstyle.video.painting.held_frame import as_batch

Pixels = NDArray[np.float32]


def finished(painted: Pixels, source: Pixels, settings: Settings) -> Pixels:
    """Return a painted frame as the film shows it.

    Frames are held to each other in the colours in which they were painted; the source's chroma is
    put in afterwards, because it moves by itself.

    Parameters
    ----------
    painted, source
        (H, W, 3) float32, 0–255.
    settings
        The settings of the film's pictures, of which `colors` counts.
    """
    if settings.colors not in ("content", "luminance"):
        return painted
    kept: Pixels = keep_colors(as_batch(painted), as_batch(source))
    return np.ascontiguousarray(kept[0].transpose(1, 2, 0)).clip(0, 255)
