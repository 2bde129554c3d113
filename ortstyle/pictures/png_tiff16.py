"""Colour of 16 bits a channel, which Pillow reads as 8 and can't write."""

import struct
import sys
import zlib
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, TiffTags

_KINDS = {f"{kind};16{order}" for kind in ("RGB", "RGBA", "RGBX") for order in "BLN"}
_OTHER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
_RGB = 2  # TIFF's photometric interpretation
_PREDICTOR = 2  # TIFF's difference to the pixel on the left


def is_deep(image: Image.Image) -> bool:
    """Tell whether a file that was opened, but not loaded, holds colour that `read_deep` reads."""
    kinds = {_raw_mode(tile) for tile in getattr(image, "tile", [])}
    return bool(kinds) and (kinds <= _KINDS or kinds == {"LA;16B"})


def read_deep(image: Image.Image, again: Image.Image) -> NDArray[np.uint16]:
    """Read all 16 bits of a file for which `is_deep` is true.

    Pillow keeps one byte of each channel's two, the high one; told that the file has the other
    byte order it keeps the low one. So the file is decoded twice.

    Parameters
    ----------
    image, again
        The file opened twice; both are loaded.

    Returns
    -------
    array
        ``(H, W, 3)``, or ``(H, W, 4)`` with alpha.
    """
    tiles = getattr(again, "tile", [])
    if _raw_mode(tiles[0]) == "LA;16B":
        again.tile = [_with_raw_mode(tile, "RGBA") for tile in tiles]  # type: ignore[attr-defined]
        levels = np.asarray(again).astype(np.uint16)
        grey, alpha = (levels[..., i] << 8 | levels[..., i + 1] for i in (0, 2))
        return np.stack([grey, grey, grey, alpha], -1)
    swapped = [_raw_mode(tile)[:-1] + _OTHER[_raw_mode(tile)[-1]] for tile in tiles]
    again.tile = [  # type: ignore[attr-defined]
        _with_raw_mode(tile, mode) for tile, mode in zip(tiles, swapped, strict=True)
    ]
    high, low = (np.asarray(half).astype(np.uint16) for half in (image, again))
    both: NDArray[np.uint16] = high << np.uint16(8) | low
    return both


def _raw_mode(tile: tuple[object, ...]) -> str:
    arguments = tile[3]
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _with_raw_mode(tile: tuple[object, ...], mode: str) -> tuple[object, ...]:
    arguments = tile[3]
    changed = (mode, *arguments[1:]) if isinstance(arguments, tuple) else mode
    if hasattr(tile, "_replace"):  # Pillow 11 named the fields
        return tile._replace(args=changed)  # type: ignore[no-any-return]
    return (*tile[:3], changed)


def write_png(
    file: BinaryIO,
    levels: NDArray[np.uint16],
    *,
    icc: bytes | None = None,
    exif: bytes | None = None,
    text: Mapping[str, str] | None = None,
) -> None:
    """Write a PNG of 16 bits.

    Parameters
    ----------
    file
        Open for writing.
    levels
        ``(H, W, 3)``, or ``(H, W, 4)`` with alpha.
    icc, exif, text
        A colour profile, EXIF as Pillow gives it, and international text by keyword.
    """
    height, width, channels = levels.shape
    rows = np.frombuffer(levels.astype(">u2").tobytes(), np.uint8).reshape(height, -1)
    filtered = np.ones((height, rows.shape[1] + 1), np.uint8)  # filter 1: less the pixel before
    filtered[:, 1:] = rows
    filtered[:, 1 + 2 * channels :] -= rows[:, : -2 * channels]
    kind = {3: 2, 4: 6}[channels]
    file.write(b"\x89PNG\r\n\x1a\n")
    _chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))
    if icc:
        _chunk(file, b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc))
    for keyword, value in (text or {}).items():
        _chunk(file, b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + value.encode())
    if exif:
        _chunk(file, b"eXIf", exif.removeprefix(b"Exif\0\0"))
    _chunk(file, b"IDAT", zlib.compress(filtered.tobytes()))
    _chunk(file, b"IEND", b"")


def _chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum))


def write_tiff(
    file: BinaryIO,
    levels: NDArray[np.uint16],
    *,
    icc: bytes | None = None,
    exif: bytes | None = None,
) -> None:
    """Write a TIFF of 16 bits, deflated, in one strip; the arguments are `write_png`'s."""
    height, width, channels = levels.shape
    differences = levels.copy()
    differences[:, 1:] -= levels[:, :-1]
    strip = zlib.compress(differences.astype("<u2").tobytes())
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    for tag, value in _exif_tags(exif):
        directory[tag] = value
    directory[TiffImagePlugin.IMAGEWIDTH] = width
    directory[TiffImagePlugin.IMAGELENGTH] = height
    directory[TiffImagePlugin.BITSPERSAMPLE] = (16,) * channels
    directory[TiffImagePlugin.COMPRESSION] = 8
    directory[TiffImagePlugin.PHOTOMETRIC_INTERPRETATION] = _RGB
    directory[TiffImagePlugin.SAMPLESPERPIXEL] = channels
    directory[TiffImagePlugin.ROWSPERSTRIP] = height
    directory[TiffImagePlugin.PLANAR_CONFIGURATION] = 1
    directory[TiffImagePlugin.PREDICTOR] = _PREDICTOR
    if channels == 4:
        directory[TiffImagePlugin.EXTRASAMPLES] = 2  # alpha, not multiplied in
    if icc:
        directory.tagtype[TiffImagePlugin.ICCPROFILE] = TiffTags.UNDEFINED
        directory[TiffImagePlugin.ICCPROFILE] = icc
    directory.tagtype[TiffImagePlugin.STRIPOFFSETS] = TiffTags.LONG
    directory.tagtype[TiffImagePlugin.STRIPBYTECOUNTS] = TiffTags.LONG
    directory[TiffImagePlugin.STRIPOFFSETS] = 0  # the directory adds its own end when it is saved
    directory[TiffImagePlugin.STRIPBYTECOUNTS] = len(strip)
    directory.save(file)
    file.write(strip)


def _exif_tags(exif: bytes | None) -> list[tuple[int, object]]:
    found = Image.Exif()
    if exif:
        found.load(exif)
    groups = {ExifTags.IFD.Exif.value, ExifTags.IFD.GPSInfo.value}
    return [(tag, found.get_ifd(tag) if tag in groups else found[tag]) for tag in found]
