"""Pictures and flows moved along a flow.

Pictures are interpolated by Lanczos windows of 8 × 8 pixels. Frames are warped from warped frames
many times, which Lanczos windows leave nearly as sharp as they were. Linear interpolation blurs
them, and OpenCV's bicubic, whose kernel overshoots, sharpens them.
"""

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.motion.opencv import opencv

_MOST_CHANNELS = 4  # that OpenCV interpolates at once


def warp(
    picture: NDArray[np.float32], flow: NDArray[np.float32], *, linear: bool = False
) -> NDArray[np.float32]:
    """Return the picture as seen along a flow: the result at x is the picture at x + flow(x).

    So a flow from the first picture to the second brings the second onto the first. Outside the
    picture its border is repeated. Values may overshoot the picture's range at edges, as those
    of every interpolation that keeps sharpness do.

    Parameters
    ----------
    picture
        `(H, W)` or `(H, W, C)` float32.
    flow
        `(h, w, 2)` float32 in pixels, x before y; the result has its height and width.
    linear
        Interpolate linearly, which never overshoots: for masks.
    """
    cv2 = opencv()
    height, width = flow.shape[:2]
    columns = np.arange(width, dtype=np.float32) + flow[..., 0]
    rows = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    method = cv2.INTER_LINEAR if linear else cv2.INTER_LANCZOS4
    layers = np.ascontiguousarray(picture, dtype=np.float32)
    layers = layers.reshape(*picture.shape[:2], -1)
    warped = [
        cv2.remap(
            np.ascontiguousarray(layers[..., begin : begin + _MOST_CHANNELS]),
            columns,
            rows,
            method,
            borderMode=cv2.BORDER_REPLICATE,
        ).reshape(height, width, -1)
        for begin in range(0, layers.shape[-1], _MOST_CHANNELS)
    ]
    return np.concatenate(warped, axis=-1).reshape(height, width, *picture.shape[2:])


def compose(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the flow a → c of the flows a → b and b → c, each `(H, W, 2)` float32 in pixels."""
    return first + warp(second, first, linear=True)
