"""Sequences whose motion is known exactly: textures are functions, so no pixel is interpolated."""

from dataclasses import dataclass, field

import numpy as np


class Texture:
    """A coloured texture of the plane: plane waves of many lengths, longer ones stronger."""

    def __init__(self, seed, *, finest=5.0, coarsest=60.0, waves=48, contrast=45.0):
        random = np.random.default_rng(seed)
        length = np.exp(random.uniform(np.log(finest), np.log(coarsest), waves))
        angle = random.uniform(0, 2 * np.pi, waves)
        self.kx, self.ky = 2 * np.pi * np.cos(angle) / length, 2 * np.pi * np.sin(angle) / length
        self.phase = random.uniform(0, 2 * np.pi, waves)
        strength = (length / coarsest) ** 0.6
        colors = random.normal(size=(waves, 3)) * 0.35 + random.normal(size=(waves, 1))
        self.colors = colors * (strength * contrast / np.sqrt((strength**2).sum() / 2))[:, None]
        self.mean = random.uniform(95, 160, 3)

    def __call__(self, points):
        """Return the colours `(H, W, 3)` at the points `(H, W, 2)` of the plane."""
        angle = points[..., :1] * self.kx + points[..., 1:] * self.ky + self.phase
        return np.sin(angle) @ self.colors + self.mean


@dataclass(frozen=True)
class Motion:
    """Where the picture's points lie in a texture at a time: turned, scaled and shifted."""

    velocity: tuple[float, float] = (0.0, 0.0)  # pixels a frame
    turn: float = 0.0  # radians a frame
    zoom: float = 0.0  # logarithm of the scale a frame
    center: tuple[float, float] = (0.0, 0.0)

    def matrix(self, time):
        """Return the 2 × 2 matrix from picture to texture."""
        angle, scale = self.turn * time, np.exp(-self.zoom * time)
        c, s = np.cos(angle) * scale, np.sin(angle) * scale
        return np.array([[c, s], [-s, c]])

    def to_texture(self, points, time):
        moved = points - np.array(self.center) - np.array(self.velocity) * time
        return moved @ self.matrix(time).T

    def to_picture(self, points, time):
        turned = points @ np.linalg.inv(self.matrix(time)).T
        return turned + np.array(self.center) + np.array(self.velocity) * time


@dataclass(frozen=True)
class Sequence:
    """A textured background and, with a `radius`, a wavy cut-out moving before it."""

    size: tuple[int, int]  # height, width
    ground: Motion = field(default_factory=Motion)
    cutout: Motion = field(default_factory=Motion)
    radius: float = 0.0
    light: float = 0.0  # logarithm of the brightness a frame
    noise: float = 0.0  # levels
    textures: tuple[Texture, Texture] = field(default_factory=lambda: (Texture(1), Texture(2)))

    @property
    def grid(self):
        rows, columns = np.mgrid[: self.size[0], : self.size[1]]
        return np.stack([columns, rows], axis=-1).astype(np.float64)

    def depth(self, points, time):
        """Return the distance into the cut-out at points of the picture, negative outside."""
        own = self.cutout.to_texture(points, time)
        angle = np.arctan2(own[..., 1], own[..., 0])
        return self.radius * (1 + 0.15 * np.sin(5 * angle)) - np.hypot(own[..., 0], own[..., 1])

    def picture(self, time):
        """Return the picture `(H, W, 3)` float64 at a time in frames, without noise."""
        ground, cutout = self.textures
        pixels = ground(self.ground.to_texture(self.grid, time))
        if self.radius:
            cover = np.clip(self.depth(self.grid, time) + 0.5, 0, 1)[..., None]
            front = cutout(self.cutout.to_texture(self.grid, time))
            pixels += cover * (front - pixels)
        return pixels * np.exp(self.light * time)

    def frame(self, time):
        """Return the frame `(H, W, 3)` uint8 at a time in frames."""
        pixels = self.picture(time)
        random = np.random.default_rng(abs(int(time * 1000)))
        pixels += random.normal(size=pixels.shape) * self.noise
        return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)

    def flow(self, begin, end):
        """Return the exact flow `(H, W, 2)` float32 from one time to another."""
        found = self.ground.to_picture(self.ground.to_texture(self.grid, begin), end)
        if self.radius:
            front = self.cutout.to_picture(self.cutout.to_texture(self.grid, begin), end)
            found = np.where(self.depth(self.grid, begin)[..., None] > 0, front, found)
        return (found - self.grid).astype(np.float32)

    def visible(self, begin, end):
        """Return which points `(H, W)` of one time are seen at another, too."""
        height, width = self.size
        there = self.grid + self.flow(begin, end)
        seen = (there >= -0.5).all(axis=-1)
        seen &= (there <= np.array([width, height]) - 0.5).all(axis=-1)
        if self.radius:
            behind = self.depth(self.grid, begin) <= 0
            seen &= ~(behind & (self.depth(there, end) > 0))
        return seen


def sequences(side, *, names=None):
    """Return sequences by name: the motions of a camera, a cut-out, light, noise.

    Motions are in proportion to the side, so that all sides show the same film.
    """
    size, unit = (side * 3 // 4, side), side / 256
    center = (side * 0.5, side * 0.375)
    pan = Motion(velocity=(3.3 * unit, -1.7 * unit))
    textures = tuple(Texture(s, finest=5, coarsest=60 * max(unit, 0.5)) for s in (1, 2))
    made = {
        "pan": {"ground": pan},
        "zoom": {"ground": Motion(zoom=0.02, center=center)},
        "rotation": {"ground": Motion(turn=0.025, center=center)},
        "cut-out": {
            "ground": Motion(velocity=(-1.2 * unit, 0.4 * unit)),
            "cutout": Motion(
                velocity=(5.2 * unit, 1.6 * unit), center=(side * 0.4, side * 0.36), turn=0.01
            ),
            "radius": side * 0.15,
        },
        "light": {"ground": pan, "light": -0.06},
        "noise": {"ground": pan, "noise": 4.0},
    }
    return {
        name: Sequence(size, textures=textures, **what)
        for name, what in made.items()
        if names is None or name in names
    }
