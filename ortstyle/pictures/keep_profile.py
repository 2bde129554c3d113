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
from ortstyle.pictures.picture import to_array, to_image, to_levels
from ortstyle.pictures.srgb import TABLE

_STEPS = np.linspace(0, 255, 9, dtype=np.float32)
_CLIPPED = 2  # levels from the ends of sRGB, where colours beyond it end up
_LEAST_COLORS = 20
_USUAL, _LARGE = 2.5, 10.0  # largest median and 95th percentile of the error, in levels
_LARGEST_STEP = 4.0  # between shades of grey that are a level of sRGB apart
_NARROW = (10, 245)  # levels beyond black and white of narrow range


@lru_cache(maxsize=4)
def describe_lack(profile: bytes | None, *, depth: int = 8) -> str:
    """Return why a result can't be written in a colour profile, such as "is not RGB".

    A grid of the profile's own pixels is converted to sRGB, back, and to sRGB again; the colours
    that sRGB holds must stay what they are, but for rounding. Then the shades of grey of sRGB are
    converted there and back, rounded to the depth of the file; they must stay apart.

    Parameters
    ----------
    profile
        The profile; None for none.
    depth
        Bits a channel that will be written, 8 or 16.

    Returns
    -------
    str
        The end of a sentence about the picture with this profile; empty if nothing is wrong.
    """
    if not profile:
        return "has no colour profile that can be kept"
    if lack := _describe_kind(profile) or _describe_error(profile):
        return lack
    if _largest_step(profile, depth=depth) <= _LARGEST_STEP:
        return ""
    deeper = depth == 8 and _largest_step(profile, depth=16) <= _LARGEST_STEP
    advice = "; --depth 16, in PNG or TIFF, keeps it" if deeper else ""
    return f"has a colour profile of which {depth} bits hold too few shades{advice}"


def _describe_kind(profile: bytes) -> str:
    """Return of which kind a profile is, if no result is written in that kind; otherwise empty."""
    if icc.pixel_mode(profile) != "RGB":
        return "is not RGB"
    if isinstance(icc.read_profile(profile), HdrProfile):
        return "is of high dynamic range"
    return "is of narrow range" if _is_narrow(profile) else ""


def _describe_error(profile: bytes) -> str:
    """Return what is wrong with a profile's way back from sRGB, in floats; empty for nothing."""
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


def _is_narrow(profile: bytes) -> bool:
    """Return whether levels near both ends of a profile are all black and all white."""
    matrix = icc.read_matrix_profile(profile)
    if matrix is None:
        return False
    dark, bright = (round(level / 255 * (TABLE - 1)) for level in _NARROW)
    return all(c[dark] == c[0] and c[bright] == c[-1] for c in matrix.curves)


def _largest_step(profile: bytes, *, depth: int) -> float:
    """Return the largest step, in levels, between neighbouring greys of sRGB in a profile."""
    greys = np.tile(np.arange(256, dtype=np.float32), (3, 1))[None, :, None]
    converted = convert_from_srgb(greys, profile)
    if converted is None:
        return 255.0
    scale = 257 if depth == 16 else 1
    stored = to_levels(converted, depth=depth).transpose(2, 0, 1).astype(np.float32)
    again, _ = convert_levels(stored / np.float32(scale), profile)
    return 255.0 if again is None else float(np.diff(again[:, 0]).max())


def convert_from_srgb(pixels: NDArray[np.float32], profile: bytes) -> NDArray[np.float32] | None:
    """Convert ``(1, 3, H, W)`` sRGB, 0–255, to an RGB profile; None where that fails."""
    if matrix := icc.read_matrix_profile(profile):
        return matrix.from_srgb(pixels[0])[None]
    image = icc.convert_from_srgb(to_image(pixels), profile)
    return to_array(image) if image else None
