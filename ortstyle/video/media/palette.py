"""A palette for all frames of a film, and frames in its colours.

Colours between those of the palette are mixed by an ordered pattern (Bayer 1973), which depends on
the pixel alone: what stands still in the film stands still in its file. Diffusion of errors would
make it crawl.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_COLORS = 256
_SAMPLES = 4096  # pixels of a frame that are looked at
_MOST_SAMPLES = 1 << 20
_PATTERN = 8  # pixels


def bayer(size: int) -> NDArray[np.float32]:
    """Return thresholds ``(size, size)`` of −0.5 to 0.5; the size is a power of 2."""
    matrix = np.zeros((1, 1))
    while len(matrix) < size:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return ((matrix + 0.5) / matrix.size - 0.5).astype(np.float32)


def make_palette(frames: Iterable[NDArray[np.uint8]], count: int) -> NDArray[np.uint8]:
    """Return the colours that serve all frames, by median cut and k-means.

    Parameters
    ----------
    frames
        ``(H, W, 3)`` each, RGB.
    count
        Number of frames.

    Returns
    -------
    numpy.ndarray
        ``(256, 3)`` uint8; the last colour fills what is not needed.
    """
    each = max(1, min(_SAMPLES, _MOST_SAMPLES // max(count, 1)))
    samples = []
    for frame in frames:
        pixels = frame.reshape(-1, 3)
        # A step that shares no factor with the width meets all columns.
        samples.append(pixels[:: max(1, len(pixels) // each) | 1])
    gathered = np.concatenate(samples)[None]
    image = Image.fromarray(gathered).quantize(_COLORS, Image.Quantize.MEDIANCUT, kmeans=1)
    found = np.array(image.getpalette("RGB") or (), np.uint8).reshape(-1, 3)
    return np.pad(found, ((0, _COLORS - len(found)), (0, 0)), mode="edge")


class PaletteMapper:
    """Frames in the colours of a palette.

    Parameters
    ----------
    palette
        ``(256, 3)`` uint8.
    size
        Width and height of the frames.
    """

    def __init__(self, palette: NDArray[np.uint8], size: tuple[int, int]) -> None:
        self._image = Image.new("P", (1, 1))
        self._image.putpalette(palette.tobytes())
        width, height = size
        pattern = np.tile(bayer(_PATTERN), (-(-height // _PATTERN), -(-width // _PATTERN)))
        self._offsets = (_spacing(palette) * pattern[:height, :width])[..., None]

    def indices(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the ``(H, W)`` uint8 numbers of colours for ``(H, W, 3)`` pixels."""
        mixed = np.clip(np.rint(pixels + self._offsets), 0, 255).astype(np.uint8)
        found = Image.fromarray(mixed).quantize(palette=self._image, dither=Image.Dither.NONE)
        return np.asarray(found)


def _spacing(palette: NDArray[np.uint8]) -> float:
    """Return the typical distance of a colour to the nearest one, by channel, in levels."""
    colors = np.unique(palette, axis=0).astype(np.float32)
    if len(colors) < 2:
        return 0.0
    squares = ((colors[:, None] - colors[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    return float(np.sqrt(np.median(squares.min(axis=1))) / np.sqrt(3))
