"""PNG and TIFF of 16-bit colour, which Pillow reads as 8 bits a channel and can't write."""

import struct
import sys
import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, TiffTags

from ortstyle.pictures.metadata import KEYWORD, Metadata

_RAW_MODES = {f"{mode};16{order}" for mode in ("RGB", "RGBA", "RGBX") for order in "BLN"}
_OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
_RGB = 2  # TIFF's photometric interpretation
_DIFFERENCES = 2  # TIFF's predictor that stores the difference to the pixel on the left
_NO_METADATA = Metadata()


def has_16_bits(image: Image.Image) -> bool:
    """Return whether `read_16_bits` can read an image that Pillow has opened but not loaded."""
    raw_modes = {_raw_mode(tile) for tile in getattr(image, "tile", [])}
    return bool(raw_modes) and (raw_modes <= _RAW_MODES or raw_modes == {"LA;16B"})


def read_16_bits(image: Image.Image, reopened: Image.Image) -> NDArray[np.uint16]:
    """Read all 16 bits a channel of a file for which `has_16_bits` is true.

    Pillow keeps the high byte of each 16-bit value. With the byte order of the raw mode swapped it
    keeps the low byte. The file is therefore decoded twice, once in each way.

    Parameters
    ----------
    image, reopened
        The same file, opened twice with Pillow and not yet loaded; this function loads both.

    Returns
    -------
    numpy.ndarray
        ``(H, W, 3)`` uint16, or ``(H, W, 4)`` with alpha.
    """
    tiles = getattr(reopened, "tile", [])
    if _raw_mode(tiles[0]) == "LA;16B":
        reopened.tile = [_with_raw_mode(tile, "RGBA") for tile in tiles]  # type: ignore[attr-defined]
        values = np.asarray(reopened).astype(np.uint16)
        grey, alpha = (values[..., i] << 8 | values[..., i + 1] for i in (0, 2))
        return np.stack([grey, grey, grey, alpha], -1)
    swapped = [_raw_mode(tile)[:-1] + _OTHER_ORDER[_raw_mode(tile)[-1]] for tile in tiles]
    reopened.tile = [  # type: ignore[attr-defined]
        _with_raw_mode(tile, mode) for tile, mode in zip(tiles, swapped, strict=True)
    ]
    high, low = (np.asarray(half).astype(np.uint16) for half in (image, reopened))
    both: NDArray[np.uint16] = high << np.uint16(8) | low
    return both


def _raw_mode(tile: tuple[object, ...]) -> str:
    """Return a tile's raw mode, Pillow's name of the layout of the pixels in the file."""
    arguments = tile[3]
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _with_raw_mode(tile: tuple[object, ...], mode: str) -> tuple[object, ...]:
    """Return a tile that Pillow will decode as if its pixels were stored in another raw mode."""
    arguments = tile[3]
    changed = (mode, *arguments[1:]) if isinstance(arguments, tuple) else mode
    if hasattr(tile, "_replace"):  # since Pillow 11 a tile is a named tuple
        return tile._replace(args=changed)  # type: ignore[no-any-return]
    return (*tile[:3], changed)


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
        Profile, EXIF and text; the text becomes international text with the keyword ``ortstyle``.
    """
    height, width, channels = levels.shape
    rows = np.frombuffer(levels.astype(">u2").tobytes(), np.uint8).reshape(height, -1)
    filtered = np.ones(
        (height, rows.shape[1] + 1), np.uint8
    )  # filter 1: minus the pixel to the left
    filtered[:, 1:] = rows
    filtered[:, 1 + 2 * channels :] -= rows[:, : -2 * channels]
    color_type = {3: 2, 4: 6}[channels]
    file.write(b"\x89PNG\r\n\x1a\n")
    _write_chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0))
    if metadata.icc:
        _write_chunk(file, b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc))
    if metadata.text:
        _write_chunk(file, b"iTXt", KEYWORD.encode() + bytes(5) + metadata.text.encode())
    if metadata.exif:
        _write_chunk(file, b"eXIf", metadata.exif.removeprefix(b"Exif\0\0"))
    _write_chunk(file, b"IDAT", zlib.compress(filtered.tobytes()))
    _write_chunk(file, b"IEND", b"")


def _write_chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum))


def write_tiff(
    file: BinaryIO, levels: NDArray[np.uint16], *, metadata: Metadata = _NO_METADATA
) -> None:
    """Write a TIFF of 16 bits a channel, deflated, in one strip.

    Parameters
    ----------
    file
        Open for writing.
    levels
        ``(H, W, 3)``, or ``(H, W, 4)`` with alpha.
    metadata
        Profile and EXIF. The text is ignored, because a TIFF stores it in EXIF.
    """
    height, width, channels = levels.shape
    differences = levels.copy()
    differences[:, 1:] -= levels[:, :-1]
    strip = zlib.compress(differences.astype("<u2").tobytes())
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    for tag, value in _exif_tags(metadata.exif):
        directory[tag] = value
    directory[TiffImagePlugin.IMAGEWIDTH] = width
    directory[TiffImagePlugin.IMAGELENGTH] = height
    directory[TiffImagePlugin.BITSPERSAMPLE] = (16,) * channels
    directory[TiffImagePlugin.COMPRESSION] = 8
    directory[TiffImagePlugin.PHOTOMETRIC_INTERPRETATION] = _RGB
    directory[TiffImagePlugin.SAMPLESPERPIXEL] = channels
    directory[TiffImagePlugin.ROWSPERSTRIP] = height
    directory[TiffImagePlugin.PLANAR_CONFIGURATION] = 1
    directory[TiffImagePlugin.PREDICTOR] = _DIFFERENCES
    if channels == 4:
        directory[TiffImagePlugin.EXTRASAMPLES] = 2  # alpha, not premultiplied
    if metadata.icc:
        directory.tagtype[TiffImagePlugin.ICCPROFILE] = TiffTags.UNDEFINED
        directory[TiffImagePlugin.ICCPROFILE] = metadata.icc
    directory.tagtype[TiffImagePlugin.STRIPOFFSETS] = TiffTags.LONG
    directory.tagtype[TiffImagePlugin.STRIPBYTECOUNTS] = TiffTags.LONG
    directory[TiffImagePlugin.STRIPOFFSETS] = 0  # the directory adds its own end when it is saved
    directory[TiffImagePlugin.STRIPBYTECOUNTS] = len(strip)
    directory.save(file)
    file.write(strip)


def _exif_tags(exif: bytes | None) -> list[tuple[int, object]]:
    """Return the tags and values of EXIF, which a TIFF stores in its own directory."""
    found = Image.Exif()
    if exif:
        found.load(exif)
    groups = {ExifTags.IFD.Exif.value, ExifTags.IFD.GPSInfo.value}
    return [(tag, found.get_ifd(tag) if tag in groups else found[tag]) for tag in found]
