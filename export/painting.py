"""Paint the example painting: an autumn evening by a lake, in thick oil.

``python export/painting.py [OUT]`` writes ``ortstyle/examples/painting.jpg`` (or OUT).

``painting_scene.py`` defines the regions of the picture, their tones and the directions of the
brush. Each region is covered with curved strokes, from large to small brushes. A stroke has
bristles, two pigments and a thickness of the paint. At the end the relief of the paint is lit from
the upper left. All randomness comes from one seed, so the picture is the same every time.
"""

import sys
from pathlib import Path

import numpy as np
from painting_scene import (
    ACCENTS,
    BANK,
    CROWN,
    DISC,
    FAR,
    LAKE,
    NEAR,
    PALETTES,
    SKY,
    TRUNK,
    Array,
    direction,
    regions,
    tone,
)
from PIL import Image

WIDTH, HEIGHT = 768, 614
FINE = 2  # canvas pixels per picture pixel, for smooth edges
SEED = 1889
OUT = Path(__file__).parents[1] / "ortstyle" / "examples" / "painting.jpg"

PASSES = [  # region, widths of the brushes, lengths of their strokes
    (SKY, (44, 25, 13), (160, 100, 64)),
    (DISC, (22, 11), (50, 32)),
    (FAR, (22, 11), (90, 46)),
    (LAKE, (20, 10), (100, 44)),
    (NEAR, (24, 12), (90, 50)),
    (BANK, (26, 11), (84, 52)),
    (TRUNK, (14, 8), (70, 44)),
    (CROWN, (20, 12, 8), (40, 28, 17)),
]


def palette(stops: str) -> Array:
    """Return hexadecimal colours as an (N, 3) array, 0–255."""
    return np.array([list(bytes.fromhex(stop)) for stop in stops.split()], float)


def streaks(rng: np.random.Generator, across: float, along: float) -> Array:
    """Return periodic (256, 1024) noise, blurred by Gaussians of these deviations in pixels.

    Its standard deviation is 1.
    """
    spectrum = np.fft.fft2(rng.standard_normal((256, 1024)))
    for axis, sigma in enumerate((across, along)):
        gain = np.exp(-2 * (np.pi * sigma * np.fft.fftfreq(spectrum.shape[axis])) ** 2)
        spectrum *= gain[:, None] if axis == 0 else gain
    noise = np.fft.ifft2(spectrum).real
    return np.asarray(noise / noise.std())


class Canvas:
    """Colour and thickness of the paint, on a grid ``FINE`` times as fine as the picture."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.width, self.height = WIDTH * FINE, HEIGHT * FINE
        self.colour = np.tile([120.0, 70.0, 45.0], (self.width * self.height, 1))
        self.thickness = np.zeros(self.width * self.height)
        self.hairs, self.blots = streaks(rng, 1.5, 60), streaks(rng, 7, 60)

    def stroke(self, path: Array, width: float, pigments: Array) -> None:
        """Draw a stroke along a path.

        Parameters
        ----------
        path
            (K, 2) points in picture pixels.
        width
            Width of the brush in picture pixels.
        pigments
            (2, 3) colours, 0–255, of both sides of the brush.
        """
        at = np.append(0, np.cumsum(np.hypot(*np.diff(path * FINE, axis=0).T)))
        along = np.linspace(0, 1, int(1.4 * at[-1]) + 4)[:, None]
        across = np.linspace(-1, 1, int(1.4 * width * FINE) + 4)
        centre = np.stack([np.interp(along[:, 0] * at[-1], at, axis * FINE) for axis in path.T])
        margin = np.pad(centre, ((0, 0), (6, 6)), "reflect", reflect_type="odd")
        smooth = np.stack([np.convolve(axis, np.full(13, 1 / 13), "valid") for axis in margin])
        tangent = np.gradient(smooth, axis=1)
        tangent /= np.hypot(*tangent) + 1e-9

        row, column = self.rng.integers(256), self.rng.integers(1024)
        grid = np.ix_(
            np.arange(column, column + len(along)) % 1024, np.arange(row, row + len(across)) % 256
        )
        hair, blot = self.hairs.T[grid], self.blots.T[grid]
        spread = width * FINE / 2 * np.minimum(1, 0.55 + 3 * along) * (1 - 0.3 * along**3)
        x = np.rint(centre[0][:, None] - tangent[1][:, None] * across * spread).astype(int)
        y = np.rint(centre[1][:, None] + tangent[0][:, None] * across * spread).astype(int)
        wet = (x >= 0) & (y >= 0) & (x < self.width) & (y < self.height)
        wet &= (along > 0.05 * across**2 * (1 + hair[:1])) & (np.abs(across) + 0.12 * blot < 1)
        wet &= along < 0.91 + 0.08 * hair[:1] - 0.1 * across**2
        if width < 15:
            wet &= hair > 0.9 * along - 1.7
        pixel = (y * self.width + x)[wet]

        mix = np.clip(0.5 + 0.6 * across + 0.5 * blot, 0, 1)[wet][:, None]
        paint = ((1 - mix) * pigments[0] + mix * pigments[1]) * (1 + 0.12 * hair[wet][:, None])
        load = np.broadcast_to(0.97 - 0.3 * along, wet.shape)[wet][:, None]
        self.colour[pixel] += load * (paint - self.colour[pixel])
        ridge = 1.1 * np.abs(across) ** 5 * (1 - along) + 0.6 * np.exp(-along * 14)
        body = (0.8 + 0.5 * hair + ridge) * np.sqrt(width / 12)
        self.thickness[pixel] = 0.45 * self.thickness[pixel] + body[wet]

    def lit(self) -> Image.Image:
        """Return the paint, lit from the upper left and reduced to the picture's size."""
        relief = self.thickness.reshape(self.height, self.width)
        relief = (relief + np.roll(relief, 1, 0)) / 2
        down, right = np.gradient((relief + np.roll(relief, 1, 1)) / 2)
        facing = np.tanh(1.5 * (0.8 * down + 0.6 * right))[..., None]
        colour = self.colour.reshape(self.height, self.width, 3)
        varnish = np.array([1.02, 0.99, 0.93])
        bright = colour * varnish * (1 + 0.42 * facing) + 60 * np.clip(facing - 0.45, 0, 1)
        image = Image.fromarray(np.clip(bright, 0, 255).astype(np.uint8))
        return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def follow(start: Array, lengths: Array, region: int) -> list[Array]:
    """Return the paths of brush strokes, which follow the scene's directions within a region.

    Parameters
    ----------
    start
        (N, 2) points, from which each path goes both ways.
    lengths
        (N,) lengths of whole paths in picture pixels.
    region
        The region, at whose edge a path ends.
    """
    halves = []
    for sign in (-1, 1):
        points = [start]
        for _ in range(8):
            step = (
                np.stack(direction(points[-1][:, 0], points[-1][:, 1], region), 1)
                * lengths[:, None]
                / 16
            )
            points.append(points[-1] + sign * step)
        halves.append(points)
    paths = np.stack(halves[0][:0:-1] + halves[1], 1)
    inside = np.pad(regions(paths[..., 0], paths[..., 1]) == region, ((0, 0), (1, 1)))
    before, after = inside[:, 9::-1].argmin(1), inside[:, 9:].argmin(1)
    return [path[9 - b : 8 + a] for path, b, a in zip(paths, before, after, strict=True)]


def cover(canvas: Canvas, region: int, width: float, length: float) -> None:
    """Cover a region with strokes whose mean width and length are given in picture pixels."""
    rng, fine = canvas.rng, width < 15
    spacing = 0.5 * width + 2.5
    grid = np.mgrid[-20 : WIDTH + 20 : spacing, -20 : HEIGHT + 20 : spacing].reshape(2, -1).T
    start = grid + rng.uniform(-0.7, 0.7, grid.shape) * spacing
    start = rng.permutation(start[regions(start[:, 0], start[:, 1]) == region])
    count = len(start)

    colours = palette(PALETTES[region])
    tones = tone(start[:, 0], start[:, 1], region) + rng.normal(0, 0.09 if fine else 0.055, count)
    at = tones[:, None] + rng.normal(0, 0.055, (count, 2))
    at = np.clip(at, 0, 1) * (len(colours) - 1)
    pigments = np.stack([np.interp(at, np.arange(len(colours)), c) for c in colours.T], -1)
    accents = palette(ACCENTS)
    stray = rng.random(count) < fine * (0.08 if region == BANK else 0.03)
    pigments[stray] = accents[rng.integers(0, len(accents), (stray.sum(), 1))]
    pigments = pigments * rng.normal(1, 0.07, (count, 1, 1)) + rng.normal(0, 8, (count, 2, 3))

    widths = width * rng.uniform(0.8, 1.2, count) * np.where(stray, 0.6, 1)
    paths = follow(start, length * rng.uniform(0.7, 1.3, count), region)
    for path, breadth, pair in zip(paths, widths, pigments, strict=True):
        if len(path) > 3:
            canvas.stroke(path, breadth, pair)


def paint() -> Image.Image:
    """Return the picture, painted region by region from back to front with ever smaller brushes."""
    canvas = Canvas(np.random.default_rng(SEED))
    for region, widths, lengths in PASSES:
        for width, length in zip(widths, lengths, strict=True):
            cover(canvas, region, width, length)
    return canvas.lit()


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    paint().save(out, quality=86, subsampling="4:4:4", optimize=True)
    print(f"{out}: {out.stat().st_size} bytes")
