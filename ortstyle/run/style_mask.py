"""The mask of a style whose picture is transparent in places, such as a cut-out."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.picture import Picture


def combine_with_transparency(mask: Image.Image | None, painting: Picture) -> Image.Image | None:
    """Return the smaller of a style's mask and the opacity of its picture, at each pixel.

    What is transparent was flattened on white, which is no part of the painting. The smaller of
    both, not their product, so that a mask which repeats the opacity changes nothing.

    Parameters
    ----------
    mask
        The mask that the user gave, of mode F, 0–255, and the size of the picture; None for none.
    painting
        The picture of the style.

    Returns
    -------
    PIL.Image.Image or None
        The mask, of mode F, 0–255; None where the whole picture counts.

    Raises
    ------
    PictureError
        The picture is transparent wherever the mask is not black.
    """
    opacity = painting.alpha
    if opacity is None:
        return mask
    if not opacity.getextrema()[1]:
        raise PictureError(
            f"{painting.label} is transparent everywhere at {painting.width}×{painting.height}; "
            "give a picture that shows something"
        )
    if mask is None:
        return opacity.convert("F")
    levels = np.minimum(np.asarray(mask), np.asarray(opacity, np.float32))
    if not levels.any():
        raise PictureError(
            f"{painting.label} is transparent wherever its style mask is not black; "
            "paint the mask white where the picture shows something"
        )
    return Image.fromarray(levels)


def visible_pixels(painting: Picture) -> NDArray[np.bool_] | None:
    """Return which pixels, ``(H, W)``, are rather opaque than transparent; None for all.

    They are those that are more than half as opaque as the most opaque one.
    """
    if painting.alpha is None:
        return None
    opacity = np.asarray(painting.alpha)
    return np.asarray(opacity > opacity.max() // 2)


def visible_part(painting: Picture) -> NDArray[np.float32]:
    """Return the visible pixels as ``(1, 3, 1, N)`` float32, or all of an opaque picture."""
    visible = visible_pixels(painting)
    pixels = painting.pixels
    return pixels if visible is None else pixels[:, :, visible][:, :, None]


def describe_transparency(painting: Picture) -> str:
    """Return a notice that transparency is the style's mask; empty for an opaque picture."""
    if painting.alpha is None:
        return ""
    return f"{painting.label}: what is transparent is left out of the style, as by --style-mask"
