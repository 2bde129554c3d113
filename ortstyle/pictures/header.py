"""What the header of a picture says: the size and the memory it will take, before it is decoded."""

import os
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from PIL import Image

from ortstyle.pictures.decode import check_shape
from ortstyle.pictures.picture import Picture
from ortstyle.pictures.picture_file import open_picture
from ortstyle.pictures.pillow_guard import (
    MAX_PIXELS,
    check_pixel_count,
    pixel_limit,
    reading_errors,
)
from ortstyle.pictures.png_rows import PngHeader
from ortstyle.pictures.read import Source, orientation_of, read_picture
from ortstyle.pictures.source_file import label_of, open_source
from ortstyle.pictures.strips import STRIP_PIXELS, reduction

_ON_ITS_SIDE = range(5, 9)  # EXIF orientations that exchange width and height
_OF_8_BITS = {"AVIF", "BMP", "GIF", "JPEG", "MPO", "PNG", "PPM", "WEBP"}
_DEEP_MODES = {"I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
_SHALLOW_BYTES, _DEEP_BYTES = 4, 12  # of a pixel in a `Picture`, without its transparency
# How many times the bytes of a `Picture` are taken while it is read: by Pillow's image and what is
# made of it, and more while it is turned, by the coefficients of a progressive JPEG, and by the
# buffers of some decoders. A strip takes more, in floats.
_COPIES, _PROGRESSIVE_COPIES, _STRIP_COPIES = 2, 3, 6
_COPIES_OF_FORMATS = {"WEBP": 5, "AVIF": 5}


@dataclass(frozen=True)
class PictureHeader:
    """What is known of a picture before it is decoded.

    Attributes
    ----------
    label
        The role of the picture and its file, such as "content a.jpg".
    size
        Width and height in pixels, upright.
    pixel_bytes
        Bytes that a pixel takes in a `Picture`, or more.
    copies
        How many times the bytes of the `Picture` are in memory while it is read; 1 for a picture
        that has been read.
    is_reduced
        Whether the picture is reduced while it is decoded, if it is large; see `strips.reduction`.
    is_opaque
        Whether nothing of the picture is transparent for sure.
    """

    label: str
    size: tuple[int, int]
    pixel_bytes: int = _DEEP_BYTES + 1
    copies: int = 1
    is_reduced: bool = False
    is_opaque: bool = False

    @classmethod
    def of(cls, picture: Picture) -> "PictureHeader":
        """Return the header of a picture that has been read."""
        area = picture.width * picture.height
        opaque = picture.alpha is None
        return cls(picture.label, picture.proportions, -(-picture.nbytes // area), is_opaque=opaque)

    def whole_bytes(self, side: int) -> int:
        """Return the bytes, or more, of the picture that is read to be resized to a side."""
        factor = reduction(self.size, side) if self.is_reduced else 1
        return prod(-(-length // factor) for length in self.size) * self.pixel_bytes

    def reading_bytes(self, side: int) -> int:
        """Return the bytes, or more, that are in memory while the picture is read for a side."""
        whole = self.whole_bytes(side)
        if self.copies == 1:
            return whole
        strip = min(prod(self.size), STRIP_PIXELS) * self.pixel_bytes
        return self.copies * whole + _STRIP_COPIES * strip


def read_header(
    source: Source, *, name: str = "picture", max_pixels: int = MAX_PIXELS
) -> PictureHeader:
    """Read a picture's header alone; the arguments are as in `read_picture`.

    A file must be one that can be read again; see `source_file.is_pipe`.

    Raises
    ------
    PictureError
        The source is missing, unreadable, no picture, or has too many pixels.
    """
    if isinstance(source, np.ndarray):
        check_shape(source, name)
        return PictureHeader(name, (source.shape[1], source.shape[0]))
    if not isinstance(source, str | os.PathLike):
        return PictureHeader.of(read_picture(source, name=name, max_pixels=max_pixels))
    label = label_of(name, source)
    with (
        pixel_limit(max_pixels),
        reading_errors(label, max_pixels=max_pixels),
        open_source(Path(source), label=label) as file,
    ):
        png = PngHeader.read(file)
        opened = open_picture(file, label)
        width, height = opened.size
        check_pixel_count(width, height, max_pixels=max_pixels)
        image, orientation = opened.metadata, orientation_of(opened.metadata)
        if orientation in _ON_ITS_SIDE:
            width, height = height, width
        return PictureHeader(
            label,
            (width, height),
            _pixel_bytes(image, png),
            copies=_copies(image, is_turned=orientation != 1),
            is_reduced=png is not None and png.depth == 16,
            is_opaque=_is_opaque(image),
        )


def _pixel_bytes(image: Image.Image, png: PngHeader | None) -> int:
    """Return the bytes that a pixel takes once its image is decoded, or more."""
    deep = image.format not in _OF_8_BITS or image.mode in _DEEP_MODES
    deep = deep or (png is not None and png.depth == 16)
    return (_DEEP_BYTES if deep else _SHALLOW_BYTES) + (0 if _is_opaque(image) else 1)


def _is_opaque(image: Image.Image) -> bool:
    return image.mode in {"L", "RGB", "CMYK", "YCbCr"} and "transparency" not in image.info


def _copies(image: Image.Image, *, is_turned: bool) -> int:
    """Return how many times the bytes of a `Picture` are in memory while a file is read."""
    copies = _COPIES_OF_FORMATS.get(image.format or "", _COPIES)
    if image.info.get("progressive"):
        copies = _PROGRESSIVE_COPIES
    return max(copies, _COPIES + 1) if is_turned else copies
