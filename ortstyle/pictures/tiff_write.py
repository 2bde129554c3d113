"""Writes TIFF in its baseline form, 8 or 16 bits a channel, with EXIF as raw entries.

Pillow can't write 16-bit colour, and converts EXIF. Strips are not compressed: readers of baseline
TIFF need not know more than PackBits, which does not reduce a painted picture.
"""

import struct
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures import exif_tags as tags
from ortstyle.pictures.exif_values import UNKNOWN_RESOLUTION, as_fraction
from ortstyle.pictures.metadata import NO_METADATA, TIFF_IPTC, TIFF_XMP, Metadata
from ortstyle.pictures.tiff_directory import Entry, Layout
from ortstyle.pictures.tiff_layout import Compression, Photometric
from ortstyle.pictures.tiff_values import TiffTag

_STRIP = 1 << 18  # bytes of a strip, about
_UNASSOCIATED_ALPHA = 2


def write_tiff(
    file: BinaryIO,
    levels: NDArray[np.uint16] | NDArray[np.uint8],
    *,
    metadata: Metadata = NO_METADATA,
) -> None:
    """Write a TIFF of 8 or 16 bits a channel, as the type of `levels` says.

    Parameters
    ----------
    file
        Open for writing.
    levels
        ``(H, W, 3)``, or ``(H, W, 4)`` with alpha that is not multiplied into the colours.
    metadata
        What the file holds beside pixels. The text is ignored, because a TIFF stores it in EXIF.
    """
    layout = metadata.exif or Layout("<", {})
    across, down = metadata.resolution or UNKNOWN_RESOLUTION
    height, width, channels = levels.shape
    row = width * channels * levels.itemsize
    rows = max(1, min(height, _STRIP // row))
    starts = range(0, height, rows)
    counts = [row * min(rows, height - start) for start in starts]

    def pack(kind: int, *values: int) -> Entry:
        code = {tags.SHORT: "H", tags.LONG: "I", tags.RATIONAL: "I"}[kind]
        return Entry(kind, struct.pack(f"{layout.order}{len(values)}{code}", *values))

    def laid_out(offset: int) -> bytes:
        """Return all but the strips, which are said to begin at an offset."""
        offsets = [offset + start * row for start in starts]
        first = {
            tags.X_RESOLUTION: pack(tags.RATIONAL, *as_fraction(across)),
            tags.Y_RESOLUTION: pack(tags.RATIONAL, *as_fraction(down)),
            tags.RESOLUTION_UNIT: pack(tags.SHORT, 2),
            **layout.first,
            TiffTag.IMAGE_WIDTH: pack(tags.LONG, width),
            TiffTag.IMAGE_LENGTH: pack(tags.LONG, height),
            TiffTag.BITS_PER_SAMPLE: pack(tags.SHORT, *[8 * levels.itemsize] * channels),
            TiffTag.COMPRESSION: pack(tags.SHORT, Compression.NONE),
            TiffTag.PHOTOMETRIC: pack(tags.SHORT, Photometric.RGB),
            TiffTag.STRIP_OFFSETS: pack(tags.LONG, *offsets),
            TiffTag.SAMPLES_PER_PIXEL: pack(tags.SHORT, channels),
            TiffTag.ROWS_PER_STRIP: pack(tags.LONG, rows),
            TiffTag.STRIP_BYTE_COUNTS: pack(tags.LONG, *counts),
            TiffTag.PLANAR_CONFIGURATION: pack(tags.SHORT, 1),
        }
        if channels == 4:
            first[TiffTag.EXTRA_SAMPLES] = pack(tags.SHORT, _UNASSOCIATED_ALPHA)
        if metadata.icc:
            first[TiffTag.ICC_PROFILE] = Entry(tags.UNDEFINED, metadata.icc)
        if metadata.xmp:
            first[TIFF_XMP] = Entry(tags.BYTE, metadata.xmp)
        if metadata.iptc:  # of type LONG by an old mistake that became the rule
            words = metadata.iptc + b"\0" * (-len(metadata.iptc) % 4)
            first[TIFF_IPTC] = Entry(tags.LONG, words)
        return replace(layout, first=first).to_bytes()

    file.write(laid_out(len(laid_out(0))))
    depth = np.dtype(levels.dtype.newbyteorder(layout.order))
    file.writelines(levels[start : start + rows].astype(depth).tobytes() for start in starts)
