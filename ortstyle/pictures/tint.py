"""A photograph in the colour of a sheet of paper."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.color import LUMA

_COARSE = 24  # pixels of the longest side of the picture that has what is coarse
_MOST_SHIFT = 8  # levels by which the mean colour may differ from the paper's
_SAMPLES = 1 << 16  # pixels from which the mean is estimated
_STEPS = 12  # of bisection


def tint(
    pixels: NDArray[np.float32], paper: NDArray[np.floating], amount: NDArray[np.float32] | float
) -> NDArray[np.float32]:
    """Draw a picture's lightness on paper, so that the mean colour is nearly the paper's.

    Black on white paper has room for dark lines alone: as far as the mean colour allows, what is
    finer than a twenty-fourth of the picture keeps its contrast, and then what is coarser.

    Parameters
    ----------
    pixels
        (1, 3, H, W), RGB 0–255.
    paper
        (3,), the colour of the paper.
    amount
        How much of the tint is taken, 0–1, a number or (H, W).

    Returns
    -------
    numpy.ndarray
        (1, 3, H, W) float32, RGB 0–255.
    """
    lightness = np.tensordot(LUMA.astype(np.float32), pixels[0], 1)
    coarse = _coarse(lightness)
    fine = lightness - coarse
    coarse -= lightness.mean()
    factors = _contrasts(_sampled(fine), _sampled(coarse), paper)
    drawn = factors[0] * fine + factors[1] * coarse
    found = np.empty_like(pixels)
    for channel, level in enumerate(paper):
        tinted = np.clip(np.float32(level) + drawn, 0, 255)
        found[0, channel] = pixels[0, channel] + amount * (tinted - pixels[0, channel])
    return found


def _coarse(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = lightness.shape
    small = [max(1, round(side * _COARSE / max(lightness.shape))) for side in (width, height)]
    reduced = Image.fromarray(lightness).resize((small[0], small[1]), Image.Resampling.BOX)
    return np.array(reduced.resize((width, height), Image.Resampling.BICUBIC))


def _sampled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values.ravel()[:: max(1, values.size // _SAMPLES)]


def _contrasts(
    fine: NDArray[np.float32], coarse: NDArray[np.float32], paper: NDArray[np.floating]
) -> tuple[float, float]:
    """Return the factors of fine and coarse lightness, of at most 1, the second the smaller."""

    def fits(a: float, b: float) -> bool:
        drawn = a * fine + b * coarse
        means = (np.clip(np.float32(level) + drawn, 0, 255).mean() for level in paper)
        return all(
            abs(mean - level) <= _MOST_SHIFT for mean, level in zip(means, paper, strict=True)
        )

    first = _largest(lambda a: fits(a, 0.0), 1.0)
    return first, _largest(lambda b: fits(first, b), first)


def _largest(fits: Callable[[float], bool], most: float) -> float:
    """Return the largest number up to `most` that fits, by bisection, if 0 does."""
    if fits(most):
        return most
    low, high = 0.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
