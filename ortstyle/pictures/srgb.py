"""The sRGB colour space: its matrices and curve, and conversion of pictures a few rows at a time.

References
----------
IEC 61966-2-1:1999.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_Float = TypeVar("_Float", bound=np.floating[Any])

SRGB_TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
"""Linear sRGB to CIE XYZ adapted to D50, the white point of profiles (Lindbloom's figures)."""

XYZ_TO_SRGB = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
"""CIE XYZ adapted to D50 to linear sRGB: the inverse, as Lindbloom prints it."""

PARAMETRIC_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""The curve from encoded values to light as the numbers g, a, b, c and d of ICC's type 3."""

TABLE = 1 << 16
"""Number of encoded values at which curves are tabulated: all those of 16 bits."""

_ROWS = 128  # rows of a picture that are converted at once


def convert_by_rows(
    convert: Callable[[NDArray[np.float32]], NDArray[np.float32]], pixels: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Convert ``(3, H, W)`` a few rows at a time, because the intermediate results are large."""
    result = np.empty(pixels.shape, np.float32)
    for start in range(0, pixels.shape[1], _ROWS):
        rows = slice(start, start + _ROWS)
        result[:, rows] = convert(pixels[:, rows])
    return result


def table_index(pixels: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return the entries of a table of 16 bits that levels of 0–255 stand for."""
    steps = np.clip(pixels, 0, 255) * np.float32((TABLE - 1) / 255)
    return np.asarray(np.rint(steps).astype(np.uint16))


def light_of(encoded: Floats) -> Floats:
    """Return the linear light of encoded values, 0–1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def encoded_of(light: NDArray[_Float]) -> NDArray[_Float]:
    """Return the encoded values of linear light, 0–1; what lies beyond gives values beyond."""
    power = np.maximum(light, 0) ** (1 / 2.4)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * power - 0.055)


def encode_srgb(light: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return sRGB levels, 0–255, of linear light, 0–1."""
    return (encoded_of(light) * 255).astype(np.float32, copy=False)


def decode_srgb(pixels: NDArray[np.float32]) -> Floats:
    """Return the linear light, 0–1, of sRGB levels, 0–255."""
    return light_of(np.clip(pixels.astype(np.float64) / 255, 0, 1))
