"""One frame of a film, to show what it is."""

from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from ortstyle.errors import FilmError
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.video.media.clip import open_clip
from ortstyle.video.media.decode import read_frames


def read_still(path: Path, *, side: int) -> Image.Image:
    """Return the frame in the middle of a film, as 8-bit RGB.

    Parameters
    ----------
    path
        The film.
    side
        Longest side in pixels; a smaller film keeps its size.

    Raises
    ------
    FilmError
        The film can't be read.
    """
    clip = open_clip(path)
    size = scaled_size((clip.width, clip.height), min(side, max(clip.width, clip.height)))
    middle = clip.start + (clip.duration or Fraction(0)) / 2
    for begin in (middle, None):  # because a duration may be wrong
        with closing(read_frames(clip, size, begin=begin)) as frames:
            for frame in frames:
                pixels = frame.pixels
                if pixels.dtype != np.uint8:
                    pixels = (pixels >> 8).astype(np.uint8)
                return Image.fromarray(pixels)
    raise FilmError(f"film {path} has no frames")
