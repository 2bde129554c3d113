"""The motion of a real clip, estimated for measuring: finer than a painter needs, and checked.

The flow is estimated between frames of the clip itself, never of a painted film: by dense inverse
search (Kroeger et al. 2016) with OpenCV, at twice the size of the painted frames where the clip has
it, for every pair by itself and never as a sum of flows. It is believed only where three checks
agree: the flow back leads to where one came from (Ruder, Dosovitskiy, Brox 2016, equation 5), there
is no boundary of motion (equation 6), and the warped frame of the clip looks like the other one. So
a mistake of the flow, which a painter that uses the same method may share, does not count for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from film_sampling import warped
from numpy.typing import NDArray

Film = Callable[[int], NDArray[Any]]  # of a frame's number, its pixels (H, W, 3), 0–255

_ALIKE = 10.0  # levels of each channel by which a warped frame of the clip may differ
_FINER = 2


class Motion(Protocol):
    """Where what one frame shows is in another; see `FilmSequence` for both methods."""

    def flow(self, t: int, s: int) -> NDArray[np.float32]:
        """Return the flow (H, W, 2) from frame `t` to frame `s`, in pixels."""

    def visible(self, t: int, s: int) -> NDArray[np.bool_]:
        """Return which pixels (H, W) of frame `t` are surely seen in frame `s` too."""


@dataclass(frozen=True, eq=False)
class EstimatedMotion:
    """The motion of a clip between any two of its frames.

    Attributes
    ----------
    frame
        The clip's frames, uint8, of twice the size or another.
    size
        (width, height) in pixels in which flow and mask are given.
    """

    frame: Film
    size: tuple[int, int]
    _kept: dict[tuple[int, int], tuple[NDArray[np.float32], NDArray[np.bool_]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def flow(self, t: int, s: int) -> NDArray[np.float32]:
        """Return the flow (H, W, 2) from frame `t` to frame `s`, in pixels."""
        return self._estimated(t, s)[0]

    def visible(self, t: int, s: int) -> NDArray[np.bool_]:
        """Return where (H, W) the flow is believed."""
        return self._estimated(t, s)[1]

    def _estimated(self, t: int, s: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        if (t, s) not in self._kept:
            self._kept.clear()
            self._kept[t, s] = _estimate(self.frame(t), self.frame(s), self.size)
        return self._kept[t, s]


def _estimate(
    first: NDArray[np.uint8], second: NDArray[np.uint8], size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the flow from a first to a second frame and where it is believed, at a size."""
    import cv2

    fine = (size[0] * _FINER, size[1] * _FINER)
    large = [cv2.resize(f, fine, interpolation=cv2.INTER_CUBIC) for f in (first, second)]
    small = [cv2.resize(f, size, interpolation=cv2.INTER_AREA) for f in (first, second)]
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in large]
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    search.setPatchStride(2)
    search.setVariationalRefinementIterations(10)
    flow, back = (
        cv2.resize(search.calc(*pair, None), size, interpolation=cv2.INTER_AREA) / _FINER
        for pair in (grey, grey[::-1])
    )
    difference = np.abs(small[0].astype(np.float32) - warped(small[1], flow)).max(-1)
    return flow, consistent(flow, back) & (difference <= _ALIKE)


def consistent(flow: NDArray[np.float32], back: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return where (H, W) a flow stays inside, agrees with the flow back, and has no boundary."""
    height, width = flow.shape[:2]
    y, x = np.mgrid[:height, :width]
    to_x, to_y = x + flow[..., 0], y + flow[..., 1]
    inside = (to_x >= 0) & (to_x <= width - 1) & (to_y >= 0) & (to_y <= height - 1)
    returned = warped(back, flow)
    length = (flow**2).sum(-1)
    misses = ((flow + returned) ** 2).sum(-1) >= 0.01 * (length + (returned**2).sum(-1)) + 0.5
    slope = sum((np.gradient(flow, axis=axis) ** 2).sum(-1) for axis in (0, 1))
    return np.asarray(inside & ~misses & (slope <= 0.01 * length + 0.002))
