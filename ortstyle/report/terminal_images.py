"""Images as escape sequences that show them in a terminal, by three protocols."""

import io
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ImageProtocol = Callable[[Image.Image, int], str]
"""Turns an image into the escape sequences that show the image at the cursor.

The second argument is the number of rows of text that the image may cover.
"""

_KITTY_CHUNK = 4096  # bytes of base64, the most that kitty takes in one escape sequence
_ROW_HEIGHT = 16  # pixels, less than the height of a row of text on most screens
_SIXEL_COLORS = 64


def detect_protocol(environment: Mapping[str, str]) -> ImageProtocol | None:
    """Return the image protocol of the terminal; None if none is known to work there.

    Parameters
    ----------
    environment
        The environment variables. The terminal itself isn't asked, because one that doesn't
        understand the question would print it.

    Notes
    -----
    tmux and screen swallow the escape sequences of all three protocols, but pass on the
    environment variables of the terminal that they run in.
    """
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if re.match(r"tmux|screen|dumb", term) or program == "tmux":
        return None
    if program in {"iTerm.app", "WezTerm", "mintty"}:
        return encode_iterm
    if "KITTY_WINDOW_ID" in environment or program == "ghostty" or re.search("kitty|ghostty", term):
        return encode_kitty
    return encode_sixel if re.search("sixel|^(foot|mlterm|contour|yaft)", term) else None


def encode_kitty(image: Image.Image, rows: int) -> str:
    """Encode an image by kitty's graphics protocol; the image replaces the one shown before.

    References
    ----------
    https://sw.kovidgoyal.net/kitty/graphics-protocol/
    """
    data = b64encode(_png(image)).decode()
    chunks = [data[i : i + _KITTY_CHUNK] for i in range(0, len(data), _KITTY_CHUNK)]
    # Transmit and show (a=T) a PNG (f=100), send no reply (q=2), leave the cursor (C=1).
    keys = f"a=T,f=100,q=2,C=1,i=1,p=1,r={rows},"
    last = len(chunks) - 1
    return "".join(
        f"\x1b_G{'' if i else keys}m={int(i < last)};{chunk}\x1b\\"
        for i, chunk in enumerate(chunks)
    )


def encode_iterm(image: Image.Image, rows: int) -> str:
    """Encode an image by iTerm2's inline images protocol.

    References
    ----------
    https://iterm2.com/documentation-images.html
    """
    png = _png(image)
    arguments = f"inline=1;size={len(png)};height={rows};preserveAspectRatio=1"
    return f"\x1b]1337;File={arguments}:{b64encode(png).decode()}\x07"


def encode_sixel(image: Image.Image, rows: int) -> str:
    """Encode an image as sixels of 64 colours, reduced so that it fits into the rows.

    References
    ----------
    DEC, VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
    """
    reduced = image.convert("RGB")
    reduced.thumbnail((image.width, rows * _ROW_HEIGHT))
    quantized = reduced.quantize(_SIXEL_COLORS)
    pixels = np.asarray(quantized)
    percents = np.rint(np.reshape(quantized.getpalette() or [], (-1, 3)) / 2.55).astype(int)
    palette = "".join(f"#{i};2;{r};{g};{b}" for i, (r, g, b) in enumerate(percents))
    bands = (_sixel_band(pixels[top : top + 6]) for top in range(0, reduced.height, 6))
    return f'\x1bPq"1;1;{reduced.width};{reduced.height}{palette}{"-".join(bands)}\x1b\\'


def _sixel_band(pixels: NDArray[np.uint8]) -> str:
    """Encode up to six lines of pixels as one line of sixels for each colour, drawn over the last.

    A sixel is a column of six pixels.
    """
    bits = 1 << np.arange(len(pixels))[:, None]
    return "$".join(
        f"#{color}" + "".join(_sixel_runs(np.sum(bits * (pixels == color), axis=0)))
        for color in np.unique(pixels)
    )


def _sixel_runs(sixels: NDArray[np.int_]) -> Iterator[str]:
    """Yield the characters of a line of sixels; a run of more than three has a count instead."""
    starts = np.flatnonzero(np.diff(sixels, prepend=-1))
    for value, count in zip(sixels[starts], np.diff(starts, append=len(sixels)), strict=True):
        character = chr(63 + value)
        yield f"!{count}{character}" if count > 3 else character * count


def _png(image: Image.Image) -> bytes:
    """Return the bytes of a PNG file of an image."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
