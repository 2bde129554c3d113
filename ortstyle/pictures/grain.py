"""Grain: power at the highest spatial frequencies, which no brush leaves, and its removal."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ortstyle.pictures.color import LUMA

_ROWS = 256  # rows that are smoothed at once, so that there is no second picture in memory
_PATCHES = 16  # along each axis, by which the share of a large picture is estimated

Floats = NDArray[np.floating[Any]]


def without_grain(pixels: NDArray[np.float32], limit: float) -> NDArray[np.float32]:
    """Return a picture whose `fine_power` is near `limit`, or below; unchanged if it is so already.

    The result is (1 − a)·x + a·s, where s is the picture x smoothed by the binomial filter
    (1, 2, 1) / 4 along both axes, and a = 1 − √(limit / fine power).

    Parameters
    ----------
    pixels
        (1, 3, H, W), RGB 0–255. It stays as it is.
    limit
        The share of power, 0 to 1.
    """
    share = fine_power(np.tensordot(LUMA, pixels[0], 1), most=_PATCHES)
    if share <= limit:
        return pixels
    amount = np.float32(1 - np.sqrt(limit / share))
    found = pixels.copy()
    for plane in found[0]:
        _smooth(plane, amount)
    return found


def _smooth(plane: NDArray[np.float32], amount: np.float32) -> None:
    """Move a plane (H, W) in place towards its smoothed self; beyond the border it continues."""
    height = len(plane)
    above = plane[:1].copy()
    for start in range(0, height, _ROWS):
        stop = min(start + _ROWS, height)
        block = np.concatenate([above, plane[start : stop + 1], plane[height - 1 :]])
        block = block[: stop - start + 2]
        above = plane[stop - 1 : stop].copy()
        rows = (block[:-2] + 2 * block[1:-1] + block[2:]) / 4
        wide = np.pad(rows, [(0, 0), (1, 1)], mode="edge")
        smooth = (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4
        plane[start:stop] += amount * (smooth - plane[start:stop])


def fine_power(
    luminance: Floats, *, above: float = 3 / 8, side: int = 64, most: int | None = None
) -> float:
    """Return the share of power that lies above a frequency, in cycles a pixel.

    Patches of `side`² pixels, which overlap by half, lose their mean and are multiplied by a Hann
    window. The share of a patch is its power at radial frequencies √(fx² + fy²) above `above`,
    divided by its whole power plus that of a variance of one level², so that the rounding to whole
    levels does not count in flat patches. The result is the mean of the patches' shares: a weave
    in dark water counts as much as one in a bright crowd. White noise has 0.56.

    Parameters
    ----------
    luminance
        (H, W), 0–255.
    above
        The frequency.
    side
        Side of the patches in pixels; that of the picture if this is less.
    most
        Take about so many patches along each axis of the picture, evenly spread; None for all.
    """
    side = min(side, *luminance.shape)
    window = np.hanning(side + 2)[1:-1]
    window = np.outer(window, window)
    patches = sliding_window_view(luminance, (side, side))[:: side // 2 or 1, :: side // 2 or 1]
    if most is not None:
        rows, columns = (max(1, n // most) for n in patches.shape[:2])
        patches = patches[::rows, ::columns]
    frequency = np.fft.fftfreq(side)
    fine = np.hypot(frequency[:, None], frequency) > above
    one_level = (window**2).sum() * side**2
    shares = []
    for row in patches:
        for patch in row:
            windowed = (patch - patch.mean()) * window
            power = np.abs(np.fft.fft2(windowed)) ** 2
            shares.append(power[fine].sum() / (power.sum() + one_level))
    return float(np.mean(shares))
