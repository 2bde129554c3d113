"""Decoding of PNG of 16 bits a channel, strip by strip."""

from collections.abc import Iterable
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.decode import Decoded, decode_levels
from ortstyle.pictures.interlaced_png import read_interlaced
from ortstyle.pictures.png_chunks import chunk, chunks, open_one_pixel
from ortstyle.pictures.png_rows import PngHeader, read_rows
from ortstyle.pictures.strips import decode_image, join, reduction, strip_rows

_OF_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"bKGD", b"sBIT", b"hIST", b"IDAT", b"IEND"}
_OF_FRAMES = {b"acTL", b"fcTL", b"fdAT"}
_MOST_METADATA = 1 << 28  # bytes


def decode_png(
    image: Image.Image, file: BinaryIO, *, profile: bytes, side: int | None = None
) -> Decoded:
    """Decode a PNG of 16 bits a channel.

    Parameters
    ----------
    image
        The file, opened with Pillow and not yet loaded.
    file
        The file.
    profile
        The colour profile of its pixels; empty for sRGB.
    side
        The longest side to which the picture will be resized, as `read.read_picture` takes it.
    """
    size, factor = image.size, reduction(image.size, side)
    key, rows = image.info.get("transparency"), strip_rows(image.size, factor)
    header = PngHeader.read(file)
    if header and (header.has_rows or header.has_passes):
        read = read_rows if header.has_rows else read_interlaced
        return _decode(read(file, header, rows), key, profile, size=size, factor=factor)
    image.load()
    return decode_image(image, "", profile=profile)


def png_metadata(file: BinaryIO) -> Image.Image:
    """Return an image of one pixel that has the metadata of a PNG, wherever it lies in the file.

    Pillow finds what follows the pixels only by decoding all of them.
    """
    parts, left = [], _MOST_METADATA
    for kind, length in chunks(file):
        if kind in _OF_PIXELS | _OF_FRAMES or length > left:
            continue
        parts.append(chunk(kind, file.read(length)))
        left -= length
    return open_one_pixel(parts)


def _decode(
    strips: Iterable[NDArray[np.uint16]],
    key: Any,
    profile: bytes,
    *,
    size: tuple[int, int],
    factor: int,
) -> Decoded:
    decoded = (_decode_strip(strip, key, profile) for strip in strips)
    return join(decoded, size, factor=factor)


def _decode_strip(strip: NDArray[np.uint16], key: Any, profile: bytes) -> Decoded:
    """Decode ``(H, W, 1–4)`` levels, of which ``key`` is transparent unless it is None."""
    colors = strip[..., : 1 if strip.shape[2] < 3 else 3]
    alpha = None
    if strip.shape[2] in {2, 4}:
        alpha = strip[..., -1] / np.float32(65535)
    elif isinstance(key, int | tuple):
        alpha = (strip != key).any(axis=2)
    return decode_levels(colors / np.float32(257), alpha, profile=profile)
