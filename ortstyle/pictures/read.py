"""Reading of pictures from files, Pillow images and arrays.

All of them go through the same steps: conversion to sRGB, flattening on white, and turning upright.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from ortstyle.errors import PictureError
from ortstyle.pictures.color_space import declared_color_space
from ortstyle.pictures.decode import Decoded
from ortstyle.pictures.metadata import embedded_text, read_carried
from ortstyle.pictures.picture import Picture, to_image
from ortstyle.pictures.picture_file import PictureFile, open_picture, wrap_image
from ortstyle.pictures.pillow_guard import (
    MAX_PIXELS,
    check_pixel_count,
    pixel_limit,
    reading_errors,
)
from ortstyle.pictures.source_file import label_of, open_source
from ortstyle.pictures.strips import decode_large_array

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The operation that turns a picture upright, by EXIF orientation."""

Source: TypeAlias = str | os.PathLike[str] | Image.Image | npt.NDArray[Any] | Picture
"""Any source from which `read_picture` can read a picture."""


def read_picture(
    source: Source,
    *,
    name: str = "picture",
    max_pixels: int = MAX_PIXELS,
    side: int | None = None,
) -> Picture:
    """Read a picture as sRGB, upright and opaque, with its depth and metadata.

    The colour profile and EXIF orientation are applied, transparency is flattened on white, and the
    first frame of an animation is taken. Pillow's mode ``I`` counts as 16 bits unless it holds
    more. Floats up to 16 count as 0–1, with highlights above 1 clipped; larger ones as 0–255 or
    0–65535, the smaller range that holds them. A colour profile or EXIF that can't be used is
    ignored.

    Parameters
    ----------
    source
        A file; a pipe, or "-" for standard input, which are read once; a PIL image; an array of
        shape ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` of bool, uint8, uint16, or floats in 0–1;
        or a `Picture`, which is returned unchanged. The caller's object is not changed. Colour of
        more than 8 bits a channel is read in full from PNG and TIFF files and from arrays; Pillow's
        own images hold 8.
    name
        The role of the picture, such as "content"; error messages begin with it.
    max_pixels
        Largest number of pixels accepted, checked before anything is decoded.
    side
        The longest side in pixels to which the caller will resize the picture. A very large one of
        more than 8 bits is then reduced by a whole factor while it is decoded, to three times this
        side or more; see `Picture.source_size`. None keeps all pixels.

    Raises
    ------
    PictureError
        The source is missing, unreadable, damaged, empty, too large, or of an unsupported kind.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        with reading_errors(name, max_pixels=max_pixels):
            if source.ndim > 1:
                check_pixel_count(source.shape[1], source.shape[0], max_pixels=max_pixels)
            return _make_picture(decode_large_array(source, name), label=name)
    if isinstance(source, Image.Image):
        with pixel_limit(max_pixels), reading_errors(name, max_pixels=max_pixels):
            return _read(wrap_image(source, name), label=name, max_pixels=max_pixels, side=side)
    if not isinstance(source, str | os.PathLike):
        raise PictureError(f"{name}: {type(source).__name__} is no path, PIL image or NumPy array")
    label = label_of(name, source)
    with (
        pixel_limit(max_pixels),
        reading_errors(label, max_pixels=max_pixels),
        open_source(Path(source), label=label) as file,
    ):
        opened = open_picture(file, label)
        return _read(opened, label=label, max_pixels=max_pixels, side=side)


def read_rgb(source: Source, *, name: str = "picture", max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Read a picture as 8-bit sRGB, upright and opaque; the arguments are as in `read_picture`.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, with no metadata.

    Raises
    ------
    PictureError
        The source is missing, unreadable, damaged, empty, too large, or of an unsupported kind.
    """
    picture = read_picture(source, name=name, max_pixels=max_pixels)
    return picture.planes[0] if picture.depth == 8 else to_image(picture.pixels)


def read_embedded_text(path: str | os.PathLike[str], *, name: str = "picture") -> str | None:
    """Return the text that ortstyle embedded in a picture's file; None where there is none.

    Raises
    ------
    PictureError
        The file is missing, or is no picture.
    """
    label = label_of(name, path)
    with (
        pixel_limit(MAX_PIXELS),
        reading_errors(label, max_pixels=MAX_PIXELS),
        open_source(Path(path), label=label) as file,
    ):
        return embedded_text(open_picture(file, label).metadata)


def _read(opened: PictureFile, *, label: str, max_pixels: int, side: int | None) -> Picture:
    """Decode an opened picture, and turn it upright."""
    width, height = opened.size
    if width * height == 0:
        raise PictureError(f"{label} is {width}×{height}: it has no pixels")
    check_pixel_count(width, height, max_pixels=max_pixels)
    space = declared_color_space(opened.metadata, opened.file)
    decoded = opened.decode(space.profile, side)
    carried = read_carried(opened.metadata, opened.file, directory=opened.directory)
    orientation = orientation_of(opened.metadata)
    notices = [f"{label}: {notice}" for notice in (space.notice, decoded.notice) if notice]
    if (frames := opened.count_frames()) > 1:
        notices.append(f"{label} holds {frames} pictures; the first is taken")
    picture = _make_picture(decoded, label=label, profile=space.profile)
    source_size = opened.size if picture.size != opened.size else None
    picture = replace(picture, carried=carried, notices=tuple(notices), source_size=source_size)
    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _make_picture(decoded: Decoded, *, label: str, profile: bytes = b"") -> Picture:
    """Return the record of a decoded picture, and clear Pillow's metadata from its images."""
    for plane in decoded.planes:
        plane.info = {}
    icc = profile if decoded.profile_used else None
    return Picture(planes=decoded.planes, alpha=decoded.alpha, icc=icc, label=label)


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1–8; 1 where there is none or it is damaged."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - Pillow raises errors of many kinds on damaged metadata
        return 1
