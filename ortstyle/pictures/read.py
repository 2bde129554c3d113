"""Reading of pictures from files, Pillow images and arrays.

All of them go through the same steps: conversion to sRGB, flattening on white, and turning upright.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from ortstyle.errors import PictureError
from ortstyle.pictures.color_space import declared_color_space
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
            decoded = decode_large_array(source, name)
            return Picture(planes=decoded.planes, alpha=decoded.alpha, label=name)
    if isinstance(source, Image.Image):
        is_closed = _is_closed(source)
        try:
            with pixel_limit(max_pixels), reading_errors(name, max_pixels=max_pixels):
                return _read(
                    lambda: wrap_image(source, name), name, max_pixels=max_pixels, side=side
                )
        except PictureError as error:
            if not is_closed:
                raise
            raise PictureError(
                f"{name} is a PIL image that has been closed; give it while it is open"
            ) from error
    if not isinstance(source, str | os.PathLike):
        raise PictureError(f"{name}: {type(source).__name__} is no path, PIL image or NumPy array")
    label = label_of(name, source)
    with (
        pixel_limit(max_pixels),
        reading_errors(label, max_pixels=max_pixels),
        open_source(Path(source), label=label) as file,
    ):
        return _read(lambda: open_picture(file, label), label, max_pixels=max_pixels, side=side)


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


def _is_closed(image: Image.Image) -> bool:
    """Return whether a Pillow image has neither pixels nor a file that it could read them from."""
    with suppress(Exception):  # which Pillow's versions raise in different kinds
        if image.im.size:
            return False
    file = getattr(image, "fp", None)
    return file is None or bool(getattr(file, "closed", False))


def _read(
    open_file: Callable[[], PictureFile], label: str, *, max_pixels: int, side: int | None
) -> Picture:
    """Open and decode a picture, and turn it upright."""
    opened = open_file()
    width, height = opened.size
    if width * height == 0:
        raise PictureError(f"{label} is {width}×{height}: it has no pixels")
    check_pixel_count(width, height, max_pixels=max_pixels)
    space = declared_color_space(opened.metadata, opened.file)
    decoded = opened.decode(space.profile, side)
    carried = read_carried(opened.metadata, opened.file, directory=opened.directory)
    turn = _TURNS.get(orientation_of(opened.metadata))
    notices = [f"{label}: {notice}" for notice in (space.notice, decoded.notice) if notice]
    if (frames := opened.count_frames()) > 1:
        notices.append(f"{label} holds {frames} pictures; the first is taken")
    planes, alpha = list(decoded.planes), decoded.alpha
    source_size = opened.size if planes[0].size != opened.size else None
    without_pixels = Picture(
        planes=(),
        icc=space.profile if decoded.profile_used else None,
        carried=carried,
        notices=tuple(notices),
        label=label,
        source_size=source_size,
    )
    del opened, decoded  # and with them the pixels as the file has them
    for plane in planes:
        plane.info = {}
    if turn is not None:
        without_pixels = without_pixels.transpose(turn)
        _turn_each(planes, turn)
        alpha = alpha and alpha.transpose(turn)
    return replace(without_pixels, planes=tuple(planes), alpha=alpha)


def _turn_each(planes: list[Image.Image], turn: Image.Transpose) -> None:
    """Turn planes in place one by one, so that one is in memory twice, and not all."""
    if len({id(plane) for plane in planes}) == 1:  # of a grey picture they are one image
        planes[:] = [planes[0].transpose(turn)] * len(planes)
        return
    for index in range(len(planes)):
        planes[index] = planes[index].transpose(turn)


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1–8; 1 where there is none or it is damaged."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - Pillow raises errors of many kinds on damaged metadata
        return 1
