"""Optical flow between two frames: dense inverse search (Kroeger et al. 2016) of OpenCV.

The parameters are those that did best on the sequences of exact motion of the tests and on real
clips at 128 to 512 pixels. At the full resolution the error is smaller than at half of it, where
the preset stops. A stronger smoothness (alpha) and more rounds of the variational refinement keep
flat places calm; a still stronger one loses small things that move fast.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.motion.exposure import equal_exposure
from ortstyle.video.motion.opencv import opencv
from ortstyle.video.motion.warp import compose

#: `(H, W, 2)` float32: pixel (x, y) of the first picture lies at (x + f[y, x, 0], y + f[y, x, 1])
#: in the second.
Flow = NDArray[np.float32]

_SMALLEST = 16  # pixels; the search takes no smaller pictures
_SMOOTHNESS = 60.0
_ROUNDS = 20


def optical_flow(
    first: NDArray[np.uint8], second: NDArray[np.uint8], *, guess: Flow | None = None
) -> Flow:
    """Return the optical flow from the first picture to the second.

    The same pictures give the same bytes, on any number of threads. Another processor or version
    of OpenCV may round differently.

    Parameters
    ----------
    first, second
        `(H, W, 3)` uint8 RGB of one size; of pictures below 16 pixels the border is repeated.
    guess
        A flow that is tried, too, where the search begins: it finds small things that move far.

    Raises
    ------
    ValueError
        The pictures differ in size.
    FilmError
        OpenCV is not installed.
    """
    if first.shape != second.shape:
        raise ValueError(f"pictures of {first.shape} and {second.shape} have no common flow")
    height, width = first.shape[:2]
    pair = equal_exposure(_gray(first), _gray(second))
    if guess is not None:  # the search writes into it
        margins = [
            (0, larger - side) for larger, side in zip(pair[0].shape, guess.shape, strict=False)
        ]
        guess = np.pad(guess, [*margins, (0, 0)], mode="edge").astype(np.float32)
    flow: Flow = _search().calc(*pair, guess)
    return np.ascontiguousarray(flow[:height, :width])


def flow_along(frames: Sequence[NDArray[np.uint8]]) -> Flow:
    """Return the optical flow from the first of successive frames to the last.

    The flow from frame to frame, composed, is the guess with which the search from the first frame
    to the last begins. So things are followed that move too far for a single search.

    Parameters
    ----------
    frames
        At least two, `(H, W, 3)` uint8 RGB of one size.
    """
    guess = None
    for frame, following in pairwise(frames):
        step = optical_flow(frame, following)
        guess = step if guess is None else compose(guess, step)
    return optical_flow(frames[0], frames[-1], guess=guess if len(frames) > 2 else None)


def _gray(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    cv2 = opencv()
    gray: NDArray[np.uint8] = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY)
    missing = [max(0, _SMALLEST - side) for side in gray.shape]
    return np.pad(gray, [(0, pixels) for pixels in missing], mode="edge")


def _search() -> Any:
    # A new one for each pair: it keeps buffers, and threads must not share them.
    cv2 = opencv()
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    search.setVariationalRefinementIterations(_ROUNDS)
    search.setVariationalRefinementAlpha(_SMOOTHNESS)
    return search
