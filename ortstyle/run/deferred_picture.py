"""The picture of an iterate, which is computed when it is asked for, in full or reduced."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from PIL import Image

from ortstyle.objective.objective import Pixels
from ortstyle.optim.mapped_files import release_pages

Reduce: TypeAlias = Callable[[int, int], Pixels]
"""A function of a height and width that returns (3, height, width) float32."""


@dataclass(frozen=True)
class DeferredPicture:
    """A picture that is computed when it is called.

    Attributes
    ----------
    read
        Returns the picture, (1, 3, H, W) float32.
    reduce
        Returns it at a lower resolution without computing it in full, where that can be done.
    """

    read: Callable[[], Pixels]
    reduce: Reduce | None = None

    def __call__(self) -> Pixels:
        """Return the picture, (1, 3, H, W) float32."""
        return self.read()

    def reduced(self, size: tuple[int, int]) -> Pixels:
        """Return the picture at a lower resolution, (1, 3, H, W) for a width and height."""
        if self.reduce is not None:
            return self.reduce(size[1], size[0])[None]
        return reduced(self.read(), size)


def reduced(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return (1, 3, H, W) at a lower resolution, for a width and height.

    Each row of the result is computed from a few rows of the picture, which may be on disk.
    """
    height, width = pixels.shape[2:]
    down, across = max(1, height // size[1]), max(1, width // size[0])
    rows, columns = height // down, width // across
    means = np.empty((3, rows, columns), np.float32)
    for plane, of_plane in zip(pixels[0], means, strict=True):
        for k, row in enumerate(of_plane):
            strip = plane[k * down : (k + 1) * down, : columns * across]
            row[:] = strip.reshape(down, columns, across).mean(axis=(0, 2))
        release_pages()
    planes = [
        np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR))
        for plane in means
    ]
    return np.stack(planes)[None]
