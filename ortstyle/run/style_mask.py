"""The mask of a style whose picture is transparent in places, such as a cut-out."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.cut_out import without_surroundings
from ortstyle.pictures.picture import Picture

_OPAQUE = 243  # of 255; a picture that is nowhere less opaque is opaque to the eye


def counted_part(painting: Picture, *, is_masked: bool, is_whole: bool) -> tuple[Picture, str]:
    """Return a style's picture so that its transparency is its mask, or opaque, and a notice.

    A picture of which something is transparent loses the white on which it was flattened, so that
    the white does not reach the statistics of what is visible; see `pictures.cut_out`.

    Parameters
    ----------
    painting
        The picture of the style.
    is_masked
        Whether a mask is given for it too.
    is_whole
        Whether all of it counts, what is transparent as white: so says the mask "-".

    Returns
    -------
    tuple of Picture and str
        The picture, whose `alpha` is None where all of it counts, and what a person should know;
        nothing for an opaque picture.
    """
    opacity = painting.alpha
    if opacity is None:
        return painting, ""
    if np.asarray(opacity).min() >= _OPAQUE:
        return replace(painting, alpha=None), ""
    if is_whole:
        said = "what is transparent counts as white, as --style-mask - says"
        return replace(painting, alpha=None), f"{painting.label}: {said}"
    said = "what is transparent is left out of the style"
    said += ", white in its mask or not" if is_masked else "; --style-mask - counts it as white"
    return without_surroundings(painting), f"{painting.label}: {said}"


def combine_with_transparency(mask: Image.Image | None, painting: Picture) -> Image.Image | None:
    """Return the smaller of a style's mask and the opacity of its picture, at each pixel.

    What is transparent is no part of the painting. The smaller of both, not their product, so that
    a mask which repeats the opacity changes nothing.

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

    They are those that are more than half as opaque as the most opaque one. Where everything is
    transparent, as a content may be, all pixels count.
    """
    if painting.alpha is None:
        return None
    opacity = np.asarray(painting.alpha)
    return np.asarray(opacity > opacity.max() // 2) if opacity.any() else None


def visible_part(painting: Picture) -> NDArray[np.float32]:
    """Return the visible pixels as ``(1, 3, 1, N)`` float32, or all of an opaque picture."""
    visible = visible_pixels(painting)
    pixels = painting.pixels
    return pixels if visible is None else pixels[:, :, visible][:, :, None]
