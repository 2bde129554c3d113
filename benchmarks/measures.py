"""Neutral numbers of a picture: specks, fine power, axis-aligned edges, edges kept, mean colour.

Each measure is a function of arrays, with NumPy and Pillow alone; none of them is optimised by a
run. `faults.py` prints them. A picture is (H, W, 3), RGB, 0–255; luminance is (H, W), in levels.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Floats = NDArray[np.floating[Any]]

_REC_709 = (0.2126, 0.7152, 0.0722)
_WINDOW = 11  # pixels; the largest speck fills a tenth of it
_DEVIATION_OF_QUARTILES = 1.349  # interquartile range of a normal distribution of deviation 1


def luminance(picture: NDArray[Any]) -> Floats:
    """Return the luminance (H, W) of a picture: its sRGB levels weighted as by Rec. 709."""
    return np.asarray(picture, np.float64) @ _REC_709


def specks(
    luminance: Floats, *, levels: float = 20.0, deviations: float = 4.0, largest: int = 12
) -> tuple[float, float]:
    """Return how many bright and how many dark specks a megapixel holds.

    A pixel stands out if its luminance is at least `levels` above (or below) the median of the
    11×11 pixels around it, and also at least `deviations` robust standard deviations of these
    (their interquartile range divided by 1.349), so that it counts in smooth surroundings only. A
    speck is a group of such pixels, connected by sides or corners, of at most `largest` pixels: a
    longer group is an edge or a line. Beyond its border the picture is continued by its outermost
    pixels.
    """
    middle, low, high = (_ranked(luminance, share) for share in (0.5, 0.25, 0.75))
    spread = np.maximum(deviations * (high - low) / _DEVIATION_OF_QUARTILES, levels)
    difference = luminance - middle
    found = []
    for outlying in (difference >= spread, -difference >= spread):
        sizes = component_sizes(outlying)
        found.append(float((sizes <= largest).sum() / luminance.size * 1e6))
    return found[0], found[1]


def _ranked(luminance: Floats, share: float) -> Floats:
    """Return the quantile of the window around each pixel, in whole levels."""
    image = Image.fromarray(np.clip(np.rint(luminance), 0, 255).astype(np.uint8))
    rank = round(share * (_WINDOW**2 - 1))
    return np.asarray(image.filter(ImageFilter.RankFilter(_WINDOW, rank)), np.float64)


def component_sizes(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the number of pixels of each group of true pixels connected by sides or corners."""
    number = np.cumsum(mask).reshape(mask.shape) - 1
    pairs = []
    height, width = mask.shape
    for down, right in ((0, 1), (1, -1), (1, 0), (1, 1)):
        left, stop = max(-right, 0), width - max(right, 0)
        here = np.s_[: height - down, left:stop]
        there = np.s_[down:, left + right : stop + right]
        both = mask[here] & mask[there]
        pairs.append((number[here][both], number[there][both]))
    a, b = (np.concatenate(side) for side in zip(*pairs, strict=True))
    label = np.arange(mask.sum())
    while len(a) and (label[a] != label[b]).any():
        low, high = np.minimum(label[a], label[b]), np.maximum(label[a], label[b])
        np.minimum.at(label, high, low)  # the root of one group becomes a member of the other
        while (label[label] != label).any():
            label = label[label]
    return np.unique(label, return_counts=True)[1]


def axis_alignment(
    picture: NDArray[Any], *, smooth: float = 0.5, degrees: float = 10.0, weakest: float = 3.0
) -> tuple[float, float]:
    """Return how often edges in smooth places are horizontal, and how often vertical.

    1 is as often as if all directions were alike; the mean of both is the alignment with the axes.
    Edges are those of colour: the slope of each channel c is that of the means of the two rows and
    of the two columns of 2×2 pixels, and the direction and the square of the slope of the picture
    are the first eigenvector and eigenvalue of Σ ∇c·∇cᵀ (Di Zenzo 1986, *A note on the gradient of
    a multi-image*). So small a window keeps steps of one pixel, whose direction a blur would lose.
    It prefers no direction in isotropic noise; a wave with a period of four pixels leans to the
    nearer axis by up to three degrees.

    Smooth places are the share `smooth` of the picture where the mean of the squared slope,
    weighted by a Gaussian of four pixels, is smallest. Slopes of at least `weakest` levels a pixel
    count there, all alike: weaker ones have the directions of 8-bit rounding. Of these, the share
    within `degrees` of an axis is divided by `degrees`/90. At most 9; NaN where fewer than 100
    slopes count. A border of four pixels is left out.
    """
    pixels = np.asarray(picture, np.float64)[4:-4, 4:-4]
    above, below = pixels[:-1, :-1] + pixels[:-1, 1:], pixels[1:, :-1] + pixels[1:, 1:]
    left, right = pixels[:-1, :-1] + pixels[1:, :-1], pixels[:-1, 1:] + pixels[1:, 1:]
    down, across = (below - above) / 2, (right - left) / 2
    difference = (across**2 - down**2).sum(-1)
    mixed = 2 * (across * down).sum(-1)
    square = ((across**2 + down**2).sum(-1) + np.hypot(difference, mixed)) / 2
    energy = blurred(square, 4.0)
    counted = (energy <= np.quantile(energy, smooth)) & (square >= weakest**2)
    if counted.sum() < 100:
        return float("nan"), float("nan")
    # 0 for a slope along a row, which is a vertical edge, and ±90 for one along a column
    angle = np.degrees(np.arctan2(mixed, difference)[counted]) / 2
    vertical = (np.abs(angle) <= degrees).mean()
    horizontal = (90 - np.abs(angle) <= degrees).mean()
    return float(horizontal / (degrees / 90)), float(vertical / (degrees / 90))


def edge_correlation(
    luminance: Floats, reference: Floats, *, side: int = 256, deviation: float = 1.5
) -> float:
    """Return Pearson's correlation of the gradient magnitudes of two pictures of one shape.

    Both are first reduced to a longest side of `side` pixels, if they are larger, so that the
    number says how legible the picture is and does not depend on its size. Gradients are those of
    the luminance blurred by a Gaussian of `deviation` of these pixels. 0 where a picture is flat.
    """
    magnitudes = []
    for values in (luminance, reference):
        down, right = gradients(_reduced(values, side), deviation)
        magnitudes.append(np.hypot(down, right))
    a, b = (m - m.mean() for m in magnitudes)
    norm = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / norm) if norm > 1e-9 else 0.0


def _reduced(luminance: Floats, side: int) -> Floats:
    """Return luminance whose longest side is at most `side` pixels."""
    height, width = luminance.shape
    factor = side / max(height, width)
    if factor >= 1:
        return luminance
    size = (round(width * factor), round(height * factor))
    image = Image.fromarray(luminance.astype(np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BOX), np.float64)


def color_distance(picture: NDArray[Any], painting: NDArray[Any]) -> float:
    """Return the largest difference of the mean red, green and blue of two pictures, in levels."""
    a, b = (np.asarray(p, np.float64).reshape(-1, 3).mean(0) for p in (picture, painting))
    return float(np.abs(a - b).max())


def gradients(values: Floats, deviation: float) -> tuple[Floats, Floats]:
    """Return the slopes (H, W) downwards and to the right of values blurred by a Gaussian.

    Both the blur and its derivative are sampled to four deviations and continued by the outermost
    pixels. Unlike differences of neighbours they prefer no direction.
    """
    at = np.arange(-round(4 * deviation), round(4 * deviation) + 1)
    bell = np.exp(-(at**2) / (2 * deviation**2))
    slope = at * bell
    bell, slope = bell / bell.sum(), slope / (slope * at).sum()
    return (
        _correlated(_correlated(values, slope, 0), bell, 1),
        _correlated(_correlated(values, bell, 0), slope, 1),
    )


def blurred(values: Floats, deviation: float) -> Floats:
    """Return values (H, W) blurred by a Gaussian, continued by the outermost pixels."""
    at = np.arange(-round(3 * deviation), round(3 * deviation) + 1)
    bell = np.exp(-(at**2) / (2 * deviation**2))
    return _correlated(_correlated(values, bell / bell.sum(), 0), bell / bell.sum(), 1)


def _correlated(values: Floats, weights: Floats, axis: int) -> Floats:
    """Return the correlation of values (H, W) with weights along an axis."""
    reach, size = len(weights) // 2, values.shape[axis]
    around = np.pad(values, [(reach, reach) if k == axis else (0, 0) for k in (0, 1)], mode="edge")
    around = np.moveaxis(around, axis, 0)
    total = sum(weight * around[k : k + size] for k, weight in enumerate(weights))
    return np.moveaxis(np.asarray(total), 0, axis)
