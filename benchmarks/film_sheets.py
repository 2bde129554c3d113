"""Sheets of a film: successive frames, and below each what changed along the motion."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from film_motion import Film, Motion
from film_sampling import warped
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_GAP, _CAPTION = 4, 22  # pixels
_AMPLIFIED = 4


def draw_film_sheet(
    films: Mapping[str, Film], motion: Motion | None, frames: Sequence[int], *, side: int = 256
) -> Image.Image:
    """Return a sheet with two rows a film: its frames, and their differences.

    A difference is that of a frame and the one before it, warped along the motion of the source,
    times four on a middle grey; what was not seen before is black. Where all is grey, nothing
    flickers. Without a motion nothing is warped.

    Parameters
    ----------
    films
        Films of one source and size, by name.
    motion
        The motion of the source.
    frames
        The numbers of the frames, from 1 on.
    side
        Only the middle of each frame is shown, at most so many pixels wide and high.
    """
    rows = []
    for name, film in films.items():
        pictures = [_middle(film(t), side) for t in frames]
        differences = [_middle(_difference(film, motion, t), side) for t in frames]
        rows += [(name, pictures), (f"differences, {_AMPLIFIED} times", differences)]
    height, width = rows[0][1][0].shape[:2]
    down, across = height + _CAPTION + _GAP, width + _GAP
    sheet = Image.new("RGB", (across * len(frames), down * len(rows)), (255, 255, 255))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_CAPTION * 3 // 4)
    for row, (caption, pictures) in enumerate(rows):
        draw.text((_GAP, row * down), caption, (0, 0, 0), font)
        for column, picture in enumerate(pictures):
            sheet.paste(Image.fromarray(picture), (column * across, row * down + _CAPTION))
    return sheet


def _difference(film: Film, motion: Motion | None, t: int) -> NDArray[np.uint8]:
    """Return the amplified difference of frame `t` and the one before it."""
    before: NDArray[Any] = film(t - 1)
    seen = np.ones(before.shape[:2], np.bool_)
    if motion:
        before = warped(before, motion.flow(t, t - 1))
        seen = motion.visible(t, t - 1)
    shown = 128 + _AMPLIFIED * (film(t).astype(np.float32) - before)
    return (np.clip(np.rint(shown), 0, 255) * seen[..., None]).astype(np.uint8)


def _middle(picture: NDArray[Any], side: int) -> NDArray[np.uint8]:
    top, left = (max(0, (n - side) // 2) for n in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + side, left : left + side])
