"""What a run says after every evaluation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.color import keep_colors_of
from ortstyle.pictures.read import Picture, to_picture


@dataclass(frozen=True)
class Iterate:
    """One evaluation of a run.

    Attributes
    ----------
    width, height
        Of the picture, in pixels.
    scale
        (index, count) of the scale that is being painted.
    iteration
        Steps accepted so far at this scale.
    evaluations
        Evaluations of loss and gradient so far.
    loss
        At the point evaluated last.
    terms
        "content", "style" and "tv", which add up to the loss.
    seconds
        Since the optimisation began.
    seconds_left
        Until it ends, by what an evaluation and its pixels took at this scale.
    notice
        What a person should know, such as a restart; usually empty.
    """

    width: int
    height: int
    scale: tuple[int, int]
    iteration: int
    evaluations: int
    loss: float
    terms: Mapping[str, float]
    seconds: float
    seconds_left: float = 0.0
    notice: str = ""
    _pixels: Callable[[], NDArray[np.float32]] = field(repr=False, compare=False, kw_only=True)
    _colors_of: Picture | None = field(default=None, repr=False, compare=False, kw_only=True)

    @property
    def image(self) -> Image.Image:
        """The best picture so far, in sRGB, 8 bits, made when asked for."""
        return to_picture(self.pixels)

    @property
    def pixels(self) -> NDArray[np.float32]:
        """The same as ``(1, 3, H, W)`` float32, RGB, 0–255, with fractions."""
        pixels: NDArray[np.float32] = np.clip(
            self._pixels().reshape(1, 3, self.height, self.width), 0, 255
        )
        if self._colors_of is None:
            return pixels
        kept: NDArray[np.float32] = keep_colors_of(pixels, self._colors_of.pixels)
        return kept.clip(0, 255)
