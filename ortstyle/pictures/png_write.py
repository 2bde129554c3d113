"""Writes PNG of 16-bit colour, which Pillow can't, and the chunks of text of every PNG."""

import struct
import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.exif import exif_bytes
from ortstyle.pictures.metadata import KEYWORD, PNG_XMP, Metadata

_NO_METADATA = Metadata()
_ROWS = 64  # that are compressed at once
_INCH = 0.0254  # in metres


def write_png(
    file: BinaryIO, levels: NDArray[np.uint16], *, metadata: Metadata = _NO_METADATA
) -> None:
    """Write a PNG of 16 bits a channel.

    Parameters
    ----------
    file
        Open for writing.
    levels
        ``(H, W, 3)``, or ``(H, W, 4)`` with alpha.
    metadata
        What the file holds beside pixels. A PNG has no place for IPTC.
    """
    height, width, channels = levels.shape
    color_type = {3: 2, 4: 6}[channels]
    file.write(b"\x89PNG\r\n\x1a\n")
    _write_chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0))
    if metadata.icc:
        _write_chunk(file, b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc))
    if metadata.resolution:
        sides = (round(side / _INCH) for side in metadata.resolution)
        _write_chunk(file, b"pHYs", struct.pack(">IIB", *sides, 1))
    for keyword, text in international_text(metadata).items():
        _write_chunk(file, b"iTXt", keyword.encode() + bytes(5) + text.encode())
    if metadata.exif:
        _write_chunk(file, b"eXIf", exif_bytes(metadata.exif)[6:])
    compressor = zlib.compressobj()
    for start in range(0, height, _ROWS):
        data = compressor.compress(_filtered(levels[start : start + _ROWS]))
        if data:
            _write_chunk(file, b"IDAT", data)
    _write_chunk(file, b"IDAT", compressor.flush())
    _write_chunk(file, b"IEND", b"")


def international_text(metadata: Metadata) -> dict[str, str]:
    """Return the text of a PNG's chunks ``iTXt`` by keyword."""
    texts = {KEYWORD: metadata.text, PNG_XMP: metadata.xmp and metadata.xmp.decode()}
    return {keyword: text for keyword, text in texts.items() if text}


def _filtered(levels: NDArray[np.uint16]) -> bytes:
    """Return rows by PNG's filter 1, which stores the difference to the pixel on the left."""
    height, _, channels = levels.shape
    rows = np.frombuffer(levels.astype(">u2").tobytes(), np.uint8).reshape(height, -1)
    filtered = np.ones((height, rows.shape[1] + 1), np.uint8)
    filtered[:, 1:] = rows
    filtered[:, 1 + 2 * channels :] -= rows[:, : -2 * channels]
    return filtered.tobytes()


def _write_chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum))
