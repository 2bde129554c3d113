"""Pictures to call the page's engine with, and those that it returns."""

import numpy as np


def noise(size, *, seed=0, smooth=False):
    """Return pixels (1, 3, H, W) of whole levels, random or of smooth colours with some noise."""
    rng = np.random.default_rng([seed, *size])
    width, height = size
    if not smooth:
        return rng.integers(0, 256, (1, 3, height, width)).astype(np.float32)
    y, x = np.mgrid[:height, :width] / max(size)
    waves = [np.sin(4 * x + 3 * y + c) + 0.6 * np.cos(9 * x - 5 * y * c) for c in (0, 1, 2)]
    levels = 128 + 70 * np.stack(waves) + rng.normal(scale=6, size=(3, height, width))
    return np.rint(levels.clip(0, 255)).astype(np.float32)[None]


def planes(pixels, *, whole=False):
    """Return the record that planes.js describes of (1, 3, H, W) pixels."""
    height, width = pixels.shape[2:]
    return {"width": width, "height": height, "data": np.ravel(pixels), "whole": whole}


def pixels_of(record):
    """Return the pixels, (1, 3, H, W), of a record that planes.js describes."""
    return record["data"].reshape(1, 3, record["height"], record["width"])
