"""RGB as the planes that codecs take: luma and chroma, or green, blue and red.

The arithmetic is that of ITU-T H.273 (equations 11 to 38), computed in floats and rounded once.
Chroma of 4:2:0 and 4:2:2 is centred where decoders expect it: horizontally on every second pixel,
vertically between two.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.media.colors import LUMA_WEIGHTS

_WORD = {"bgr0": (2, 1, 0), "rgb24": (0, 1, 2), "rgb48be": (0, 1, 2)}
"""Order of the channels of packed formats."""


def bits_of(pixel_format: str) -> int:
    """Return the bits of a sample of a pixel format that `output_formats` names."""
    if pixel_format == "rgb48be":
        return 16
    digits = pixel_format.removesuffix("le").rpartition("p")[2]
    return int(digits) if digits.isdigit() and len(digits) == 2 else 8


def has_chroma(pixel_format: str) -> bool:
    """Return whether a pixel format has planes of luma and chroma."""
    return pixel_format.startswith("yuv")


def to_planes(
    pixels: NDArray[Any], pixel_format: str, *, matrix: int = 1, full_range: bool = False
) -> list[NDArray[Any]]:
    """Return the planes of a frame.

    Parameters
    ----------
    pixels
        ``(H, W, 3)`` uint8 or uint16, RGB. The largest number of the type is white.
    pixel_format
        FFmpeg's name: rgb24, rgb48be, bgr0, gbrp…, yuv420p…, yuv422p… or yuv444p…
    matrix
        Code point of the matrix, a key of `colors.LUMA_WEIGHTS`.
    full_range
        Whether luma spans all numbers, rather than 16 to 235 of 8 bits.

    Returns
    -------
    list of numpy.ndarray
        One array a plane, of rows of bytes or words: ``(H, W)``, for packed formats ``(H, 3·W)`` or
        ``(H, 4·W)``, for chroma half the width and, of 4:2:0, half the height.
    """
    bits = bits_of(pixel_format)
    if has_chroma(pixel_format):
        return _yuv(pixels, pixel_format, bits=bits, matrix=matrix, full_range=full_range)
    levels = to_levels(pixels, bits)
    if order := _WORD.get(pixel_format):
        packed = levels[..., order]
        if pixel_format == "bgr0":
            packed = np.concatenate([packed, np.zeros_like(packed[..., :1])], axis=2)
        kind = np.dtype(">u2") if pixel_format == "rgb48be" else packed.dtype
        return [packed.reshape(len(packed), -1).astype(kind)]
    return [np.ascontiguousarray(levels[..., channel]) for channel in (1, 2, 0)]


def to_levels(pixels: NDArray[Any], bits: int) -> NDArray[Any]:
    """Return pixels as levels of a number of bits: uint8 up to 8, uint16 above."""
    kind = np.uint8 if bits <= 8 else np.uint16
    white, most = np.iinfo(pixels.dtype).max, 2**bits - 1
    if white == most:
        return pixels
    return np.rint(pixels * (np.float64(most) / white)).astype(kind)


def _yuv(
    pixels: NDArray[Any], pixel_format: str, *, bits: int, matrix: int, full_range: bool
) -> list[NDArray[Any]]:
    kind: type[np.unsignedinteger[Any]] = np.uint8 if bits <= 8 else np.uint16
    most, unit = 2**bits - 1, 2 ** (bits - 8)
    rgb = pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    red, blue = LUMA_WEIGHTS[matrix]
    luma = rgb @ np.array([red, 1 - red - blue, blue], np.float32)
    offset, swing = (0, most) if full_range else (16 * unit, 219 * unit)
    chroma_swing = most if full_range else 224 * unit
    planes = [offset + swing * luma]
    for channel, weight in ((2, blue), (0, red)):
        difference = (rgb[..., channel] - luma) / (2 - 2 * weight)
        planes.append(128 * unit + chroma_swing * _reduced(difference, pixel_format))
    return [np.clip(np.rint(plane), 0, most).astype(kind) for plane in planes]


def _reduced(chroma: NDArray[np.floating[Any]], pixel_format: str) -> NDArray[np.floating[Any]]:
    """Return ``(H, W)`` chroma at the resolution that a pixel format has."""
    if pixel_format.startswith("yuv444p"):
        return chroma
    padded = np.pad(chroma, ((0, 0), (1, 1)), mode="edge")
    chroma = (padded[:, :-2:2] + 2 * padded[:, 1:-1:2] + padded[:, 2::2]) / 4
    if pixel_format.startswith("yuv422p"):
        return chroma
    return (chroma[::2] + chroma[1::2]) / 2
