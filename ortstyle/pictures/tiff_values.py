"""The tags of a TIFF by name, and their values, whatever a file has stored there."""

from enum import IntEnum
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tifffile import TiffPage


class TiffTag(IntEnum):
    """Tags that say how a picture is stored, under their names in the specifications."""

    NEW_SUBFILE_TYPE = 254
    SUBFILE_TYPE = 255
    IMAGE_WIDTH = 256
    IMAGE_LENGTH = 257
    BITS_PER_SAMPLE = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES_PER_PIXEL = 277
    ROWS_PER_STRIP = 278
    STRIP_BYTE_COUNTS = 279
    PLANAR_CONFIGURATION = 284
    T4_OPTIONS = 292
    T6_OPTIONS = 293
    TRANSFER_FUNCTION = 301
    PREDICTOR = 317
    WHITE_POINT = 318
    PRIMARY_CHROMATICITIES = 319
    COLOR_MAP = 320
    TILE_WIDTH = 322
    TILE_LENGTH = 323
    TILE_OFFSETS = 324
    TILE_BYTE_COUNTS = 325
    SUB_IFDS = 330
    INK_SET = 332
    DOT_RANGE = 336
    EXTRA_SAMPLES = 338
    SAMPLE_FORMAT = 339
    JPEG_TABLES = 347
    YCBCR_COEFFICIENTS = 529
    YCBCR_SUBSAMPLING = 530
    REFERENCE_BLACK_WHITE = 532
    ICC_PROFILE = 34675
    DNG_VERSION = 50706


def tag_number(page: "TiffPage", tag: int, default: int) -> int:
    """Return a tag's number; the default where there is none, or something else."""
    values = tag_values(page, tag, ())
    return int(values[0]) if len(values) == 1 else default


def tag_values(page: "TiffPage", tag: int, default: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a tag's numbers in order; the default where there is none, or something else."""
    found = page.tags.get(tag)
    value = None if found is None else found.value
    if isinstance(value, np.ndarray | tuple | list):
        values = tuple(np.ravel(value).tolist())
    else:
        values = tuple(value) if isinstance(value, bytes) else (value,)
    return values if all(map(_is_number, values)) else default


def tag_bytes(page: "TiffPage", tag: int) -> bytes:
    """Return a tag's bytes; none where there is none, or something else."""
    found = page.tags.get(tag)
    return found.value if found is not None and isinstance(found.value, bytes) else b""


def tag_fractions(values: tuple[int, ...]) -> tuple[float, ...]:
    """Return numbers that are stored as numerators and denominators in turn."""
    pairs = zip(values[::2], values[1::2], strict=False)
    return tuple(over / under if under else 0.0 for over, under in pairs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and isfinite(value)
