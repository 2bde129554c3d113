"""The frames of a scene, painted one after the other so that strokes move with things.

After Ruder, Dosovitskiy, Brox (2016), *Artistic style transfer for videos*, with two differences.
A frame is held to the last keyframe first, along the motion of all frames since, and to its
neighbours only where that says nothing: strokes are then moved once and stay sharp, and errors do
not add up. And all anchors are one, of their weighted mean, so that the graph has one input pair.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.read import Source, read_picture
from ortstyle.run.iterate import Iterate
from ortstyle.run.stylize import stylize
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.devices import Device
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.motion.occlusion import away_from_border
from ortstyle.video.motion.warp import warp
from ortstyle.video.painting.film_frames import FilmFrames, float_pixels
from ortstyle.video.painting.frame_motion import FrameMotion, Motion
from ortstyle.video.painting.held_frame import HeldFrame, MovedFrame, as_batch, hold
from ortstyle.video.painting.passes import Step, steps_of

if TYPE_CHECKING:
    from ortstyle.pictures.picture import Picture

_BACK = (1, 2, 4)  # frames to which one is held where the keyframe says nothing
_WORTH_IT = 0.002  # share of pixels that no frame speaks for, above which one further back is asked
_YOUNG = 0.05  # firmness of what no keyframe has shown: it was painted with few evaluations so far
# Where all is new, so many times the evaluations; the full number from this share on.
_MORE, _MUCH_NEW = 1.6, 0.15


@dataclass(frozen=True)
class Palette:
    """What one frame is painted with.

    Attributes
    ----------
    styles
        The paintings.
    weights
        Their relative weights; None for those of the settings.
    masks
        Where each is painted: a mask for each, or None for the settings' own.
    """

    styles: tuple[Source, ...]
    weights: tuple[float, ...] | None = None
    masks: tuple[Source | None, ...] | None = None


@dataclass(frozen=True)
class PaintedFrame:
    """A frame that has just been painted.

    Attributes
    ----------
    index
        Its number in the film.
    pass_
        The pass in which it was painted.
    evaluations, loss
        How many evaluations it took, and the last loss.
    seconds
        The time that it took, flow included.
    is_first
        Whether nothing held it: the first of its scene.
    """

    index: int
    pass_: int
    evaluations: int
    loss: float
    seconds: float
    is_first: bool


def paint_scene(
    folder: FilmFolder,
    frames: range,
    *,
    palette_at: Callable[[int], Palette],
    settings: Settings,
    film: FilmSettings,
    device: str | Device = "auto",
    memory: int | None = None,
    cache: Cache | None = None,
    watch: Callable[[Iterate], None] | None = None,
) -> Iterator[PaintedFrame]:
    """Paint the frames of a scene that are not painted yet, each into the film's folder.

    Parameters
    ----------
    folder
        The film's folder, which has all source frames of the scene.
    frames
        The scene.
    palette_at
        Returns what a frame is painted with.
    settings, film
        The settings of each picture and of the film; `settings.size` does not count, because the
        frames have a size.
    device, memory, cache
        As for `stylize`.
    watch
        Called after each evaluation; an error that it raises stops the painting.

    Raises
    ------
    OrtStyleError
        As `stylize`, or the folder can't be read or written.
    """
    paint = step_painter(
        folder,
        palette_at=palette_at,
        settings=settings,
        film=film,
        device=device,
        memory=memory,
        cache=Cache() if cache is None else cache,
        watch=watch,
    )
    is_whole = len(frames) == folder.source_count
    for step in steps_of(frames, film, is_whole=is_whole):
        if not folder.is_painted(step.index, pass_=step.pass_):
            yield paint(step)


def step_painter(
    frames: FilmFrames,
    *,
    palette_at: Callable[[int], Palette],
    settings: Settings,
    film: FilmSettings,
    device: str | Device,
    memory: int | None,
    cache: Cache,
    watch: Callable[[Iterate], None] | None = None,
) -> Callable[[Step], PaintedFrame]:
    """Return a function that paints steps of one scene; its parameters are as for `paint_scene`."""
    # The content's colours are put in later; see `finished`.
    colors = "style" if settings.colors == "content" else settings.colors
    painter = _ScenePainter(
        frames,
        palette_at=palette_at,
        settings=replace(settings, size=max(frames.frame_size), colors=colors),
        film=film,
        paint=_Painting(device, memory, cache, watch),
    )
    return painter.paint


@dataclass(frozen=True)
class _Painting:
    """How a picture is painted: by `stylize`, always with the same device, memory and cache."""

    device: str | Device
    memory: int | None
    cache: Cache
    watch: Callable[[Iterate], None] | None

    def __call__(
        self, source: Source, palette: Palette, settings: Settings, held: HeldFrame | None
    ) -> Iterate:
        if palette.weights is not None:
            settings = replace(settings, style_blend=palette.weights)
        run = stylize(
            source,
            list(palette.styles),
            settings,
            device=self.device,
            memory=self.memory,
            cache=self.cache,
            content_masks=palette.masks,
            start=None if held is None else held.start / np.float32(255),
            anchor=None if held is None else held.anchor,
        )
        with closing(run):
            for last in run:
                if self.watch is not None:
                    self.watch(last)
        return last


class _ScenePainter:
    """Paints the frames of one scene in the order of their steps."""

    def __init__(
        self,
        folder: FilmFrames,
        *,
        palette_at: Callable[[int], Palette],
        settings: Settings,
        film: FilmSettings,
        paint: _Painting,
    ) -> None:
        self._folder, self._palette_at, self._film = folder, palette_at, film
        self._paint, self._motion = paint, FrameMotion(folder)
        self._settings = settings
        self._pictures: dict[str | os.PathLike[str], Picture] = {}

    def paint(self, step: Step) -> PaintedFrame:
        """Paint the frame of a step and put it into the folder."""
        began = monotonic()
        if step.is_copy:
            own = self._folder.painted(step.index, pass_=step.pass_ - 1)
            self._folder.put_painted(step.index, own, pass_=step.pass_)
            return PaintedFrame(step.index, step.pass_, 0, 0.0, monotonic() - began, False)
        held = self._held(step)
        settings = self._settings if held is None else self._later(held)
        last = self._paint(
            self._folder.source(step.index), self._palette(step.index), settings, held
        )
        pixels = last.own_pixels[0].transpose(1, 2, 0)
        self._folder.put_painted(step.index, pixels, pass_=step.pass_)
        seconds = monotonic() - began
        return PaintedFrame(
            step.index, step.pass_, last.evaluations, last.loss, seconds, held is None
        )

    def _later(self, held: HeldFrame) -> Settings:
        """Return the settings of a frame after the first, with more evaluations if much is new."""
        more = 1 + (_MORE - 1) * min(1.0, held.new / _MUCH_NEW)
        wanted = round(more * self._film.frame_iterations)
        return replace(self._settings, scales=1, iterations=min(wanted, self._settings.evaluations))

    def _palette(self, index: int) -> Palette:
        """Return the palette of a frame, its files read once."""
        palette = self._palette_at(index)
        scales = self._settings.style_scales(len(palette.styles))
        largest = max(1.0, *(max(each) for each in scales))
        side = round(self._settings.side * largest)
        return replace(palette, styles=tuple(self._read(style, side) for style in palette.styles))

    def _read(self, style: Source, side: int) -> Source:
        if not isinstance(style, str | os.PathLike):
            return style
        if style not in self._pictures:
            self._pictures[style] = read_picture(
                style, name="style", max_pixels=self._settings.max_pixels, side=side
            )
        return self._pictures[style]

    def _held(self, step: Step) -> HeldFrame | None:
        """Return what the frame of a step is held to; None for nothing."""
        if not step.earlier:
            return None
        near = self._motion.between(step.index, step.earlier[0])
        held = hold(
            self._earlier_frames(step),
            float_pixels(self._folder.source(step.index)),
            nearest=self._moved(near, step.earlier[0], step),
            hidden=near.hidden,
        )
        if step.own:
            held = self._with_own(step, held)
        weight = np.float32(self._film.temporal_weight)
        return replace(held, anchor=replace(held.anchor, weights=weight * held.anchor.weights))

    def _earlier_frames(self, step: Step) -> list[MovedFrame]:
        """Return the keyframe and, where it says nothing, earlier frames, moved to this one."""
        along, keyframe = self._motion.along(step.to_keyframe), step.to_keyframe[-1]
        known = along.reliable * away_from_border(along.flow)
        found = [MovedFrame(self._moved(along, keyframe, step), known)]
        for back in _BACK:
            if back > len(step.earlier) or float((known < 0.5).mean()) < _WORTH_IT:
                break
            other = step.earlier[back - 1]
            motion = self._motion.between(step.index, other)
            pixels = self._moved(motion, other, step)
            found.append(MovedFrame(pixels, motion.reliable, _YOUNG))
            known = np.maximum(known, motion.reliable)
        return found

    def _moved(self, motion: Motion, other: int, step: Step) -> NDArray[np.float32]:
        """Return the painting of an earlier frame, moved to where this one is."""
        return warp(self._folder.painted(other, pass_=step.pass_of(other)), motion.flow)

    def _with_own(self, step: Step, held: HeldFrame) -> HeldFrame:
        """Mix what a frame is held to with its own painting of the pass before."""
        own = self._folder.painted(step.index, pass_=step.pass_ - 1)
        share = np.float32(step.own)
        there = held.anchor.weights[..., None].clip(0, 1) * (1 - share)
        mixed = own + there * (held.start - own)
        anchor = held.anchor
        pixels = anchor.pixels * (1 - share) + share * as_batch(own)
        return replace(held, anchor=replace(anchor, pixels=pixels), start=mixed.astype(np.float32))
