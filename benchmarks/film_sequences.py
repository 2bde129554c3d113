"""Films made by code from a photograph, whose optical flow and occlusions are known exactly.

    python benchmarks/film_sequences.py FOLDER [--size 512] [--frames 60] [--codec ffv1|libx264]

writes each sequence as a clip: `pan`, `zoom`, `rotation`, `cutout` (a piece of the photograph turns
and moves over a background that moves too) and `light` (a slow pan while light and its colour
change). A camera sees layers, each an enlarged crop of the photograph with an affine motion; frames
are sampled between its pixels by cubic splines, never shifted by whole pixels. The motion goes one
way for 60 frames and then back, so that 119 frames end where they began.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from film_clips import write_frames
from film_sampling import Spline, spline_of
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from ortstyle.packaged import packaged_path

Pixels = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]
Affine = NDArray[
    np.float64
]  # (3, 3): a pixel of the frame → a point of the layer, both homogeneous

TURN = 59  # the frame at which the motion turns back
_MARGIN = 1.5  # canvas of a layer, in widths and heights of a frame
_FINER = 2  # samples of a canvas for each pixel of a frame
_LENS = 0.45  # pixels of a frame; the blur of a camera, without which frames would alias
_EDGE = 2.0  # pixels beside an edge of the cut-out that belong to neither layer


@dataclass(frozen=True, eq=False)
class Layer:
    """A crop of the photograph and its motion.

    Attributes
    ----------
    canvas
        The crop, 0–255; the point (0, 0) of the layer is its middle.
    motion
        Of a time from 0 to 1, the affine map from frame to layer, both in pixels from the middle.
    reach
        Of points (…, 2) of the layer, how far inside the cut-out they lie, in pixels; negative
        outside. None for a background, which is everywhere.
    """

    canvas: Spline
    motion: Callable[[float], Affine]
    reach: Callable[[Floats], Floats] | None = None


@dataclass(frozen=True, eq=False)
class FilmSequence:
    """A film whose motion is known: the layers from back to front, and the light on them.

    Attributes
    ----------
    name
        What moves.
    size
        (width, height) of a frame in pixels.
    count
        The number of frames.
    layers
        From back to front.
    light
        Of a time from 0 to 1 and points (…, 2) of the frame, as shares of its size, the factor of
        red, green and blue (…, 3); None leaves them as they are.
    """

    name: str
    size: tuple[int, int]
    count: int
    layers: tuple[Layer, ...]
    light: Callable[[float, Floats], Floats] | None = None

    def frame(self, t: int) -> Pixels:
        """Return frame `t`, (H, W, 3) uint8."""
        grid = self._grid()
        shown = np.zeros((*grid.shape[:2], 3))
        for layer in self.layers:
            points = _mapped(self._pose(layer, t), grid)
            colors = _shown(layer.canvas, points)
            inside = 1.0 if layer.reach is None else np.clip(layer.reach(points) + 0.5, 0, 1)
            shown += np.asarray(inside)[..., None] * (colors - shown)
        return np.clip(np.rint(shown * self.gain(t)), 0, 255).astype(np.uint8)

    def gain(self, t: int) -> Floats:
        """Return the factor of the light in frame `t`, (H, W, 3), 0–1."""
        grid = self._grid()
        if self.light is None:
            return np.ones((*grid.shape[:2], 3))
        return self.light(_time(t), grid / self.size)

    def flow(self, t: int, s: int) -> NDArray[np.float32]:
        """Return the flow (H, W, 2) from frame `t` to frame `s`, in pixels.

        What is seen at pixel (x, y) of frame `t` is at (x + flow[..., 0], y + flow[..., 1]) in
        frame `s`, also where it is hidden or outside there. So frame `s` sampled at these points
        is frame `t` where `visible(t, s)`.
        """
        return (self._places(t, s)[0] - self._grid()).astype(np.float32)

    def visible(self, t: int, s: int) -> NDArray[np.bool_]:
        """Return which pixels (H, W) of frame `t` are seen in frame `s` too.

        Pixels within two pixels of an edge of the cut-out, in either frame, are not.
        """
        places, front = self._places(t, s)
        half = (np.array(self.size) - 1) / 2
        seen = np.asarray((np.abs(places) <= half + 1e-6).all(-1))
        for index, layer in enumerate(self.layers):
            if layer.reach is None:
                continue
            for moment, points in ((t, self._grid()), (s, places)):
                reach = layer.reach(_mapped(self._pose(layer, moment), points))
                seen &= np.where(front < index, reach < -_EDGE, (front > index) | (reach > _EDGE))
        return seen

    def _places(self, t: int, s: int) -> tuple[Floats, NDArray[np.int64]]:
        """Return where in frame `s` the pixels of frame `t` are, and the layer that they show."""
        grid = self._grid()
        front = np.zeros(grid.shape[:2], np.int64)
        places = np.zeros(grid.shape)
        for index, layer in enumerate(self.layers):
            pose = self._pose(layer, t)
            inside = np.ones(front.shape, np.bool_)
            if layer.reach is not None:
                inside = layer.reach(_mapped(pose, grid)) >= 0
            front[inside] = index
            moved = _mapped(np.linalg.inv(self._pose(layer, s)) @ pose, grid)
            places[inside] = moved[inside]
        return places, front

    def _pose(self, layer: Layer, t: int) -> Affine:
        if not 0 <= t < self.count:
            raise IndexError(f"frame {t} of {self.count}")
        return layer.motion(_time(t))

    def _grid(self) -> Floats:
        """Return the pixels of a frame (H, W, 2) as x and y from its middle."""
        return _grid(*self.size)


@cache
def _grid(width: int, height: int) -> Floats:
    y, x = np.mgrid[:height, :width].astype(np.float64)
    return np.stack([x - (width - 1) / 2, y - (height - 1) / 2], -1)


def _time(t: int) -> float:
    """Return the time of the motion in frame `t`: 0 at the first, 1 at frame 59, and back."""
    turns = t % (2 * TURN)
    return min(turns, 2 * TURN - turns) / TURN


def _mapped(matrix: Affine, points: Floats) -> Floats:
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def _shown(canvas: Spline, points: Floats) -> NDArray[np.float32]:
    """Return the colours (…, 3) of a canvas at points (…, 2) of its layer."""
    return canvas.at(points * _FINER + (np.array(canvas.size) - 1) / 2)


def _motion(
    *, scale: float = 1.0, degrees: float = 0.0, shift: tuple[float, float] = (0.0, 0.0)
) -> Affine:
    """Return the map from frame to layer: turned about its middle, scaled, then shifted."""
    angle = math.radians(degrees)
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    return np.array([[c, -s, shift[0]], [s, c, shift[1]], [0, 0, 1]])


def _canvas(photo: Image.Image, size: tuple[int, int], *, mirrored: bool) -> Spline:
    """Return the middle of a photograph, enlarged to what a layer of frames of a size needs."""
    width, height = (math.ceil(n * _MARGIN) for n in size)
    share = 0.9 * min(photo.width / width, photo.height / height)
    across, down = width * share, height * share
    left, top = (photo.width - across) / 2, (photo.height - down) / 2
    box = (left, top, left + across, top + down)
    # reduced or enlarged to the pixels of a frame first, so that nothing finer is in it
    plain = photo.resize((width, height), Image.Resampling.LANCZOS, box)
    plain = plain.resize((width * _FINER, height * _FINER), Image.Resampling.BICUBIC)
    plain = plain.filter(ImageFilter.GaussianBlur(_LENS * _FINER))
    if mirrored:
        plain = plain.transpose(Image.Transpose.ROTATE_180)
    return spline_of(np.asarray(plain))


def _blob(points: Floats, radius: float) -> Floats:
    """Return how far inside an irregular disc about the middle points lie, in pixels, nearly."""
    x, y = points[..., 0], points[..., 1]
    angle = np.arctan2(y, x)
    rim = radius * (1 + 0.18 * np.cos(3 * angle) + 0.07 * np.sin(5 * angle))
    return rim - np.hypot(x, y)


def _changing_light(time: float, place: Floats) -> Floats:
    """Return a light that dims by a third, turns warm, and falls from a side that moves."""
    dim = 1 - 0.35 * math.sin(math.pi * time) ** 2
    side = 0.12 * np.cos(2 * np.pi * (place[..., :1] - time))
    tint = np.array([0.0, 0.06, 0.14]) * time
    return np.asarray(dim * (0.88 + side) * (1 - tint))


def make_sequences(
    size: tuple[int, int], count: int = 60, *, photo: Path | None = None
) -> dict[str, FilmSequence]:
    """Return the sequences by name.

    Parameters
    ----------
    size
        (width, height) of a frame in pixels.
    count
        The number of frames of each.
    photo
        The photograph; the one in the package unless given.
    """
    with Image.open(photo or packaged_path("examples", "photo.jpg")) as image:
        picture = image.convert("RGB")
    back = _canvas(picture, size, mirrored=False)
    piece = _canvas(picture, size, mirrored=True)
    width, height = size
    least = min(size)

    def pan(time: float) -> Affine:
        return _motion(shift=((time - 0.5) * 0.28 * width, (time - 0.5) * -0.09 * height))

    def zoom(time: float) -> Affine:
        scale = 1.5**-time
        return _motion(scale=scale, shift=((1 - scale) * 0.1 * width, (1 - scale) * -0.06 * height))

    def rotation(time: float) -> Affine:
        return _motion(scale=0.95, degrees=30 * (time - 0.5))

    def behind(time: float) -> Affine:
        return _motion(shift=((0.5 - time) * 0.12 * width, 0.02 * height * math.sin(5 * time)))

    def cutout(time: float) -> Affine:
        placed = _motion(
            degrees=-40 * (time - 0.5),
            shift=((time - 0.5) * 0.62 * width, 0.13 * height * math.sin(2 * math.pi * time)),
        )
        return np.linalg.inv(placed)

    def slowly(time: float) -> Affine:
        return _motion(shift=((time - 0.5) * 0.07 * width, 0.0))

    moving = Layer(piece, cutout, lambda points: _blob(points, 0.2 * least))
    made = [FilmSequence(m.__name__, size, count, (Layer(back, m),)) for m in (pan, zoom, rotation)]
    made.append(FilmSequence("cutout", size, count, (Layer(back, behind), moving)))
    made.append(FilmSequence("light", size, count, (Layer(back, slowly),), _changing_light))
    return {sequence.name: sequence for sequence in made}


def write_clip(sequence: FilmSequence, path: Path, *, codec: str = "ffv1", rate: int = 25) -> None:
    """Write a sequence as a clip, for example .mkv; "ffv1" keeps every pixel as it is.

    Other codecs, such as "libx264", get YUV 4:2:0, which needs an even width and height.
    """
    write_frames(sequence.frame, sequence.count, path, codec=codec, rate=rate)


def main() -> None:
    """Write the sequences."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=512, help="width and height in pixels")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--codec", default="ffv1")
    parser.add_argument("--photo", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    side = (arguments.size, arguments.size)
    for name, sequence in make_sequences(side, arguments.frames, photo=arguments.photo).items():
        write_clip(sequence, arguments.folder / f"{name}.mkv", codec=arguments.codec)
        print(arguments.folder / f"{name}.mkv")


if __name__ == "__main__":
    main()
