"""Pictures inside a terminal, by the three protocols that terminals have for them."""

import io
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: A picture and the rows of text that it may cover → the escapes that show it at the cursor.
Protocol = Callable[[Image.Image, int], str]

_CHUNK = 4096  # of base64, the most that kitty takes in one escape
_ROW = 16  # pixels, fewer than a row of text has on most screens
_COLORS = 64


def detect(environment: Mapping[str, str]) -> Protocol | None:
    """Tell the protocol of the terminal from its environment; None where none is known to work.

    Notes
    -----
    The terminal isn't asked: one that doesn't understand the question would print it. tmux and
    screen swallow all three protocols, and keep the variables of the terminal around them.
    """
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if re.match(r"tmux|screen|dumb", term) or program == "tmux":
        return None
    if program in {"iTerm.app", "WezTerm", "mintty"}:
        return iterm
    if "KITTY_WINDOW_ID" in environment or program == "ghostty" or re.search("kitty|ghostty", term):
        return kitty
    return sixel if re.search("sixel|^(foot|mlterm|contour|yaft)", term) else None


def kitty(image: Image.Image, rows: int) -> str:
    """Show a picture by kitty's graphics protocol, in the place of the one before.

    References
    ----------
    https://sw.kovidgoyal.net/kitty/graphics-protocol/
    """
    data = b64encode(_png(image)).decode()
    chunks = [data[i : i + _CHUNK] for i in range(0, len(data), _CHUNK)]
    # Transmit and show (a=T) a PNG (f=100), say nothing back (q=2), leave the cursor (C=1).
    first = f"a=T,f=100,q=2,C=1,i=1,p=1,r={rows},"
    last = len(chunks) - 1
    return "".join(
        f"\x1b_G{'' if i else first}m={int(i < last)};{chunk}\x1b\\"
        for i, chunk in enumerate(chunks)
    )


def iterm(image: Image.Image, rows: int) -> str:
    """Show a picture as iTerm2 does.

    References
    ----------
    https://iterm2.com/documentation-images.html
    """
    png = _png(image)
    given = f"inline=1;size={len(png)};height={rows};preserveAspectRatio=1"
    return f"\x1b]1337;File={given}:{b64encode(png).decode()}\x07"


def sixel(image: Image.Image, rows: int) -> str:
    """Show a picture as sixels, in 64 colours and so few pixels that it fits the rows.

    References
    ----------
    DEC, VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
    """
    small = image.convert("RGB")
    small.thumbnail((image.width, rows * _ROW))
    mapped = small.quantize(_COLORS)
    pixels = np.asarray(mapped)
    levels = np.rint(np.reshape(mapped.getpalette() or [], (-1, 3)) / 2.55).astype(int)
    palette = "".join(f"#{i};2;{r};{g};{b}" for i, (r, g, b) in enumerate(levels))
    bands = (_band(pixels[top : top + 6]) for top in range(0, small.height, 6))
    return f'\x1bPq"1;1;{small.width};{small.height}{palette}{"-".join(bands)}\x1b\\'


def _band(pixels: NDArray[np.uint8]) -> str:
    """Encode up to six lines: for each colour in them one line of sixels, over each other."""
    bits = 1 << np.arange(len(pixels))[:, None]
    return "$".join(
        f"#{color}" + "".join(_runs(np.sum(bits * (pixels == color), axis=0)))
        for color in np.unique(pixels)
    )


def _runs(sixels: NDArray[np.int_]) -> Iterator[str]:
    """Give the letters of a line of sixels, repetitions as a count."""
    starts = np.flatnonzero(np.diff(sixels, prepend=-1))
    for value, count in zip(sixels[starts], np.diff(starts, append=len(sixels)), strict=True):
        letter = chr(63 + value)
        yield f"!{count}{letter}" if count > 3 else letter * count


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
