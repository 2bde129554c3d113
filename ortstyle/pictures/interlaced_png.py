"""Reads interlaced PNG of 16-bit colour, which Pillow reads as 8 bits a channel."""

import sys

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_RAW_MODES = {f"{mode};16{order}" for mode in ("RGB", "RGBA", "RGBX") for order in "BLN"}
_OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


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
