"""Samples of a TIFF as numbers: bits are unpacked, and predictors undone."""

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.tiff_layout import TiffLayout

Samples = NDArray[np.number]
"""Samples of rows, ``(rows, W, samples)``, of the type that `unpack` returns."""

_DIFFERENCES, _FLOAT_DIFFERENCES = 2, 3  # predictors


def bytes_per_row(layout: TiffLayout, width: int, samples: int) -> int:
    """Return the bytes of a row of pixels of so many samples, padded to whole bytes."""
    return (width * samples * layout.bits + 7) // 8


def unpack(data: bytes, layout: TiffLayout, *, width: int, samples: int) -> Samples:
    """Return the samples of decompressed rows.

    Parameters
    ----------
    data
        Whole rows.
    layout
        How they are stored.
    width, samples
        Pixels of a row, and samples of a pixel.

    Returns
    -------
    numpy.ndarray
        ``(rows, width, samples)`` in the machine's byte order: uint8, uint16 or uint32, of which
        the lowest `TiffLayout.bits` are used; int8, int16 or int32; or float16, float32 or float64.
    """
    row_bytes = bytes_per_row(layout, width, samples)
    rows = np.frombuffer(data, np.uint8).reshape(-1, row_bytes)
    shape = (len(rows), width, samples)
    size, order = layout.bits // 8, ">" if layout.big_endian else "<"
    if layout.kind == "float" and layout.predictor == _FLOAT_DIFFERENCES:
        rows, order = _undo_float_differences(rows, size, samples), ">"
    if layout.bits == 24:
        found = _three_bytes(rows.reshape(*shape, 3), order)
        return _float24(found) if layout.kind == "float" else found
    if layout.bits not in {8, 16, 32, 64}:
        return _unpack_bits(rows, layout.bits, width * samples).reshape(shape)
    numbers = rows.reshape(-1).view(f"{order}u{size}").reshape(shape).astype(f"=u{size}")
    if layout.predictor == _DIFFERENCES:
        numbers = np.cumsum(numbers, axis=1, dtype=numbers.dtype)
    letter = {"uint": "u", "int": "i", "float": "f"}[layout.kind]
    return numbers.view(f"=f{size}" if letter == "f" else f"={letter}{size}")


def _undo_float_differences(rows: NDArray[np.uint8], size: int, samples: int) -> NDArray[np.uint8]:
    """Return rows of floats, the most significant byte first, of predictor 3.

    It stores the first bytes of all floats of a row, then the second bytes and so on, and of each
    the difference to the byte of the same sample of the pixel on the left.
    """
    count = rows.shape[1]
    summed = np.cumsum(rows.reshape(len(rows), -1, samples), axis=1, dtype=np.uint8)
    planes = summed.reshape(len(rows), size, count // size)
    return np.ascontiguousarray(planes.transpose(0, 2, 1)).reshape(len(rows), count)


def _three_bytes(parts: NDArray[np.uint8], order: str) -> NDArray[np.uint32]:
    high, middle, low = np.moveaxis(parts if order == ">" else parts[..., ::-1], -1, 0)
    found: NDArray[np.uint32] = high.astype(np.uint32) << np.uint32(16)
    found |= middle.astype(np.uint32) << np.uint32(8)
    found |= low
    return found


def _float24(numbers: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Return floats of 1 bit of sign, 7 of exponent and 16 of mantissa."""
    exponent = (numbers >> np.uint32(16) & np.uint32(0x7F)).astype(np.int32)
    mantissa = (numbers & np.uint32(0xFFFF)).astype(np.float32) / np.float32(65536)
    whole = np.where(exponent > 0, 1 + mantissa, mantissa)
    found = np.ldexp(whole, np.maximum(exponent, 1) - 63)
    found = np.where(exponent == 0x7F, np.where(mantissa > 0, np.nan, np.inf), found)
    return np.where(numbers >> np.uint32(23) & np.uint32(1), -found, found).astype(np.float32)


def _unpack_bits(rows: NDArray[np.uint8], bits: int, count: int) -> NDArray[np.unsignedinteger]:
    """Return the first ``count`` numbers of each row, packed with the first bit highest."""
    single = np.unpackbits(rows, axis=1, count=count * bits).reshape(len(rows), count, bits)
    room = 8 if bits <= 8 else 16 if bits <= 16 else 32
    padded = np.zeros((len(rows), count, room), np.uint8)
    padded[..., room - bits :] = single
    packed = np.packbits(padded, axis=2)
    return packed.view(f">u{room // 8}")[..., 0].astype(f"=u{room // 8}")
