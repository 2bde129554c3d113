"""Writes PNG of 16-bit colour, which Pillow can't, and the chunks of text of every PNG."""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.exif import exif_bytes
from ortstyle.pictures.metadata import KEYWORD, NO_METADATA, PNG_XMP, Metadata
from ortstyle.pictures.png_chunks import SIGNATURE, chunk

_ROWS = 64  # that are compressed at once
_INCH = 0.0254  # in metres


def write_png(
    file: BinaryIO, levels: NDArray[np.uint16], *, metadata: Metadata = NO_METADATA
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
    file.write(SIGNATURE)
    file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)))
    if metadata.icc:
        file.write(chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc)))
    file.writelines(chunk(kind, data) for kind, data in metadata_chunks(metadata))
    compressor = zlib.compressobj()
    for start in range(0, height, _ROWS):
        data = compressor.compress(_filtered(levels[start : start + _ROWS]))
        if data:
            file.write(chunk(b"IDAT", data))
    file.write(chunk(b"IDAT", compressor.flush()))
    file.write(chunk(b"IEND", b""))


def metadata_chunks(metadata: Metadata) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the data of the chunks that hold metadata, without the profile."""
    if metadata.resolution:
        sides = (round(side / _INCH) for side in metadata.resolution)
        yield b"pHYs", struct.pack(">IIB", *sides, 1)
    for keyword, text in international_text(metadata).items():
        yield b"iTXt", keyword.encode() + bytes(5) + text.encode()
    if metadata.exif:
        yield b"eXIf", exif_bytes(metadata.exif)[6:]


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
