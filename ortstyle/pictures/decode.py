"""Decoding of a Pillow image or an array into sRGB: colour profile, transparency and depth.

The result is a tuple of planes: one image of mode RGB, or for more than 8 bits a channel three of
mode F, 0–255. Pillow can resize both. EXIF orientation is left to `ortstyle.pictures.read`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ortstyle.errors import PictureError
from ortstyle.pictures.apply_profile import convert_image, convert_levels
from ortstyle.pictures.value_range import float_white, white_level


@dataclass(frozen=True)
class Decoded:
    """A decoded picture: its colours in sRGB, flattened on white, and its transparency.

    Attributes
    ----------
    planes
        One image of mode RGB, or three of mode F, 0–255, which are the same image if the picture
        is grey; opaque.
    alpha
        The transparency, of mode L; None where the picture is opaque.
    notice
        What the user should know about the colour profile; usually empty.
    profile_used
        Whether the colours were converted by the picture's own profile.
    """

    planes: tuple[Image.Image, ...]
    alpha: Image.Image | None = None
    notice: str = ""
    profile_used: bool = False


def decode(
    image: Image.Image, label: str, *, profile: bytes, white: float | None = None
) -> Decoded:
    """Decode a Pillow image of any mode, or a strip of one.

    An opaque image of mode RGB without a profile is itself the plane of the result.

    Parameters
    ----------
    image
        The image.
    label
        Error messages begin with it.
    profile
        The colour profile of the pixels; empty for sRGB.
    white
        What `grey_white` returns for the whole image, if this is a strip of it.

    Raises
    ------
    PictureError
        An image of mode F holds NaN or infinite values.
    """
    if is_grey_above_8_bits(image):
        levels = np.asarray(image).astype(np.float64)
        if not np.isfinite(levels).all():
            raise PictureError(f"{label} holds NaN or infinite values; replace them")
        white = grey_white(image) if white is None else white
        grey = np.clip(levels, 0, white) * (255 / white)
        key = image.info.get("transparency")
        alpha = np.asarray(image) != key if isinstance(key, int) else None
        return decode_levels(grey[..., None], alpha, profile=profile)
    if not image.has_transparency_data:
        rgb, notice = convert_image(image, profile)
        return Decoded((rgb or _convert_without_profile(image),), None, notice, rgb is not None)
    if image.mode == "La":
        image = image.convert("LA")
    rgba = image.convert("RGBA")
    rgb, notice = convert_image(image if image.mode in ("L", "LA") else rgba, profile)
    alpha_plane = rgba.getchannel("A")
    if rgb:
        rgba = rgb.convert("RGBA")
        rgba.putalpha(alpha_plane)
    flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), rgba).convert("RGB")
    return Decoded((flat,), _unless_opaque(alpha_plane), notice, rgb is not None)


def is_grey_above_8_bits(image: Image.Image) -> bool:
    """Return whether an image is grey with more than 8 bits; Pillow would clip it."""
    return image.mode.startswith("I") or image.mode == "F"


def grey_white(image: Image.Image) -> float:
    """Return the value that stands for white in a grey image of more than 8 bits."""
    top = float(np.asarray(image).max())
    if image.mode == "F":
        return float_white(top)
    return white_level(top, (65535, 2**31 - 1) if image.mode == "I" else (65535,))


def decode_levels(
    levels: NDArray[np.floating[Any]],
    alpha: NDArray[Any] | None = None,
    *,
    profile: bytes = b"",
) -> Decoded:
    """Decode pixel values of more than 8 bits.

    Parameters
    ----------
    levels
        ``(H, W, 1)`` or ``(H, W, 3)``, 0–255 with fractions.
    alpha
        ``(H, W)``, 0–1; None for an opaque picture.
    profile
        The colour profile of the levels; empty for sRGB.
    """
    planes = np.ascontiguousarray(levels.transpose(2, 0, 1), np.float32)
    converted, notice = convert_levels(planes, profile)
    planes = planes if converted is None else converted
    alpha_plane = None
    if alpha is not None:
        cover = alpha.astype(np.float32)
        planes = 255 + (planes - 255) * cover
        alpha_plane = _unless_opaque(Image.fromarray(np.rint(cover * 255).astype(np.uint8)))
    images = tuple(Image.fromarray(np.ascontiguousarray(plane)) for plane in planes)
    return Decoded(images * (3 // len(images)), alpha_plane, notice, converted is not None)


def decode_array(array: NDArray[Any], label: str) -> Decoded:
    """Decode an array of a kind that `read.read_picture` accepts; ``label`` begins errors.

    Raises
    ------
    PictureError
        The shape, type or values of the array are not those of a picture.
    """
    check_shape(array, label)
    kind = array.dtype.newbyteorder("=")
    if kind == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
        kind = array.dtype
    if kind == np.uint8:
        return decode(Image.fromarray(np.ascontiguousarray(array)), label, profile=b"")
    if kind == np.uint16:
        levels = array / 65535
    elif np.issubdtype(kind, np.floating):
        levels = array.astype(np.float64)
        if not np.isfinite(levels).all():
            raise PictureError(f"{label}: the array holds NaN or infinite values; replace them")
        if levels.min() < 0 or levels.max() > 1:
            raise PictureError(f"{label}: floats must lie in 0–1; divide by 255, or clip")
    else:
        raise PictureError(
            f"{label}: {array.dtype} arrays are not supported; use bool, uint8, uint16, or floats "
            "in 0–1"
        )
    levels = levels[..., None] if levels.ndim == 2 else levels
    return decode_levels(levels[..., :3] * 255, levels[..., 3] if levels.shape[2] == 4 else None)


def check_shape(array: NDArray[Any], label: str) -> None:
    """Raise a `PictureError` that begins with ``label`` if an array has not a picture's shape."""
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise PictureError(
            f"{label}: shape {array.shape} is not a picture's; use (H, W), (H, W, 3) or (H, W, 4)"
        )
    if array.size == 0:
        raise PictureError(f"{label}: shape {array.shape} has no pixels")


def _convert_without_profile(image: Image.Image) -> Image.Image:
    """Convert an image of any mode to RGB; one of this mode is returned itself."""
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        return converted or image
    return image if image.mode == "RGB" else image.convert("RGB")


def _unless_opaque(alpha: Image.Image) -> Image.Image | None:
    """Return the transparency, or None where it is opaque everywhere."""
    return None if np.asarray(alpha).min() == 255 else alpha
