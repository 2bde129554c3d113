"""Pictures in files, in Pillow and in arrays.

Inside ortstyle a picture is a ``(1, 3, H, W)`` float32 array, RGB, 0–255. Outside it is whatever
Pillow opens, or an array. Everything read passes through the same steps: to sRGB, flatten, orient.
"""

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from ortstyle.errors import PictureError
from ortstyle.pictures.arrays import to_array, to_picture
from ortstyle.pictures.decode import Decoded, decode, decode_array, decode_levels
from ortstyle.pictures.metadata import carried_exif, embedded_text
from ortstyle.pictures.picture import Picture, fit, scaled_size
from ortstyle.pictures.pillow_guard import MAX_PIXELS, blaming, check_size, guarded, open_file
from ortstyle.pictures.png_tiff16 import is_deep, read_deep
from ortstyle.pictures.write import check_output, save_picture

__all__ = [
    "MAX_PIXELS",
    "Picture",
    "Source",
    "check_output",
    "fit",
    "read_picture",
    "read_rgb",
    "read_text",
    "save_picture",
    "scaled_size",
    "to_array",
    "to_picture",
]

_LAYERED = {"MPO", "PSD"}  # formats whose further frames are previews or parts of the picture
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture of this EXIF orientation upright."""


Source: TypeAlias = str | os.PathLike[str] | Image.Image | npt.NDArray[Any] | Picture


def read_picture(source: Source, *, name: str = "picture", max_pixels: int = MAX_PIXELS) -> Picture:
    """Open a picture as sRGB, upright and opaque, with the depth it has and what its file said.

    The colour profile is applied, EXIF orientation too, transparency flattened on white, the first
    frame of an animation taken. Pillow's mode ``I`` counts as 16 bits unless it holds more; mode
    ``F`` as 0–1, 0–255 or 0–65535, the smallest that holds its values. A profile or EXIF that can't
    be used is ignored.

    Parameters
    ----------
    source
        A file, a PIL image, an array of shape ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``:
        uint8, uint16, or floats in 0–1; or what this function gave, which is given back. The
        caller's object is left as it is. Colour of 16 bits is read in full from PNG and TIFF files
        and from arrays; Pillow's own images hold 8.
    name
        What the picture is for; begins the error messages.
    max_pixels
        Most pixels to accept, checked before anything is decoded.

    Raises
    ------
    PictureError
        The source is missing, unreadable, damaged, empty, too large, or of an unsupported kind.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        with blaming(name, max_pixels):
            if source.ndim > 1:
                check_size(source.shape[1], source.shape[0], max_pixels)
            return _opened(decode_array(source, name), name)
    if isinstance(source, Image.Image):
        with guarded(max_pixels), blaming(name, max_pixels):
            return _read(source, name, max_pixels)
    if not isinstance(source, str | os.PathLike):
        raise PictureError(f"{name}: {type(source).__name__} is no path, PIL image or NumPy array")
    label = f"{name} {os.fspath(source)}"
    with guarded(max_pixels), blaming(label, max_pixels), open_file(Path(source), label) as image:
        return _read(image, label, max_pixels, Path(source))


def read_rgb(source: Source, *, name: str = "picture", max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Open a picture as 8-bit sRGB, upright and opaque: `read_picture` without the rest.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, with no metadata.

    Raises
    ------
    PictureError
        The source is missing, unreadable, damaged, empty, too large, or of an unsupported kind.
    """
    opened = read_picture(source, name=name, max_pixels=max_pixels)
    return opened.planes[0] if opened.depth == 8 else to_picture(opened.pixels)


def read_text(path: str | os.PathLike[str], *, name: str = "picture") -> str | None:
    """Give the text that ortstyle left in a picture it wrote; None where there is none.

    Raises
    ------
    PictureError
        The file is missing, or no picture.
    """
    label = f"{name} {os.fspath(path)}"
    with guarded(MAX_PIXELS), blaming(label, MAX_PIXELS), open_file(Path(path), label) as image:
        return embedded_text(image)


def _read(image: Image.Image, label: str, max_pixels: int, path: Path | None = None) -> Picture:
    width, height = image.size
    if width * height == 0:
        raise PictureError(f"{label} is {width}×{height}: it has no pixels")
    check_size(width, height, max_pixels)
    if path and is_deep(image):
        with Image.open(path) as again:
            colours = _decode_deep(image, again)
    else:
        image.load()
        colours = decode(image, label)
    exif, orientation = carried_exif(image), _orientation(image)
    notices = [f"{label}: {colours.notice}"] if colours.notice else []
    if path and (frames := _frames(path)) > 1:
        notices.append(f"{label} holds {frames} pictures; the first is taken")
    opened = _opened(colours, label, image.info.get("icc_profile"))
    opened = replace(opened, exif=exif, notices=tuple(notices))
    turn = _TURNS.get(orientation)
    if turn is None:
        return opened
    planes = tuple(plane.transpose(turn) for plane in opened.planes)
    return replace(opened, planes=planes, alpha=opened.alpha and opened.alpha.transpose(turn))


def _opened(colours: Decoded, label: str, profile: bytes | None = None) -> Picture:
    for plane in colours.planes:
        plane.info = {}
    icc = profile if colours.converted else None
    return Picture(planes=colours.planes, alpha=colours.alpha, icc=icc, label=label)


def _decode_deep(image: Image.Image, again: Image.Image) -> Decoded:
    levels = read_deep(image, again)
    key, alpha = image.info.get("transparency"), None
    if levels.shape[2] == 4:
        alpha = levels[..., 3] / np.float32(65535)
    elif isinstance(key, tuple):
        alpha = (levels != key).any(axis=2)
    profile = image.info.get("icc_profile") or b""
    return decode_levels(levels[..., :3] / np.float32(257), alpha, profile)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - the metadata is damaged in whatever way, the picture is not
        return 1


def _frames(path: Path) -> int:
    with suppress(Exception), Image.open(path) as image:
        if image.format not in _LAYERED:
            return getattr(image, "n_frames", 1)
    return 1
