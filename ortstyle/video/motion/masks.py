"""Masks with soft edges."""

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.motion.opencv import opencv


def feathered(mask: NDArray[np.bool_], deviation: float) -> NDArray[np.float32]:
    """Return a mask grown by a pixel, its edge blurred by a Gaussian.

    Parameters
    ----------
    mask
        (H, W) bool.
    deviation
        The standard deviation of the Gaussian in pixels.

    Returns
    -------
    ndarray
        (H, W) float32, 0–1.
    """
    if not mask.any():
        return np.zeros(mask.shape, np.float32)
    cv2 = opencv()
    grown = cv2.dilate(mask.astype(np.float32), np.ones((3, 3), np.uint8))
    soft: NDArray[np.float32] = cv2.GaussianBlur(grown, (0, 0), deviation)
    return soft
