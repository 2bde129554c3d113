"""Conversion of pixels of any kind to sRGB by a colour profile, and notices of what is ignored."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures import icc
from ortstyle.pictures.hdr import HdrProfile
from ortstyle.pictures.picture import to_image

_KINDS = {"L": "grey", "RGB": "RGB", "CMYK": "CMYK"}
_GREY_MODES = {"1", "L", "LA"}
_DAMAGED = "its colour profile is damaged, and is ignored"
_IN_8_BITS = "its colour profile is applied in 8 bits"


def convert_image(image: Image.Image, profile: bytes) -> tuple[Image.Image | None, str]:
    """Convert an 8-bit image to RGB in sRGB.

    Grey pixels are converted by an RGB profile too, as RGB of three equal values.

    Parameters
    ----------
    image
        An image of mode 1, L, LA, CMYK, LAB or any that stands for RGB.
    profile
        The colour profile of its pixels; empty for sRGB.

    Returns
    -------
    tuple of PIL.Image.Image and str
        The image, opaque, or None where no profile was applied; and a notice, usually empty.
    """
    if not profile:
        return None, ""
    kind = "L" if image.mode in _GREY_MODES else image.mode
    kind = kind if kind in {"L", "CMYK", "LAB"} else "RGB"
    wanted = icc.pixel_mode(profile)
    if problem := _describe_mismatch(kind, profile):
        return None, problem
    converted = icc.convert_to_srgb(image.convert(kind).convert(wanted), profile)
    return converted, (_describe_use(profile) if converted else _DAMAGED)


def convert_levels(
    planes: NDArray[np.float32], profile: bytes
) -> tuple[NDArray[np.float32] | None, str]:
    """Convert levels of more than 8 bits to sRGB.

    Parameters
    ----------
    planes
        ``(1, H, W)`` for grey, or ``(3, H, W)`` for RGB, 0–255 with fractions.
    profile
        The colour profile of the levels; empty for sRGB.

    Returns
    -------
    tuple of numpy.ndarray and str
        ``(3, H, W)``, or None where no profile was applied; and a notice, usually empty.
    """
    if not profile:
        return None, ""
    kind = "L" if len(planes) == 1 else "RGB"
    if problem := _describe_mismatch(kind, profile):
        return None, problem
    colors = np.repeat(planes, 3, axis=0) if kind == "L" else planes
    found = icc.read_profile(profile)
    if found is not None:
        return (colors if found.is_srgb() else found.to_srgb(colors)), _describe_use(profile)
    wanted = icc.pixel_mode(profile)
    converted = icc.convert_to_srgb(to_image(colors).convert(wanted), profile)
    if converted is None:
        return None, _DAMAGED
    return np.asarray(converted, np.float32).transpose(2, 0, 1), _IN_8_BITS


def _describe_mismatch(kind: str, profile: bytes) -> str:
    """Return why a profile does not fit pixels of a mode; empty if it does."""
    wanted = icc.pixel_mode(profile)
    if wanted is None:
        return f"its colour profile is {icc.describe_kind(profile)}, and is ignored"
    if wanted == kind or (wanted, kind) == ("RGB", "L"):
        return ""
    return f"its colour profile is for {_KINDS[wanted]} pictures, and is ignored"


def _describe_use(profile: bytes) -> str:
    """Return what the user should know of a profile that was applied; usually empty."""
    found = icc.read_profile(profile)
    if isinstance(found, HdrProfile):
        return f"its high dynamic range ({found.name}) is tone-mapped to sRGB"
    return ""
