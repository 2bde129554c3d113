"""What a frame is held to and starts from: painted frames moved to where it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ortstyle.objective.objective import Anchor
from ortstyle.video.motion.masks import feathered
from ortstyle.video.painting.recolor import recolored

Pixels = NDArray[np.float32]

_FEATHER = 1.5  # pixels; the standard deviation of the edge of what is new


@dataclass(frozen=True, eq=False)
class MovedFrame:
    """A painted frame that was moved to where another one is.

    Attributes
    ----------
    pixels
        (H, W, 3) float32, 0–255.
    reliable
        (H, W) float32, 0–1: where it shows what the frame shows.
    firmness
        The factor of the weight with which a frame is held to it.
    """

    pixels: Pixels
    reliable: NDArray[np.float32]
    firmness: float = 1.0


@dataclass(frozen=True, eq=False)
class HeldFrame:
    """What a frame is held to and starts from.

    Attributes
    ----------
    anchor
        For `stylize`; the weights are between 0 and the greatest firmness.
    start
        (H, W, 3) float32, 0–255.
    new
        The share of the frame that nothing holds firmly, 0–1.
    """

    anchor: Anchor
    start: Pixels
    new: float = 0.0


def hold(
    moved: Sequence[MovedFrame], source: Pixels, *, nearest: Pixels, hidden: NDArray[np.bool_]
) -> HeldFrame:
    """Hold a frame to others, each only where those before it in the list say nothing.

    This is the long-term consistency of Ruder, Dosovitskiy, Brox (2016), equation 9. One difference
    is what the frame starts from where nothing is reliable. At edges of motion it is the nearest
    frame, whose flow is imprecise there but mostly shows the right thing. What that frame does not
    show is the source in the painting's colours.

    Parameters
    ----------
    moved
        One frame or more, the preferred one first.
    source
        (H, W, 3) float32, 0–255.
    nearest
        (H, W, 3) float32, the neighbour moved to where the frame is.
    hidden
        (H, W) bool, what the neighbour can't show.
    """
    total = np.zeros(source.shape[:2], np.float32)
    weights, pixels = np.zeros_like(total), np.zeros_like(source)
    for each in moved:
        share = np.maximum(each.reliable - total, 0)
        total += share
        weights += share * np.float32(each.firmness)
        pixels += share[..., None] * each.pixels
    known = total[..., None] > 0
    pixels = np.divide(pixels, total[..., None], out=nearest.copy(), where=known)
    new = feathered(hidden & (total < 0.5), _FEATHER)[..., None]
    start = pixels
    if new.any():
        start = pixels + new * (recolored(source, pixels, total) - pixels)
    weights = (weights * (1 - new[..., 0])).astype(np.float32)
    return HeldFrame(
        Anchor(as_batch(pixels), weights),
        start.clip(0, 255).astype(np.float32),
        new=1 - float(weights.clip(0, 1).mean()),
    )


def as_batch(pixels: Pixels) -> Pixels:
    """Return (H, W, 3) as (1, 3, H, W)."""
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], dtype=np.float32)
