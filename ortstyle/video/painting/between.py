"""Frames between two painted ones, pulled from both along the motion of the film.

Two textures that do not lie exactly on one another blur where they are blended, so that a film
would be sharp at its painted frames and soft between them. So the nearer side has more than its
share, and the blend gets back the contrast of its fine parts that the sides have.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.motion.flow import flow_along
from ortstyle.video.motion.occlusion import reliability
from ortstyle.video.motion.smoothing import filled, smoothed
from ortstyle.video.motion.warp import warp

_LEAST_TRUST = 1e-3  # of unreliable points; decides where both sides are
_SEAM = 1.5  # pixels, over which the blend passes from one side to the other
_FINE = 2.0  # pixels; what is finer counts as sharpness
_NEIGHBOURHOOD = 6.0  # pixels, in which contrast is compared
_MOST_GAIN = 1.6  # of two textures that have nothing in common: 1.41


@dataclass(frozen=True, eq=False, kw_only=True)
class Neighbour:
    """A painted frame beside those that are made from it.

    Attributes
    ----------
    painted
        `(H, W, 3)` float32, 0–255.
    source
        `(H, W, 3)` uint8: the frame of the film that it was painted from.
    along
        The film's frames from beside `source` to beside the one that is to be made. They may be
        left out. With them, things are followed that move by more than a tenth of the picture.
    """

    painted: NDArray[np.float32]
    source: NDArray[np.uint8]
    along: tuple[NDArray[np.uint8], ...] = ()


def between(
    before: Neighbour, after: Neighbour, source: NDArray[np.uint8], *, position: float
) -> NDArray[np.float32]:
    """Return the painted frame of a source frame that lies between two painted ones.

    Parameters
    ----------
    before, after
        The painted frames next to it.
    source
        `(H, W, 3)` uint8: the frame of the film.
    position
        When it is seen: 0 at the frame before, where the result is that frame, to 1 at the one
        after.

    Returns
    -------
    ndarray
        `(H, W, 3)` float32, 0–255.

    Raises
    ------
    ValueError
        The position is outside 0 to 1.
    """
    if not 0 <= position <= 1:
        raise ValueError(f"position {position} is not between 0 and 1")
    if position in (0, 1):
        return (after if position else before).painted.copy()
    sides, trust = zip(*(_pulled(side, source) for side in (before, after)), strict=True)
    return _blended(sides, trust, position)


def _pulled(
    side: Neighbour, source: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return a painted frame brought onto a source frame, and how far each point is trusted.

    Where the flow is unreliable, that of the surroundings takes its place. So a place that neither
    side shows gets the texture beside it, not a second image of what hides it.
    """
    frames = [side.source, *side.along, source]
    flow = flow_along(frames[::-1])
    mask = reliability(flow, flow_along(frames))
    pulled = warp(side.painted, filled(flow, mask))
    return pulled, np.minimum(mask, smoothed(mask, _SEAM)) + np.float32(_LEAST_TRUST)


def _blended(
    sides: tuple[NDArray[np.float32], ...], trust: tuple[NDArray[np.float32], ...], position: float
) -> NDArray[np.float32]:
    shares = ((1 - position) ** 2 * trust[0], position**2 * trust[1])
    weight = (shares[1] / (shares[0] + shares[1])).astype(np.float32)
    blend = sides[0] + weight[..., None] * (sides[1] - sides[0])
    coarse = smoothed(blend, _FINE)
    wanted = _contrast(sides[0]) * (1 - weight) + _contrast(sides[1]) * weight
    gain = np.sqrt(wanted / np.maximum(_contrast(blend), np.float32(1e-3)))
    gain = np.clip(gain, 1, _MOST_GAIN)[..., None]
    result: NDArray[np.float32] = np.clip(coarse + gain * (blend - coarse), 0, 255)
    return result


def _contrast(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the local variance `(H, W)` of what is fine in a picture."""
    fine = picture - smoothed(picture, _FINE)
    return smoothed(np.square(fine).mean(axis=-1), _NEIGHBOURHOOD)
