"""Masks: greyscale pictures that say where a style goes, and which part of a style counts.

A mask is read by its brightness, times its opacity; of one that holds only 0 and 1, 1 is white. It
is kept as an image of mode F, 0–255, so that what is small or dark is not rounded to nothing when
the mask is reduced.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.objective.spatial_weights import Mask
from ortstyle.pictures.color import LUMA
from ortstyle.pictures.picture import Picture
from ortstyle.pictures.read import Source, read_picture
from ortstyle.settings.checks import check_one_each
from ortstyle.settings.settings import Settings

_DIM = 26  # of 255; a mask that is nowhere brighter is black to the eye


@dataclass(frozen=True)
class PictureMask:
    """A mask that was read, at the size of the picture that it belongs to.

    Attributes
    ----------
    image
        The weights, an image of mode F, 0–255.
    label
        The role of the mask and its file, such as "content mask sky.png".
    notices
        What a person should know, such as that the mask is stretched; each begins with the label.
    """

    image: Image.Image
    label: str
    notices: tuple[str, ...] = ()


def mask_sources(
    name: str, given: Sequence[Source | None] | None, settings: Settings, styles: int
) -> list[Source | None]:
    """Return each style's mask or None, from `given` or else from the paths in the settings.

    Raises
    ------
    SettingsError
        There are masks, but not one for each style.
    """
    paths: Sequence[str] = getattr(settings, name)
    if given is None and not paths:
        return [None] * styles
    masks: list[Source | None] = [path or None for path in paths]
    if given is not None:
        masks = list(given)
    check_one_each("--" + name.replace("_", "-"), "masks", masks, styles)
    return masks


def read_mask(
    source: Source | None,
    name: str,
    *,
    of: Picture,
    original: tuple[int, int],
    max_pixels: int,
) -> PictureMask | None:
    """Read a mask; None where `source` is None.

    Parameters
    ----------
    source
        Any source of `read_picture`; None for no mask.
    name
        The role of the mask, such as "content mask".
    of
        The picture that the mask belongs to, at the size at which it is painted.
    original
        Width and height of that picture's file.
    max_pixels
        Largest number of pixels accepted.

    Raises
    ------
    PictureError
        The mask can't be read, is black everywhere or almost so, or nothing of it is left at the
        size of `of`.
    """
    if source is None:
        return None
    picture = read_picture(source, name=name, max_pixels=max_pixels)
    brightness, counted = _usable_brightness(picture)
    image = Image.fromarray(brightness)
    reduced = image.resize(of.size, Image.Resampling.BILINEAR)
    label, (width, height) = picture.label, of.size
    if float(np.asarray(reduced).max()) < 0.5:
        raise PictureError(
            f"{label}: nothing of its white is left at {width}×{height} pixels; paint larger "
            "areas, or give a larger --size"
        )
    told = (
        counted,
        _describe_stretching(picture, of, original),
        _describe_loss(label, image, reduced),
    )
    notices = (*picture.notices, *filter(None, told))
    return PictureMask(image=reduced, label=label, notices=notices)


def divide_regions(
    masks: Sequence[PictureMask | None], styles: Sequence[Picture]
) -> tuple[list[Image.Image | None], list[int]]:
    """Return the mask of each region, and for each style the index of its region.

    Styles without a mask share one region, which is what the masks leave uncovered.

    Raises
    ------
    PictureError
        The masks leave nothing uncovered for a style without a mask.
    """
    given = [mask for mask in masks if mask]
    if not given:
        return [None], [0] * len(masks)
    regions: list[Image.Image | None] = [mask.image for mask in given]
    numbers = iter(range(len(regions)))
    region_of = [next(numbers) if mask else len(regions) for mask in masks]
    if len(given) < len(masks):
        covered = sum(np.asarray(mask.image, np.float32) for mask in given)
        left = np.clip(255 - np.asarray(covered), 0, 255).astype(np.float32)
        left[left < 1] = 0  # rounding
        if not left.any():
            names = " and ".join(mask.label for mask in given)
            one = len(given) == 1
            leave = "is white everywhere and leaves" if one else "together are white and leave"
            without = styles[masks.index(None)].label
            raise PictureError(
                f"{names} {leave} no room for {without}, which has no mask; paint black "
                "where it should go"
            )
        regions.append(Image.fromarray(left))
    return regions, region_of


def mask_weights(mask: Image.Image | None, size: tuple[int, int]) -> Mask | None:
    """Return a mask as weights of a width and height, (H, W) in 0–1; None for no mask."""
    if mask is None:
        return None
    reduced = mask.resize(size, Image.Resampling.BOX)
    return np.asarray(reduced, np.float32) / np.float32(255)


def _usable_brightness(picture: Picture) -> tuple[NDArray[np.float32], str]:
    """Return a mask's brightness, (H, W) float32, 0–255, and a notice if 1 counts as white.

    Raises
    ------
    PictureError
        The mask is black everywhere or almost so.
    """
    label, brightness, notice = picture.label, _brightness(picture), ""
    brightest, unit = float(brightness.max()), 1 if picture.depth == 8 else 257
    if round(brightest * unit) == 1 and picture.alpha is None:
        notice = f"{label} holds only 0 and 1; 1 counts as white"
        brightness, brightest = np.where(brightness > 0, np.float32(255), np.float32(0)), 255.0
    if round(brightest * unit) == 0:
        raise PictureError(f"{label} is black everywhere; paint white where it should count")
    if brightest < 1:
        raise PictureError(
            f"{label} is almost black: its brightest value is {brightest * unit:.0f} of 65535; "
            "save it with 8 bits, or paint white where it should count"
        )
    return brightness, notice


def _describe_stretching(mask: Picture, of: Picture, original: tuple[int, int]) -> str:
    """Return a notice if a mask has another shape than its picture's file; otherwise nothing."""
    if _same_shape(mask.size, original):
        return ""
    return (
        f"{mask.label} is {mask.width}×{mask.height} and {of.label} "
        f"{original[0]}×{original[1]}: the mask is stretched; give one of the same shape"
    )


def _describe_loss(label: str, image: Image.Image, reduced: Image.Image) -> str:
    """Return a notice if a mask, or what is left of it at another size, is dark; else nothing."""
    brightest = float(np.asarray(image).max())
    if brightest < _DIM:
        return (
            f"{label} is almost black: its brightest pixel is {brightest:.0f} of 255; paint white "
            "where it should count"
        )
    if _mostly_lost(image, reduced):
        return (
            f"{label}: most of its white is finer than a pixel at {reduced.width}×{reduced.height} "
            "and has little effect; paint larger areas, or give a larger --size"
        )
    return ""


def _brightness(picture: Picture) -> NDArray[np.float32]:
    """Return luma times opacity, (H, W) float32, 0–255."""
    if picture.depth == 8:  # Pillow's conversion takes a tenth of the memory
        luma = np.asarray(picture.planes[0].convert("L"), np.float32)
    else:
        luma = np.tensordot(LUMA, picture.pixels[0], 1)
    if picture.alpha is not None:  # the picture is flattened on white: take the white off again
        luma = luma - (255 - np.asarray(picture.alpha, np.float32))
    return np.clip(luma, 0, 255)


def _same_shape(mask: tuple[int, int], picture: tuple[int, int]) -> bool:
    """Tell whether the proportions of two sizes agree but for the rounding of a pixel."""
    difference = abs(mask[0] * picture[1] - mask[1] * picture[0])
    return difference <= max(*mask, *picture)


def _mostly_lost(mask: Image.Image, reduced: Image.Image) -> bool:
    """Tell whether most of the white of a mask is grey once it is reduced."""
    levels = np.asarray(mask)
    white = levels >= levels.max() / 2
    kept = np.asarray(reduced.resize(mask.size, Image.Resampling.NEAREST)) >= levels.max() / 4
    return bool((white & kept).sum() < white.sum() / 2)
