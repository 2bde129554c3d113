"""What a flow is worth: where it fails its check, leaves the picture or meets an edge of motion."""

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.motion.warp import warp

#: Ruder, Dosovitskiy, Brox (2016), section 4.1: a share of the squared motion, and pixels².
_INCONSISTENT = (0.01, 0.5)
_BOUNDARY = (0.01, 0.002)
_BORDER = 0.06  # of the longer side, as deep as strokes follow a border
_TOLERANCE = 0.25  # pixels outside, where the repeated border is still what would be seen


def reliability(flow: NDArray[np.float32], back: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far the flow from a first to a second picture may be trusted, 0 to 1.

    Zero where the point lies outside the second picture, where the flow back does not lead to
    where one came from (the point is hidden in the second picture), and at boundaries of motion,
    where flow is imprecise: Ruder, Dosovitskiy, Brox (2016), equations 5 and 6. The gradient of
    the flow is taken beside that of the whole picture, its median. Else the middle of a picture
    that zooms or turns fast would be a boundary.

    Parameters
    ----------
    flow
        `(H, W, 2)` float32, first → second.
    back
        `(H, W, 2)` float32, second → first.

    Returns
    -------
    ndarray
        `(H, W)` float32, on the grid of the first picture.
    """
    good, length = _is_consistent(flow, back), _square(flow)
    share, least = _BOUNDARY
    slope = _square(_own_gradient(flow, 0)) + _square(_own_gradient(flow, 1))
    good &= slope <= share * length + least
    return (good & _inside(flow)).astype(np.float32)


def is_hidden(flow: NDArray[np.float32], back: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return what can't be seen in the second picture: it is hidden, or outside.

    These are the reasons of `reliability` but boundaries of motion, which both pictures show.

    Parameters
    ----------
    flow, back
        As for `reliability`.

    Returns
    -------
    ndarray
        `(H, W)` bool, on the grid of the first picture.
    """
    return ~(_is_consistent(flow, back) & _inside(flow))


def away_from_border(flow: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far what is seen has come away from the border of the second picture, 0 to 1.

    What lies at the border of a painted picture was painted without its surroundings. It is 1 where
    a point lies no nearer to the border of the second picture than it does in the first, or farther
    from it than 6 % of the longer side.

    Parameters
    ----------
    flow
        `(H, W, 2)` float32, first → second.

    Returns
    -------
    ndarray
        `(H, W)` float32, on the grid of the first picture.
    """
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32)[None]
    y = np.arange(height, dtype=np.float32)[:, None]

    def depth(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        nearest = np.minimum(np.minimum(x + 1, width - x), np.minimum(y + 1, height - y))
        inside: NDArray[np.float32] = np.maximum(nearest, np.float32(0))
        return inside

    enough = np.minimum(depth(x, y), np.float32(_BORDER * max(height, width)))
    away: NDArray[np.float32] = np.clip(depth(x + flow[..., 0], y + flow[..., 1]) / enough, 0, 1)
    return away


def _is_consistent(flow: NDArray[np.float32], back: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return where the flow back leads to where one came from."""
    returned = warp(back, flow, linear=True)
    share, least = _INCONSISTENT
    limit = share * (_square(flow) + _square(returned)) + least
    consistent: NDArray[np.bool_] = _square(flow + returned) < limit
    return consistent


def _square(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    squares: NDArray[np.float32] = np.einsum("hwc,hwc->hw", vectors, vectors)
    return squares


def _own_gradient(flow: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Return the central difference along an axis, without the median of the picture."""
    if flow.shape[axis] < 2:
        return np.zeros_like(flow)
    difference: NDArray[np.float32] = np.gradient(flow, axis=axis)
    whole: NDArray[np.float32] = np.median(difference[::2, ::2], axis=(0, 1))
    return difference - whole


def _inside(flow: NDArray[np.float32]) -> NDArray[np.bool_]:
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    inside: NDArray[np.bool_] = (x >= -_TOLERANCE) & (x <= width - 1 + _TOLERANCE)
    inside &= (y >= -_TOLERANCE) & (y <= height - 1 + _TOLERANCE)
    return inside
