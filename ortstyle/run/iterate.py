"""The record that a run yields after each evaluation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.color import keep_colors
from ortstyle.pictures.picture import Picture, to_image
from ortstyle.run.deferred_picture import DeferredPicture, reduced

_NO_FIGURES = {"seconds_left", "notice"}  # attributes of an iterate that no checkpoint holds


@dataclass(frozen=True)
class Iterate:
    """One evaluation of a run.

    Attributes
    ----------
    width, height
        Size of the picture in pixels.
    scale
        (index, count) of the scale that is being painted.
    iteration
        Steps that the optimiser has accepted at this scale.
    evaluations
        Evaluations of loss and gradient in the whole run so far.
    loss
        The loss at the point evaluated last.
    terms
        The parts of the loss: "content", "style" and "tv", and "temporal" with an anchor.
    seconds
        Time since the optimisation began, without pauses, such as Ctrl-Z or a sleeping computer.
    seconds_left
        Estimated time until it ends, from the time that an evaluation took at this scale and the
        pixels of the scales to come.
    notice
        What a person should know, such as a restart of the optimiser; usually empty.
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
        """The best picture so far, 8-bit sRGB, computed when asked for."""
        return to_image(self.pixels)

    @property
    def pixels(self) -> NDArray[np.float32]:
        """The best picture so far, (1, 3, H, W) float32, RGB, 0–255 with fractions."""
        pixels = self.own_pixels
        if self._colors_of is None:
            return pixels
        kept: NDArray[np.float32] = keep_colors(pixels, self._colors_of.pixels)
        return kept.clip(0, 255)

    @property
    def own_pixels(self) -> NDArray[np.float32]:
        """As `pixels`, before the content's chroma is put in, which `settings.colors` may ask."""
        own: NDArray[np.float32] = np.clip(
            self._pixels().reshape(1, 3, self.height, self.width), 0, 255
        )
        return own

    def thumbnail(self, size: tuple[int, int]) -> Image.Image:
        """Return the picture at a lower resolution, within a width and height, 8-bit sRGB.

        Only where the picture is in a device's memory is it computed in full for this.
        """
        factor = min(1.0, size[0] / self.width, size[1] / self.height)
        small = max(1, round(factor * self.width)), max(1, round(factor * self.height))
        shape = 1, 3, self.height, self.width
        if isinstance(self._pixels, DeferredPicture):
            pixels = self._pixels.reduced(small)
        else:
            pixels = reduced(self._pixels().reshape(shape), small)
        pixels = pixels.clip(0, 255)
        if self._colors_of is not None:
            pixels = keep_colors(pixels, self._colors_of.resize(small).pixels)
        return to_image(pixels)

    def figures(self) -> dict[str, Any]:
        """Return the figures of the evaluation, without its picture, as a checkpoint holds them."""
        names = [known.name for known in fields(self) if not known.kw_only]
        found = {name: getattr(self, name) for name in names if name not in _NO_FIGURES}
        return found | {"terms": dict(self.terms)}

    @classmethod
    def from_figures(
        cls,
        figures: Mapping[str, Any],
        *,
        notice: str,
        pixels: Callable[[], NDArray[np.float32]],
        colors_of: Picture | None,
    ) -> Self:
        """Return the iterate that `figures` was called on, with its picture."""
        known = {**figures, "terms": MappingProxyType(dict(figures["terms"]))}
        return cls(**known, notice=notice, _pixels=pixels, _colors_of=colors_of)
