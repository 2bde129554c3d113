"""Cut-outs: what is transparent in them takes the colours of what is visible next to it.

A picture is flattened on white when it is read. As a painting, a cut-out would then have white in
its soft edges, and white around it, which a network sees across the edge: the features of a visible
pixel depend on pixels around it.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.picture import Picture

_SIDE = 256  # in pixels, of the picture from which the colours of what is transparent are taken
_LEAST = 4  # what is more than so many times less opaque than the most opaque has no colour
_ROWS = 128  # rows of a picture that are converted at once

_Floats = NDArray[np.float32]


def without_surroundings(picture: Picture) -> Picture:
    """Return a cut-out with its own colours in soft edges, and no white in what is transparent.

    With the opacity a, 0–1, and the colour p over white, the colour is 255 − (255 − p) / a. Pixels
    that are less than a quarter as opaque as the most opaque one take the mean colour of the
    visible pixels near them instead: of the smallest square that holds some, in a pyramid of
    halved sizes (the "pull–push" of Gortler et al. 1996, *The Lumigraph*, section 3.4), in sRGB.
    The transparency stays as it is.

    Parameters
    ----------
    picture
        A picture flattened on white, 8 bits or mode F; an opaque one is returned unchanged.
    """
    if picture.alpha is None:
        return picture
    opacity = np.asarray(picture.alpha)
    found: dict[int, tuple[Image.Image, ...]] = {}
    for plane in picture.planes:  # of a grey picture they are the same image
        if id(plane) not in found:
            found[id(plane)] = tuple(_filled(band, opacity) for band in plane.split())
    planes = tuple(
        bands[0] if len(bands) == 1 else Image.merge("RGB", bands)
        for bands in (found[id(plane)] for plane in picture.planes)
    )
    return replace(picture, planes=planes)


def _filled(band: Image.Image, opacity: NDArray[np.uint8]) -> Image.Image:
    """Return one channel of a picture, of mode L or F, without the white; opacity is (H, W)."""
    levels = np.array(band)
    factor = -(-max(levels.shape) // _SIDE)
    light = _sums(levels, factor, inverted=True)  # 255 − p, which is a·(255 − c) for a colour c
    weight = _sums(opacity, factor) / np.float32(255)
    known = weight * _LEAST >= weight.max()
    small = Image.fromarray(_continued(light * known, weight * known))
    height, width = levels.shape
    least = max(1, int(opacity.max()) // _LEAST)
    for start in range(0, height, _ROWS):
        rows = slice(start, min(start + _ROWS, height))
        behind = np.asarray(
            small.resize(
                (small.width * factor, rows.stop - start),
                Image.Resampling.BILINEAR,
                (0, start / factor, small.width, rows.stop / factor),
            )
        )[:, :width]
        part = opacity[rows].astype(np.float32)
        own = (255 - levels[rows].astype(np.float32)) * (255 / np.maximum(part, 1))
        level = 255 - np.where(part >= least, own, behind)
        level = level.clip(0, 255)
        levels[rows] = level if band.mode == "F" else np.rint(level)
    return Image.fromarray(levels)


def _sums(levels: NDArray[np.generic], factor: int, *, inverted: bool = False) -> _Floats:
    """Return the sums of levels, or of 255 less each, over squares with a side of `factor`."""
    height, width = levels.shape
    starts = np.arange(0, width, factor)
    found = np.empty((-(-height // factor), len(starts)), np.float32)
    for index in range(len(found)):
        rows = levels[index * factor : (index + 1) * factor].astype(np.float32)
        found[index] = np.add.reduceat((255 - rows if inverted else rows).sum(0), starts)
    return found


def _continued(light: _Floats, weight: _Floats) -> _Floats:
    """Return light / weight, (H, W); where the weight is 0, that of the surroundings."""
    known = weight > 0
    if known.all() or weight.size == 1:
        return np.divide(light, np.maximum(weight, np.float32(1e-9)), dtype=np.float32)
    height, width = weight.shape
    coarser = _continued(_sums(light, 2), _sums(weight, 2))
    larger = Image.fromarray(coarser).resize(
        (coarser.shape[1] * 2, coarser.shape[0] * 2), Image.Resampling.BILINEAR
    )
    around = np.asarray(larger)[:height, :width]
    return np.where(known, light / np.where(known, weight, 1), around).astype(np.float32)
