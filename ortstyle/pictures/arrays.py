"""Pictures as arrays: ``(1, 3, H, W)`` float32, RGB, 0–255."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import PictureError


def to_array(image: Image.Image) -> NDArray[np.float32]:
    """Turn a picture into a contiguous ``(1, 3, H, W)`` float32 array, RGB, 0–255."""
    pixels = np.asarray(image.convert("RGB"), np.float32)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def to_picture(array: NDArray[np.floating[Any]]) -> Image.Image:
    """Turn ``(1, 3, H, W)`` or ``(3, H, W)`` floats, RGB, 0–255, into a picture.

    Values are clipped and rounded to the nearest integer, halves to the even one; the published
    implementation cuts the fraction off, which darkens by half a level.

    Raises
    ------
    PictureError
        The array has another shape, or holds NaN.
    """
    return Image.fromarray(to_levels(array).astype(np.uint8))


def to_levels(array: NDArray[np.floating[Any]], *, depth: int = 8) -> NDArray[np.uint16]:
    """Turn floats as `to_picture` takes them into ``(H, W, 3)`` integers of 8 or 16 bits.

    Raises
    ------
    PictureError
        The array has another shape, or holds NaN.
    """
    planes = array[0] if array.ndim == 4 and len(array) == 1 else array
    if planes.ndim != 3 or len(planes) != 3 or planes.size == 0:
        raise PictureError(f"array of shape {array.shape}: a picture is (1, 3, H, W) or (3, H, W)")
    if np.isnan(planes).any():
        raise PictureError("array holds NaN: it is no picture; lower the weights that led to it")
    levels = np.clip(planes, 0, 255) * (257 if depth == 16 else 1)
    return np.ascontiguousarray(np.rint(levels).astype(np.uint16).transpose(1, 2, 0))
