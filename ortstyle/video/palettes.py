"""The styles, weights and masks of each frame of a film."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import SettingsError
from ortstyle.pictures.color import match_histogram, match_linear
from ortstyle.pictures.picture import Picture
from ortstyle.pictures.read import Source, read_picture
from ortstyle.run.style_mask import visible_pixels
from ortstyle.settings.settings import Settings
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.masks import FilmMasks
from ortstyle.video.painting.scene_painter import Palette
from ortstyle.video.times import format_time

_MATCHES = {"match-linear": match_linear, "match-histogram": match_histogram}
_MOST_BYTES = 1 << 28  # of recoloured styles that are kept for scenes that are being painted


class Palettes:
    """Knows what each frame is painted with.

    Styles that are to take the colours of the content take those of the first frame of each scene.
    Those of the frame itself would change from frame to frame, and the film would flicker.

    Parameters
    ----------
    order
        What is asked.
    folder
        The folder of the film, with all source frames.
    masks
        The masks of the content, read.
    start
        The time of the clip's first frame in its file, in seconds.
    """

    def __init__(
        self, order: FilmOrder, folder: FilmFolder, masks: FilmMasks, *, start: Fraction
    ) -> None:
        self._order, self._folder, self._masks, self._start = order, folder, masks, start
        self._over_time = order.styles_over_time
        self._begins = [scene.start for scene in folder.scenes]
        # By the frame whose colours they have; several, because scenes may be painted at once.
        self._recoloured: OrderedDict[tuple[int, Path], Picture] = OrderedDict()

    @property
    def settings(self) -> Settings:
        """The settings of the order without what the palettes do."""
        settings = replace(self._order.settings, content_mask=(), style_blend=None)
        return replace(settings, colors="style") if settings.colors in _MATCHES else settings

    def at(self, index: int) -> Palette:
        """Return what a frame is painted with, by the number of the frame.

        Raises
        ------
        SettingsError
            A mask leaves no room for a style in the frame, and settings are given for each style.
        """
        if self._over_time is not None:
            time = self._folder.times[index].time - self._start
            paths, weights = self._over_time.at(time)
            return Palette(self._styles(paths, index), weights, None)
        styles, settings = self._order.styles, self._order.settings
        weights = settings.blend(len(styles))
        if not settings.content_mask:
            return Palette(self._styles(styles, index), weights, None)
        visible = self._masks.visible(index)
        if len(visible) < len(styles):
            self._check_selection(index)
        masks = self._masks.of_frame(index)
        return Palette(
            self._styles([styles[k] for k in visible], index),
            tuple(weights[k] for k in visible),
            tuple(masks[k] for k in visible),
        )

    def _check_selection(self, index: int) -> None:
        settings = self._order.settings
        if settings.style_mask or isinstance(settings.style_scale, tuple):
            option = "--style-mask" if settings.style_mask else "--style-scale for each style"
            time = format_time(self._folder.times[index].time - self._start)
            raise SettingsError(
                f"{option}: at {time} the content masks leave no room for one of the styles; leave "
                "it out, or paint a little white into each mask"
            )

    def _styles(self, paths: Sequence[Path], index: int) -> tuple[Source, ...]:
        match = _MATCHES.get(self._order.settings.colors)
        if match is None:
            return tuple(paths)
        first = self._begins[bisect_right(self._begins, index) - 1]
        found = {path: self._recoloured.pop((first, path), None) for path in paths}
        pictures = {path: old or self._recolour(path, match, first) for path, old in found.items()}
        self._recoloured.update({(first, path): each for path, each in pictures.items()})
        kept = self._recoloured
        while len(kept) > len(pictures) and sum(p.nbytes for p in kept.values()) > _MOST_BYTES:
            kept.popitem(last=False)
        return tuple(pictures[path] for path in paths)

    def _recolour(
        self, path: Path, match: Callable[..., NDArray[np.float32]], first: int
    ) -> Picture:
        settings = self._order.settings
        scales = settings.style_scales(len(self._order.all_styles))
        side = round(settings.side * max(max(of_style) for of_style in scales))
        picture = read_picture(path, name="style", max_pixels=settings.max_pixels, side=side)
        picture = picture.shrink_to_side(side)
        frame = self._folder.source(first)
        levels = np.float32(255 / np.iinfo(frame.dtype).max)
        content = np.ascontiguousarray(np.moveaxis(frame * levels, -1, 0)[None])
        pixels = match(picture.pixels, [content], counted=visible_pixels(picture))
        planes = tuple(Image.fromarray(np.ascontiguousarray(plane)) for plane in pixels[0])
        return replace(picture, planes=planes)
