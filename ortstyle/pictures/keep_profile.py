"""Conversion of results from sRGB to a colour profile, once that is known to give colours back.

The tables of a profile that lead from colours to its pixels need not invert those that lead the
other way: some are missing, and some are placeholders.
"""

from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures import icc
from ortstyle.pictures.apply_profile import convert_levels
from ortstyle.pictures.hdr import HdrProfile
from ortstyle.pictures.picture import to_array, to_image

_STEPS = np.linspace(0, 255, 9, dtype=np.float32)
_CLIPPED = 2  # levels from the ends of sRGB, where colours beyond it end up
_LEAST_COLORS = 20
_USUAL, _LARGE = 2.5, 10.0  # largest median and 95th percentile of the error, in levels


@lru_cache(maxsize=4)
def describe_lack(profile: bytes | None) -> str:
    """Return why a result can't be written in a colour profile, such as "is not RGB".

    A grid of the profile's own pixels is converted to sRGB, back, and to sRGB again; the colours
    that sRGB holds must stay what they are, but for rounding.

    Parameters
    ----------
    profile
        The profile; None for none.

    Returns
    -------
    str
        The end of a sentence about the picture with this profile; empty if nothing is wrong.
    """
    if not profile:
        return "has no colour profile that can be kept"
    if icc.pixel_mode(profile) != "RGB":
        return "is not RGB"
    if isinstance(icc.read_profile(profile), HdrProfile):
        return "is of high dynamic range"
    grid = np.array(list(product(_STEPS, repeat=3)), np.float32).T[:, None]
    there, _ = convert_levels(grid, profile)
    back = None if there is None else convert_from_srgb(there[None], profile)
    again = None if back is None else convert_levels(back[0], profile)[0]
    if there is None or again is None:
        return "has a colour profile that gives no way back from sRGB"
    within = ((there >= _CLIPPED) & (there <= 255 - _CLIPPED)).all(0)
    errors = np.abs(again - there).max(0)[within]
    if errors.size < _LEAST_COLORS or (
        np.median(errors) > _USUAL or np.percentile(errors, 95) > _LARGE
    ):
        return "has a colour profile whose way back from sRGB gives other colours"
    return ""


def convert_from_srgb(pixels: NDArray[np.float32], profile: bytes) -> NDArray[np.float32] | None:
    """Convert ``(1, 3, H, W)`` sRGB, 0–255, to an RGB profile; None where that fails."""
    if matrix := icc.read_matrix_profile(profile):
        return matrix.from_srgb(pixels[0])[None]
    image = icc.convert_from_srgb(to_image(pixels), profile)
    return to_array(image) if image else None
