"""Transparency of results: the colours to store so that, over white, they give what was painted.

A picture is painted over white. Were its colours stored as they are beside the transparency, a
viewer would mix white into them a second time. White is mixed in sRGB, whatever profile the file is
in: so the content was flattened when it was read, and so the result is when it is read again.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ROWS = 128  # rows of a picture that are converted at once


def remove_white(
    pixels: NDArray[np.float32], alpha: Image.Image
) -> tuple[NDArray[np.float32], Image.Image]:
    """Return colours and a transparency that give a picture when they are shown over white.

    With the opacity a, 0–1, and the painted colour p, the stored colour c is the one for which
    a·c + (1 − a)·255 = p, all of them encoded as in sRGB. Where p is darker than any colour
    of that opacity can show over white, the opacity is raised to the least that can. Where a is 0
    it stays 0, and the painted colour is stored.

    Parameters
    ----------
    pixels
        ``(1, 3, H, W)`` float32, RGB, 0–255, in sRGB; left unchanged.
    alpha
        The transparency, of mode L and the picture's size.

    Returns
    -------
    tuple of numpy.ndarray and PIL.Image.Image
        The colours to store, ``(1, 3, H, W)`` float32, 0–255, still in sRGB, and the transparency,
        of mode L.
    """
    opacity = np.array(alpha)
    if not ((opacity > 0) & (opacity < 255)).any():
        return pixels, alpha
    colors = np.empty_like(pixels)
    for start in range(0, len(opacity), _ROWS):
        rows = slice(start, start + _ROWS)
        painted = pixels[0, :, rows].clip(0, 255)
        # Half a level of the result is not seen, but would raise the opacity of many pixels by 1.
        least = np.ceil(254.5 - painted.min(0)).clip(0, 255).astype(np.uint8)
        soft = (opacity[rows] > 0) & (opacity[rows] < 255)
        opacity[rows] = np.where(soft, np.maximum(opacity[rows], least), opacity[rows])
        whole = np.where(soft, opacity[rows], np.uint8(255)).astype(np.float32)
        stored = 255 - (255 - painted) * (255 / whole)
        colors[0, :, rows] = np.where(soft, stored.clip(0, 255), pixels[0, :, rows])
    return colors, Image.fromarray(opacity)
