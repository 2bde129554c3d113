"""Styles of nearly one colour, such as paper: the content is drawn in that colour."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.picture import Picture
from ortstyle.pictures.tint import tint
from ortstyle.run.masks import mask_weights
from ortstyle.run.style_mask import visible_pixels

_TOLD = 0.5  # flatness from which a person is told
_ADVICE = "; --colors content keeps its own colours"


def tint_regions(
    content: Picture,
    paintings: Sequence[Picture],
    *,
    shares: Sequence[float],
    region_of: Sequence[int],
    regions: Sequence[Image.Image | None],
    floor: float,
    colors: str,
) -> tuple[NDArray[np.float32] | None, list[str]]:
    """Tint the content in each region whose styles are nearly of one colour.

    A style is flat to the degree 1 − v / (floor·c), where v and c are the variances of the colours
    of style and content, summed over channels.

    Parameters
    ----------
    content
        The content.
    paintings, shares, region_of
        The styles, the share of each in its region, and the index of its region.
    regions
        The mask of each region, None for the whole picture.
    floor, colors
        The settings `variance_floor` and `colors`.

    Returns
    -------
    tuple
        The tinted content, (1, 3, H, W) float32, or None if nothing changes; and notices.
    """
    if not floor:
        return None, []
    pixels: NDArray[np.float32] | None = None
    notices = []
    _, contents = _moments(content)
    for index, mask in enumerate(regions):
        members = [k for k, region in enumerate(region_of) if region == index]
        moments = [_moments(paintings[k]) for k in members]
        mean = sum(shares[k] * found[0] for k, found in zip(members, moments, strict=True))
        variance = sum(
            shares[k] * (found[1] + ((found[0] - mean) ** 2).sum())
            for k, found in zip(members, moments, strict=True)
        )
        flat = 1 - variance / (floor * contents) if contents else 0.0
        if flat <= 0:
            continue
        weights = mask_weights(mask, content.size)
        amount = flat if weights is None else np.float32(flat) * weights
        base = content.pixels if pixels is None else pixels
        pixels = tint(base, np.asarray(mean), amount)
        if flat >= _TOLD:
            names = " and ".join(paintings[k].label for k in members)
            verb = "is" if len(members) == 1 else "are"
            said = f"{names} {verb} nearly of one colour: the content is drawn in it"
            notices.append(said + (_ADVICE if colors == "style" else ""))
    return pixels, notices


def _moments(picture: Picture) -> tuple[NDArray[np.float64], float]:
    """Return the mean colour, (3,), and the variance summed over channels, of visible pixels."""
    visible = visible_pixels(picture)
    planes = picture.pixels[0]
    means, variances = np.empty(3), np.empty(3)
    for channel, plane in enumerate(planes):
        values = plane if visible is None else plane[visible]
        means[channel] = values.mean(dtype=np.float64)
        variances[channel] = values.var(dtype=np.float64)
    return means, float(variances.sum())
