"""The scene of the example painting: an autumn evening by a lake.

The functions take points in picture pixels, from the upper left corner. They return the region that
lies there, its tone, and the direction of the brush.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]

SUN = 528.0, 232.0
SHORE = 372.0  # y of the far shore
CLOUDS = [(270, 96, 130, -1.7), (715, 40, 100, 1.8)]  # x, y, radius, strength of the swirl
CLUMPS = np.array(  # clumps of leaves: a row each for x, y and radius
    [
        [150, 104, 188, 66, 142, 222, 34, 98, 176, 248, 74],
        [92, 140, 148, 196, 196, 210, 258, 254, 262, 270, 306],
        [44, 46, 46, 42, 50, 42, 38, 46, 44, 32, 30],
    ]
).T.reshape(-1, 3, 1)
BOUGHS = [  # trunk and branches: x and y of both ends, radius
    (128, 620, 138, 400, 15),
    (138, 400, 160, 130, 9),
    (134, 430, 58, 250, 8),
    (140, 400, 216, 250, 8),
]

# Regions: sky, disc of the sun, far hills, near hill, lake, bank, trunk and crown of the tree.
SKY, DISC, FAR, NEAR, LAKE, BANK, TRUNK, CROWN = range(8)
PALETTES = {  # from light to dark
    SKY: "fff3c4 fdd650 f3a52a e27434 c95a48 a8708c 7f8fb8 4aa3a8 2c76b0 1f4a9e 17296c 101a4a",
    DISC: "fffbe6 fff0a8 ffd93b ffb01f",
    FAR: "f2bd63 c98a8d 8d7fb8 5868b5 3b4f9c 2a3a80 2c7c8c",
    NEAR: "ffd552 e0a42c 9c9a35 4f8a4a 23695c 1d4a6c 1a2c66",
    LAKE: "fff0b0 fbb143 e8703a c9658a 5fb0ad 2f86b4 2558a8 1b3a84 14245c",
    BANK: "f7d65a dd9b2a a8562a 7f9236 3a7440 1c5347 16335c 431a40",
    TRUNK: "e08a3a 8a4a3a 4a2f55 24284f 121a3a",
    CROWN: "ffd865 f2a52c dd6a22 bf3428 8c1f36 4f1a40 22163f",
}
ACCENTS = "fff6d8 ffd23f f4791f c2253c 2fb3b0 3d6fe0"


def wander(x: Array, y: Array, scale: float) -> Array:
    """Return a smooth function between -1 and 1 with a period of about six times ``scale``."""
    first = np.sin(x / scale + 1.3 * np.sin(y / (1.7 * scale) + scale) + 1)
    second = np.sin(y / (0.8 * scale) + 1.1 * np.sin(x / (1.3 * scale) + 2) + scale)
    return (first + second) / 2


def ridges(x: Array) -> tuple[Array, Array, Array]:
    """Return the y of the upper edges of the far hills, the near hill and the bank."""
    peak = 30 * np.exp(-(((x - 330) / 55) ** 2)) + 46 * np.exp(-(((x - 250) / 120) ** 2))
    far = 326 - 18 * np.sin(x / 95 + 0.6) - 9 * np.sin(x / 41 + 2) - peak
    near = 376 - 128 * np.exp(-(((x - 800) / 150) ** 2)) + 5 * np.sin(x / 23)
    bank = (
        508 - 46 * np.exp(-(((x - 90) / 190) ** 2)) + 24 * np.sin(x / 130 + 1) + 6 * np.sin(x / 31)
    )
    return far, np.where(x > 560, near, near + 560 - x), bank


def clump(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return the offset from the centre of the nearest clump, and the distance in its radii."""
    flat = np.stack([x.ravel(), y.ravel()])
    offsets = flat - CLUMPS[:, :2]
    distances = np.hypot(*offsets.swapaxes(0, 1)) / CLUMPS[:, 2]
    nearest = distances.argmin(0), np.arange(x.size)
    dx, dy = (offsets[:, i][nearest].reshape(x.shape) for i in (0, 1))
    return dx, dy, distances[nearest].reshape(x.shape) * (1 + 0.3 * wander(x, y, 7))


def bough(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return the signed distance from the nearest bough in its radii, and its direction."""
    best, u, v = np.full(x.shape, 9.0), np.zeros_like(x), np.ones_like(x)
    for x0, y0, x1, y1, radius in BOUGHS:
        length = np.hypot(x1 - x0, y1 - y0)
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        along = np.clip(((x - x0) * ux + (y - y0) * uy) / length, 0, 1)
        bend = 0.09 * length * np.sin(3.3 * along)
        dx, dy = x - x0 - ux * length * along + uy * bend, y - y0 - uy * length * along - ux * bend
        side = np.copysign(np.hypot(dx, dy), dx) / (radius * (1.25 - 0.6 * along))
        closer = np.abs(side) < np.abs(best)
        best, u, v = np.where(closer, side, best), np.where(closer, ux, u), np.where(closer, uy, v)
    return best, u, v


def regions(x: Array, y: Array) -> npt.NDArray[np.int64]:
    """Return the region of each point."""
    far, near, bank = ridges(x)
    result = np.full(x.shape, SKY)
    result[np.hypot(x - SUN[0], y - SUN[1]) < 42] = DISC
    result[y > far] = FAR
    result[y > SHORE + 2 * np.sin(x / 37)] = LAKE
    result[(y > near) & (y < SHORE + (x - 560) * 0.22)] = NEAR
    result[y > bank] = BANK
    result[np.abs(bough(x, y)[0]) < 1] = TRUNK
    result[clump(x, y)[2] < 1] = CROWN
    return result


def tone(x: Array, y: Array, region: int) -> Array:
    """Return the position in the palette of the region, from 0 (light) to 1 (dark)."""
    far, near, bank = ridges(x)
    radius = np.hypot(x - SUN[0], 1.15 * (y - SUN[1]))
    if region == SKY:
        curls = np.zeros_like(x)
        for cx, cy, size, _ in CLOUDS:
            r = np.hypot(x - cx, 1.4 * (y - cy)) / size
            curls += np.exp(-(r**2)) * (0.1 + 0.17 * np.sin(7 * r + 2 * np.arctan2(y - cy, x - cx)))
        rings = 0.045 * np.sin(radius / 13) + 0.08 * wander(x, 2.2 * y, 60)
        position = 0.06 + (radius / 560) ** 0.78 + rings - curls
    elif region == DISC:
        position = radius / 46
    elif region == FAR:
        position = 0.05 + (y - far) / 62 + 0.16 * wander(x, y, 45) + np.abs(x - SUN[0]) / 1500
    elif region == NEAR:
        position = 0.02 + (y - near) / 125 + 0.2 * wander(x, y, 24)
    elif region == LAKE:
        glitter = np.exp(-(((x - SUN[0] + 8 * np.sin(y / 9)) / (24 + (y - SHORE) * 0.35)) ** 2))
        position = 0.56 + (y - SHORE) / 420 + 0.17 * wander(x / 3, y, 16) - 0.58 * glitter
    elif region == BANK:
        position = 0.2 + (y - bank) / 170 + 0.3 * wander(x, y, 34)
    elif region == TRUNK:
        position = 0.55 - 0.5 * bough(x, y)[0]
    else:
        dx, dy, r = clump(x, y)
        shade = 0.1 * r - 0.26 * r * np.cos(np.arctan2(dy, dx) + 0.6)
        shade += (y - 200) / 900 - (x - 140) / 700
        position = 0.46 + shade + 0.2 * wander(x, y, 10)
    return np.asarray(position)


def direction(x: Array, y: Array, region: int) -> tuple[Array, Array]:
    """Return the direction in which the brush moves, as a unit vector."""
    if region in (SKY, DISC):
        u, v = np.full(x.shape, 0.8), 0.5 * np.sin(x / 88 + y / 60 + 2)
        for cx, cy, size, turn in [(*SUN, 190, 3.2), *CLOUDS]:
            dx, dy = x - cx, y - cy
            r = np.hypot(dx, dy) + 1e-6
            pull = turn * np.exp(-((r / size) ** 2))
            u, v = u - pull * dy / r, v + pull * dx / r
    elif region == CROWN:
        dx, dy, r = clump(x, y)
        twist = 1.6 * wander(x, y, 12)
        u, v = np.sin(twist) * dx - np.cos(twist) * dy, np.sin(twist) * dy + np.cos(twist) * dx
    elif region == TRUNK:
        _, u, v = bough(x, y)
    else:
        if region == LAKE:
            angle = 0.16 * wander(x, y, 30)
        elif region == BANK:
            angle = -np.pi / 2 + 0.8 * wander(x, y, 60)
        else:
            edge = 0 if region == FAR else 1
            slope = (ridges(x + 2)[edge] - ridges(x - 2)[edge]) / 4
            angle = np.arctan(slope) + 0.55 * wander(x, y, 40)
        u, v = np.cos(angle), np.sin(angle)
    norm = np.hypot(u, v) + 1e-9
    return u / norm, v / norm
