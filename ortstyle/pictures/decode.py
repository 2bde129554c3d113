"""From what Pillow opened, or an array, to planes of sRGB: profile, transparency, depth.

Planes are one picture of mode RGB, or three of mode F, 0–255, for what has more than 8 bits: Pillow
resizes both. Orientation is not looked at here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ortstyle.errors import PictureError
from ortstyle.pictures import icc
from ortstyle.pictures.arrays import to_picture

_IGNORED = "its colour profile is damaged or for other pictures, and is ignored"
_SHALLOW = "its colour profile is computed in 8 bits"


@dataclass(frozen=True)
class Decoded:
    """What was decoded.

    Attributes
    ----------
    planes
        One of mode RGB, or three of mode F; opaque.
    alpha
        Mode L; None where the picture is opaque.
    notice
        What a person should know; usually empty.
    converted
        Whether the profile was used.
    """

    planes: tuple[Image.Image, ...]
    alpha: Image.Image | None = None
    notice: str = ""
    converted: bool = False


def decode(image: Image.Image, label: str) -> Decoded:
    """Turn a picture of any mode into planes; see `Decoded`.

    Raises
    ------
    PictureError
        A picture of mode F holds NaN or infinite values.
    """
    profile = image.info.get("icc_profile") or b""
    if image.mode.startswith("I") or image.mode == "F":
        grey = _grey(image, label)
        key = image.info.get("transparency")
        alpha = np.asarray(image) != key if isinstance(key, int) else None
        return decode_levels(grey[..., None], alpha, profile)
    if not image.has_transparency_data:
        rgb = _convert(image, profile)
        return Decoded((rgb or _rgb(image),), None, *_used(rgb, profile))
    if image.mode == "La":
        image = image.convert("LA")
    rgba = image.convert("RGBA")
    rgb = _convert(image if image.mode in ("L", "LA") else rgba, profile)
    alpha_plane = rgba.getchannel("A")
    if rgb:
        rgba = rgb.convert("RGBA")
        rgba.putalpha(alpha_plane)
    flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), rgba).convert("RGB")
    return Decoded((flat,), _unless_opaque(alpha_plane), *_used(rgb, profile))


def decode_levels(
    levels: NDArray[np.floating[Any]],
    alpha: NDArray[Any] | None = None,
    profile: bytes = b"",
) -> Decoded:
    """Turn levels of more than 8 bits into planes.

    Parameters
    ----------
    levels
        ``(H, W, 1)`` or ``(H, W, 3)``, 0–255 with fractions.
    alpha
        ``(H, W)``, 0–1.
    profile
        Of the levels' colours; may be empty.
    """
    planes = np.ascontiguousarray(levels.transpose(2, 0, 1), np.float32)
    mode = "L" if len(planes) == 1 else "RGB"
    planes = np.repeat(planes, 3, axis=0) if mode == "L" else planes
    notice, converted = (_IGNORED if profile else ""), False
    if profile and icc.mode(profile) == mode:
        found = icc.matrix(profile)
        if found is not None:
            planes = planes if found.is_srgb() else found.to_srgb(planes)
            notice, converted = "", True
        elif rgb := icc.convert(to_picture(planes).convert(mode), profile):
            planes = np.asarray(rgb, np.float32).transpose(2, 0, 1)
            notice, converted = _SHALLOW, True
    alpha_plane = None
    if alpha is not None:
        cover = alpha.astype(np.float32)
        planes = 255 + (planes - 255) * cover
        alpha_plane = _unless_opaque(Image.fromarray(np.rint(cover * 255).astype(np.uint8)))
    images = tuple(Image.fromarray(np.ascontiguousarray(plane)) for plane in planes)
    return Decoded(images, alpha_plane, notice, converted)


def decode_array(array: NDArray[Any], label: str) -> Decoded:
    """Turn an array that `images.read_rgb` takes into planes.

    Raises
    ------
    PictureError
        Its shape, type or values are no picture's.
    """
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise PictureError(
            f"{label}: shape {array.shape} is no picture's; use (H, W), (H, W, 3) or (H, W, 4)"
        )
    if array.size == 0:
        raise PictureError(f"{label}: shape {array.shape} has no pixels")
    if array.dtype == np.uint8:
        return decode(Image.fromarray(np.ascontiguousarray(array)), label)
    if array.dtype == np.uint16:
        levels = array / 65535
    elif np.issubdtype(array.dtype, np.floating):
        levels = array.astype(np.float64)
        if not np.isfinite(levels).all():
            raise PictureError(f"{label}: the array holds NaN or infinite values; replace them")
        if levels.min() < 0 or levels.max() > 1:
            raise PictureError(f"{label}: floats must lie in 0–1; divide by 255, or clip")
    else:
        raise PictureError(
            f"{label}: {array.dtype} arrays are not supported; use uint8, uint16, or floats in 0–1"
        )
    levels = levels[..., None] if levels.ndim == 2 else levels
    return decode_levels(levels[..., :3] * 255, levels[..., 3] if levels.shape[2] == 4 else None)


def _used(rgb: Image.Image | None, profile: bytes) -> tuple[str, bool]:
    return (_IGNORED if profile and rgb is None else ""), rgb is not None


def _convert(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Convert by the profile, if it is for pictures of this kind."""
    if not profile:
        return None
    grey = image.mode in {"1", "L", "LA"}
    base = "L" if grey else "CMYK" if image.mode == "CMYK" else "RGB"
    if image.mode == "LAB" or icc.mode(profile) != base:
        return None
    return icc.convert(image.convert(base), profile)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        return converted or image
    return image.convert("RGB")


def _unless_opaque(alpha: Image.Image) -> Image.Image | None:
    return None if np.asarray(alpha).min() == 255 else alpha


def _grey(image: Image.Image, label: str) -> NDArray[np.float64]:
    """Scale a deep greyscale image to ``(H, W)``, 0–255; Pillow's convert would clip it."""
    levels = np.asarray(image).astype(np.float64)
    if not np.isfinite(levels).all():
        raise PictureError(f"{label} holds NaN or infinite values; replace them")
    scales = {"F": (1, 255, 65535), "I": (65535, 2**31 - 1)}.get(image.mode, (65535,))
    top = levels.max()
    white = next((scale for scale in scales if top <= scale), top)
    return np.clip(levels, 0, None) * (255 / white)
