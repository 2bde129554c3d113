"""Decoding of a picture strip by strip, so that a large one takes little memory.

Every strip is converted to sRGB and flattened on white by itself, and reduced on the way if only a
smaller picture is needed.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.decode import Decoded, decode, decode_array, grey_white, is_grey_above_8_bits

LARGE = 1 << 25
"""Pixels above which a picture of more than 8 bits is reduced, or held in 16 bits a channel."""

STRIP_PIXELS = 1 << 21
"""Pixels of a strip, or about so many."""

_DETAIL = 3  # how many times the wanted side a reduced picture keeps at least


def reduction(size: tuple[int, int], side: int | None) -> int:
    """Return the whole factor by which a large picture is reduced while it is decoded.

    Parameters
    ----------
    size
        Width and height of the picture.
    side
        The longest side in pixels to which it will be resized; None if all its pixels are needed.

    Returns
    -------
    int
        1 for a picture that is not large. What is left is at least three times ``side``.
    """
    if side is None or size[0] * size[1] <= LARGE:
        return 1
    return max(1, max(size) // (_DETAIL * max(1, side)))


def strip_rows(size: tuple[int, int], factor: int = 1) -> int:
    """Return the number of rows of a strip: about two million pixels, a multiple of ``factor``."""
    return max(1, STRIP_PIXELS // (size[0] * factor)) * factor


def regroup(arrays: Iterable[NDArray[Any]], rows: int) -> Iterator[NDArray[Any]]:
    """Join and divide arrays of rows so that each but the last holds ``rows`` rows."""
    waiting: list[NDArray[Any]] = []
    count = 0
    for array in arrays:
        start = 0
        while count + len(array) - start >= rows:
            end = start + rows - count
            yield np.concatenate([*waiting, array[start:end]]) if waiting else array[start:end]
            waiting, count, start = [], 0, end
        if start < len(array):
            waiting.append(array[start:])
            count += len(array) - start
    if waiting:
        yield np.concatenate(waiting) if len(waiting) > 1 else waiting[0]


def decode_image(image: Image.Image, label: str, *, profile: bytes) -> Decoded:
    """Decode a Pillow image of any mode as `decode.decode` does, by strips."""
    size, rows = image.size, strip_rows(image.size)
    plain = image.mode == "RGB" and not profile and not image.has_transparency_data
    if plain or rows >= image.height:
        return decode(image, label, profile=profile)
    white = grey_white(image) if is_grey_above_8_bits(image) else None
    boxes = ((0, top, size[0], min(top + rows, size[1])) for top in range(0, size[1], rows))
    strips = (decode(image.crop(box), label, profile=profile, white=white) for box in boxes)
    return join(strips, size)


def decode_large_array(array: NDArray[Any], label: str) -> Decoded:
    """Decode an array as `decode.decode_array` does, by strips."""
    if array.ndim < 2 or array.size == 0:
        return decode_array(array, label)
    size = (array.shape[1], array.shape[0])
    rows = strip_rows(size)
    parts = (array[top : top + rows] for top in range(0, size[1], rows))
    return join((decode_array(part, label) for part in parts), size)


def join(strips: Iterable[Decoded], size: tuple[int, int], *, factor: int = 1) -> Decoded:
    """Join the decoded strips of a picture from top to bottom.

    Parameters
    ----------
    strips
        The strips, each but the last with a multiple of ``factor`` rows.
    size
        Width and height of the whole picture.
    factor
        The whole factor by which it is reduced; each pixel of the result is the mean of a square.
    """
    width, height = (-(-length // factor) for length in size)
    planes: list[Image.Image] = []
    alpha = None
    last, top = None, 0
    for strip in strips:
        if factor == 1 and strip.planes[0].size == size:
            return strip
        if not planes:
            planes = _empty_planes(strip, (width, height))
        for plane, part in zip(planes, strip.planes, strict=False):
            plane.paste(_stored(_reduced(part, factor), plane.mode), (0, top))
        if strip.alpha and alpha is None:
            alpha = Image.new("L", (width, height), 255)
        if strip.alpha and alpha:
            alpha.paste(_reduced(strip.alpha, factor), (0, top))
        top += -(-strip.planes[0].height // factor)
        last = strip
    assert last is not None  # noqa: S101  a picture has at least one strip
    joined = tuple(planes) * (len(last.planes) // len(planes))
    return Decoded(joined, alpha, last.notice, last.profile_used)


def _empty_planes(strip: Decoded, size: tuple[int, int]) -> list[Image.Image]:
    """Return the planes of the whole picture; of a grey picture all are one image."""
    different = {id(plane) for plane in strip.planes}
    mode = strip.planes[0].mode
    if mode == "F" and size[0] * size[1] > LARGE:
        mode = "I;16"
    # Without a colour, memory is taken only as the strips are pasted.
    return [Image.new(mode, size, None) for _ in different]


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    return image if factor == 1 else image.reduce(factor)


def _stored(plane: Image.Image, mode: str) -> Image.Image:
    """Return a plane of mode F in the mode in which it is kept."""
    if plane.mode == mode:
        return plane
    levels = np.rint(np.clip(np.asarray(plane), 0, 255) * np.float32(257))
    return Image.fromarray(levels.astype(np.uint16))
