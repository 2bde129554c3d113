"""What the painting scripts share: noise, smooth steps, and pictures of arrays."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]
Colour = tuple[int, int, int]

SIZE = (1024, 768)  # width and height of a style, pixels


def cells(shape: tuple[int, int], cell: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Return smooth noise of mean 0 and deviation 1 whose features are `cell` (height, width)."""
    rows, columns = (max(3, round(n / c) + 3) for n, c in zip(shape, cell, strict=True))
    coarse = Image.fromarray(rng.standard_normal((rows, columns)).astype(np.float32))
    whole = coarse.resize(shape[::-1], Image.Resampling.BICUBIC)
    noise = np.asarray(whole, dtype=np.float64)
    return (noise - noise.mean()) / noise.std()


def clouds(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> Floats:
    """Return noise of mean 0 and deviation 1 with features from `cell` pixels down to two."""
    whole = np.zeros(shape)
    weight = 1.0
    while cell >= 2:
        whole += weight * cells(shape, (cell, cell), rng)
        weight, cell = weight * 0.55, cell / 2
    return whole / whole.std()


def strands(length: float, width: float, degrees: float, rng: np.random.Generator) -> Floats:
    """Return noise of mean 0 and deviation 1, of `SIZE`, drawn out along a direction."""
    side = int(np.hypot(*SIZE)) + 2
    noise = Image.fromarray(cells((side, side), (width, length), rng).astype(np.float32))
    turned = noise.rotate(degrees, Image.Resampling.BICUBIC)
    left, top = (side - SIZE[0]) // 2, (side - SIZE[1]) // 2
    return np.asarray(turned.crop((left, top, left + SIZE[0], top + SIZE[1])), dtype=np.float64)


def step(values: Floats, low: float, high: float) -> Floats:
    """Return a smooth step from 0 at `low` to 1 at `high`."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def smoothed(values: Floats, cell: int) -> Floats:
    """Return (H, W) values averaged over cells and interpolated between them."""
    height, width = values.shape
    coarse = Image.fromarray(values.astype(np.float32)).resize(
        (width // cell, height // cell), Image.Resampling.BOX
    )
    smooth = coarse.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(smooth, dtype=np.float64)


def picture(pixels: Floats) -> Image.Image:
    """Return the picture of (H, W) or (H, W, 3) values, 0 to 255."""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return Image.fromarray(np.rint(np.clip(pixels, 0, 255)).astype(np.uint8))


def mixed(ink: Floats, dark: Colour, light: Colour) -> Floats:
    """Return (H, W, 3) values that are `light` where `ink` is 0 and `dark` where it is 1."""
    part = np.clip(ink, 0, 1)[..., None]
    return np.asarray(part * np.array(dark) + (1 - part) * np.array(light))
