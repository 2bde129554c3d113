"""Source frames in the colours of the painting, for what the frames before do not show."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]

_RIDGE = 1e-3  # keeps the fit defined where the source has one colour


def recolored(source: Pixels, painted: Pixels, weights: NDArray[np.float32]) -> Pixels:
    """Return a source frame in the colours of a painted one: an affine map of RGB.

    The map is the least squares fit where both are known. What comes into view then begins in
    colours like those of its neighbours, and needs fewer evaluations.

    Parameters
    ----------
    source, painted
        (H, W, 3) float32, 0–255.
    weights
        (H, W), how much each pixel counts in the fit.
    """
    known = np.sqrt(weights.reshape(-1, 1).astype(np.float64))
    homogeneous = np.concatenate(
        [source.reshape(-1, 3), np.full((source[..., 0].size, 1), 255.0)], axis=1
    )
    left, right = homogeneous * known, painted.reshape(-1, 3) * known
    # The ridge pulls towards the source's own colours.
    scale = _RIDGE * max(1.0, float((left**2).sum()) / 4)
    identity = np.eye(4)
    solution = np.linalg.solve(
        left.T @ left + scale * identity, left.T @ right + scale * identity[:, :3]
    )
    found: Pixels = (homogeneous @ solution).reshape(source.shape).clip(0, 255).astype(np.float32)
    return found
