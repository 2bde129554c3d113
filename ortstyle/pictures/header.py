"""What the header of a picture says: the size and the memory it will take, before it is decoded."""

import os
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from ortstyle.pictures.color_space import declared_color_space
from ortstyle.pictures.decode import check_shape
from ortstyle.pictures.picture import Picture
from ortstyle.pictures.picture_file import PictureFile, open_picture
from ortstyle.pictures.pillow_guard import (
    MAX_PIXELS,
    check_pixel_count,
    pixel_limit,
    reading_errors,
)
from ortstyle.pictures.read import Source, orientation_of, read_picture
from ortstyle.pictures.source_file import label_of, open_source
from ortstyle.pictures.strips import LARGE, STRIP_PIXELS, reduction

_ON_ITS_SIDE = range(5, 9)  # EXIF orientations that exchange width and height
_DEEP_MODES = {"I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
_SHALLOW_BYTES, _DEEP_BYTES = 4, 12  # of a pixel in a `Picture`, without its transparency
_LARGE_BYTES = 6  # of one of more than 8 bits in a large picture
_STRIP_BYTES, _DEEP_STRIP_BYTES = 45, 160  # of a pixel of the strip that is converted
_PLAIN = {"BMP", "GIF", "JPEG", "MPO", "PNG", "PPM", "TIFF"}  # whose decoders hold some rows
_BYTES_OF_OTHERS = 12


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
    decoding_bytes
        Bytes that are in memory beside the `Picture` while it is decoded, or more.
    is_deep
        Whether it is read by strips, and reduced on the way if it is large; see
        `strips.reduction`.
    is_turned
        Whether it is turned upright, which takes memory once more.
    is_opaque
        Whether nothing of the picture is transparent for sure.
    """

    label: str
    size: tuple[int, int]
    pixel_bytes: int = _DEEP_BYTES + 1
    decoding_bytes: int = 0
    is_deep: bool = False
    is_turned: bool = False
    is_opaque: bool = False

    @classmethod
    def of(cls, picture: Picture) -> "PictureHeader":
        """Return the header of a picture that has been read."""
        area = picture.width * picture.height
        opaque = picture.alpha is None
        return cls(picture.label, picture.proportions, -(-picture.nbytes // area), is_opaque=opaque)

    def whole_bytes(self, side: int) -> int:
        """Return the bytes, or more, of the picture that is read to be resized to a side."""
        factor = reduction(self.size, side) if self.is_deep else 1
        pixels = prod(-(-length // factor) for length in self.size)
        is_halved = self.is_deep and pixels > LARGE
        return pixels * (self.pixel_bytes - (_DEEP_BYTES - _LARGE_BYTES if is_halved else 0))

    def reading_bytes(self, side: int) -> int:
        """Return the bytes, or more, that are in memory while the picture is read for a side."""
        whole = self.whole_bytes(side)
        return whole + max(self.decoding_bytes, whole + 16 * STRIP_PIXELS if self.is_turned else 0)


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
        opened = open_picture(file, label)
        width, height = opened.size
        check_pixel_count(width, height, max_pixels=max_pixels)
        orientation = orientation_of(opened.metadata)
        if orientation in _ON_ITS_SIDE:
            width, height = height, width
        return PictureHeader(
            label,
            (width, height),
            _pixel_bytes(opened),
            decoding_bytes=_decoding_bytes(opened),
            is_deep=opened.is_deep,
            is_turned=orientation != 1,
            is_opaque=_is_opaque(opened),
        )


def _pixel_bytes(opened: PictureFile) -> int:
    """Return the bytes that a pixel takes once it is decoded, or more."""
    deep = opened.is_deep or opened.metadata.mode in _DEEP_MODES
    return (_DEEP_BYTES if deep else _SHALLOW_BYTES) + (0 if _is_opaque(opened) else 1)


def _is_opaque(opened: PictureFile) -> bool:
    image = opened.metadata
    if image.size != opened.size:  # its pixels may be others
        return opened.is_opaque
    return image.mode in {"L", "RGB", "CMYK", "YCbCr"} and "transparency" not in image.info


def _decoding_bytes(opened: PictureFile) -> int:
    """Return the bytes that are in memory beside the `Picture` while a file is decoded, or more."""
    strip = min(prod(opened.size), STRIP_PIXELS)
    if opened.is_deep:
        return strip * _DEEP_STRIP_BYTES + opened.buffer_bytes
    image, kind = opened.metadata, opened.metadata.format or ""
    bands = len(image.getbands())
    is_kept = image.mode == "RGB" and not image.has_transparency_data
    is_kept = is_kept and not declared_color_space(image, opened.file).profile
    decoded = 0 if is_kept else 1 if image.mode in {"1", "L", "P"} and kind != "BMP" else 4
    held = _held_bytes(kind, bands, is_progressive=bool(image.info.get("progressive")))
    size = max(prod(image.size), prod(opened.size))
    return size * max(decoded, held) + strip * _STRIP_BYTES + opened.buffer_bytes


def _held_bytes(kind: str, bands: int, *, is_progressive: bool) -> int:
    """Return the bytes of a pixel that a decoder holds beside Pillow's image, or more."""
    if is_progressive:  # the coefficients of JPEG
        return 2 * bands
    if kind in {"AVIF", "HEIF"}:  # up to 16 bits, and the pixels made of them, twice
        return 3 * bands
    if kind == "JPEG2000":  # 32 bits
        return 4 * bands + 4
    if kind == "WEBP":  # two pictures
        return 8
    return 0 if kind in _PLAIN else _BYTES_OF_OTHERS
