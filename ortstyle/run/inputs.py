"""The pictures of a run at each scale: the content, the styles, and their masks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

import numpy as np
from PIL import Image

from ortstyle.errors import SettingsError
from ortstyle.graph.network import Network
from ortstyle.objective.objective import Pixels, Style
from ortstyle.objective.spatial_weights import Mask
from ortstyle.pictures.color import luminance, match_histogram, match_linear
from ortstyle.pictures.grain import without_grain
from ortstyle.pictures.picture import Picture
from ortstyle.pictures.read import Source, read_picture
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.run.flat_styles import tint_regions
from ortstyle.run.hints import (
    describe_enlargement,
    describe_plain_content,
    describe_small_style,
)
from ortstyle.run.masks import divide_regions, mask_sources, mask_weights, read_mask
from ortstyle.run.patterns import pattern_degree
from ortstyle.run.sizes import MASK_BYTES, counts_whole
from ortstyle.run.style_mask import (
    combine_with_transparency,
    counted_part,
    visible_part,
    visible_pixels,
)
from ortstyle.settings.schedule import FINE
from ortstyle.settings.settings import Settings


@dataclass(frozen=True)
class ScaleInputs:
    """The content, the styles and the masks of the regions at one scale, for an objective."""

    content: Pixels
    styles: list[Style]
    regions: list[Mask | None]


@dataclass(frozen=True)
class _Style:
    """A style: its picture, scale factors, share of the blend, mask, and region of the content."""

    picture: Picture
    scales: tuple[float, ...]
    share: float
    mask: Image.Image | None
    region: int


@dataclass(frozen=True)
class Inputs:
    """The pictures of a run at the size of its finest scale; `read` makes the record.

    Attributes
    ----------
    photograph
        The content in its own colours.
    notices
        What a person should know about the pictures.
    """

    photograph: Picture
    _proportions: tuple[int, int]
    _content: Picture
    _paintings: tuple[_Style, ...]
    _regions: tuple[Image.Image | None, ...]
    _settings: Settings
    notices: tuple[str, ...]
    _colors_at: dict[tuple[int, int], Picture] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        content: Source,
        styles: Sequence[Source],
        settings: Settings,
        *,
        content_masks: Sequence[Source | None] | None = None,
        style_masks: Sequence[Source | None] | None = None,
    ) -> Self:
        """Read the pictures of a run and recolour them as the settings say.

        Raises
        ------
        PictureError
            A picture can't be read, or a mask leaves nothing to paint; see `run.masks`.
        SettingsError
            The number of weights, scale factors or masks is not that of the styles.
        """
        count = len(styles)
        shares, scales = settings.blend(count), settings.style_scales(count)
        content_sources = mask_sources("content_mask", content_masks, settings, count)
        style_sources = mask_sources("style_mask", style_masks, settings, count)

        proportions, photograph = _read(content, "content", settings.side, settings)
        whole = counts_whole(style_masks, settings, count)
        paintings, sizes, seen, small = [], [], [], []
        for style, scale, mask, is_whole in zip(styles, scales, style_sources, whole, strict=True):
            size, painting = _read(style, "style", round(settings.side * max(scale)), settings)
            painting, notice = counted_part(painting, is_masked=mask is not None, is_whole=is_whole)
            sizes.append(size)
            paintings.append(painting)
            seen.append(notice)
            small.append(describe_small_style(painting.label, size, settings.side, scale))
        read = partial(read_mask, max_pixels=settings.max_pixels)
        of_content = [
            read(source, "content mask", of=photograph, original=proportions)
            for source in content_sources
        ]
        of_styles = [
            read(source, "style mask", of=painting, original=size)
            for source, painting, size in zip(style_sources, paintings, sizes, strict=True)
        ]
        regions, region_of = divide_regions(of_content, paintings)
        totals = [0.0] * len(regions)
        for share, region in zip(shares, region_of, strict=True):
            totals[region] += share
        if not all(totals):
            raise SettingsError("--style-blend: the styles of a region all have weight 0")
        shares = tuple(s / totals[region] for s, region in zip(shares, region_of, strict=True))
        images = [
            combine_with_transparency(mask.image if mask else None, painting)
            for mask, painting in zip(of_styles, paintings, strict=True)
        ]
        painted, recoloured = _recoloured(photograph, paintings, settings)
        tinted, flat = tint_regions(
            painted,
            recoloured,
            shares=shares,
            region_of=region_of,
            regions=regions,
            floor=settings.variance_floor,
            colors=settings.colors,
        )
        painted = painted if tinted is None else _with_pixels(painted, tinted)
        made = map(_Style, recoloured, scales, shares, images, region_of)
        said = [
            describe_enlargement(photograph, proportions),
            describe_plain_content(photograph, settings),
        ]
        said += [notice for picture in (photograph, *paintings) for notice in picture.notices]
        said += [notice for mask in (*of_content, *of_styles) if mask for notice in mask.notices]
        said += dict.fromkeys((*seen, *small))
        said += flat
        return cls(
            photograph, proportions, painted, tuple(made), tuple(regions), settings, _once(said)
        )

    @property
    def bytes(self) -> int:
        """Bytes that the pictures take in memory."""
        pictures = {id(p): p for p in (self.photograph, self._content)}
        found = sum(p.nbytes for p in (*pictures.values(), *(p.picture for p in self._paintings)))
        masks = filter(None, (*self._regions, *(p.mask for p in self._paintings)))
        return found + sum(MASK_BYTES * mask.width * mask.height for mask in masks)

    @property
    def pattern_degree(self) -> float:
        """To what degree all styles are patterns, 0 to 1; one with a mask is none."""
        return min(0.0 if p.mask else pattern_degree(p.picture) for p in self._paintings)

    def size(self, side: int) -> tuple[int, int]:
        """Return width and height of the result at the scale whose longest side is `side`."""
        return scaled_size(self._proportions, side)

    def sizes(self, side: int) -> list[tuple[int, int]]:
        """Return (H, W) of the content and of every style picture at a scale."""
        found = [self.size(side)]
        for painting in self._paintings:
            sides = (round(max(1.0, side * scale)) for scale in painting.scales)
            found.extend(scaled_size(painting.picture.size, side) for side in sides)
        return [(height, width) for width, height in found]

    def at(self, side: int) -> ScaleInputs:
        """Return the arrays of a scale; content and styles are resized together.

        Above 512 pixels styles lose their grain.
        """
        size = self.size(side)
        styles = []
        for painting in self._paintings:
            for scale in painting.scales:
                picture = painting.picture.resize_to_side(round(max(1.0, side * scale)))
                mask = mask_weights(painting.mask, picture.size)
                share, pixels = painting.share / len(painting.scales), picture.pixels
                if side > FINE and self._settings.grain < 1:
                    pixels = without_grain(pixels, self._settings.grain)
                styles.append(Style(pixels=pixels, share=share, mask=mask, region=painting.region))
        regions = [mask_weights(region, size) for region in self._regions]
        return ScaleInputs(self._content.resize(size).pixels, styles, regions)

    def start(self, side: int, network: Network, *, picture: Source | None = None) -> Pixels:
        """Return the picture that the optimisation starts from, (1, 3, H, W): `picture` or init."""
        settings, size = self._settings, self.size(side)
        if picture is not None:
            return _start(picture, "start", size, settings)
        if settings.init == "content":
            return self._content.resize(size).pixels
        if settings.init == "noise":
            # As published: noise of standard deviation 0.001 around the mean colour.
            rng = np.random.default_rng(settings.seed)
            found = np.empty((1, 3, size[1], size[0]), np.float32)
            # Row by row, because the noise is in float64.
            for plane, mean in zip(found[0], network.preprocessing.mean_pixel, strict=True):
                for row in plane:
                    row[:] = mean + rng.normal(scale=1e-3, size=row.shape)
            return found
        if settings.init == "style":
            pixels = self._content.resize(size).pixels
            resized = [p.picture.resize_to_side(side) for p in self._paintings]
            return match_linear(pixels, [visible_part(picture) for picture in resized])
        return _start(settings.init, "--init", size, settings)

    def colors(self, size: tuple[int, int]) -> Picture | None:
        """Return the picture whose chroma the result takes; None if the result keeps its own.

        It is the same picture for all iterates of a scale.
        """
        if self._settings.colors not in ("content", "luminance"):
            return None
        if size not in self._colors_at:
            self._colors_at.clear()
            same = self.photograph.size == size
            self._colors_at[size] = self.photograph if same else self.photograph.resize(size)
        return self._colors_at[size]


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Resize (1, 3, H, W) to (width, height) bicubically, unless it has this size already."""
    if pixels.shape[2:] == size[::-1]:
        return pixels
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in pixels[0]]
    larger = [np.asarray(plane.resize(size, Image.Resampling.BICUBIC)) for plane in planes]
    return np.stack(larger)[None]


def _read(
    source: Source, name: str, side: int, settings: Settings
) -> tuple[tuple[int, int], Picture]:
    """Read a picture; return the proportions of its file, and it resized to its longest side."""
    whole = read_picture(source, name=name, max_pixels=settings.max_pixels, side=side)
    return whole.proportions, whole.resize_to_side(side)


def _start(source: Source, name: str, size: tuple[int, int], settings: Settings) -> Pixels:
    """Read the picture that the optimisation starts from, resized to (width, height)."""
    first = read_picture(source, name=name, max_pixels=settings.max_pixels, side=max(size))
    return first.resize(size).pixels


def _once(notices: Iterable[str]) -> tuple[str, ...]:
    """Return notices without repetitions, also of one file that is content and style."""
    first: dict[str, str] = {}
    for notice in filter(None, notices):
        first.setdefault(notice.removeprefix("content ").removeprefix("style "), notice)
    return tuple(first.values())


def _recoloured(
    photograph: Picture, paintings: Sequence[Picture], settings: Settings
) -> tuple[Picture, list[Picture]]:
    """Return the content and the styles in the colours that the network is given."""
    mode = settings.colors
    if mode in ("style", "content"):
        return photograph, list(paintings)
    content = photograph.pixels
    if mode == "luminance":
        grey = _with_pixels(photograph, luminance(content))
        return grey, [
            _with_pixels(p, luminance(p.pixels, like=content, counted=visible_pixels(p)))
            for p in paintings
        ]
    match = match_linear if mode == "match-linear" else match_histogram
    return photograph, [
        _with_pixels(p, match(p.pixels, [content], counted=visible_pixels(p))) for p in paintings
    ]


def _with_pixels(opened: Picture, pixels: Pixels) -> Picture:
    """Return a picture with other pixels; the planes of a grey picture are one image."""
    different = pixels[0] if pixels.strides[1] else pixels[0, :1]
    planes = tuple(Image.fromarray(np.ascontiguousarray(plane)) for plane in different)
    return replace(opened, planes=planes * (3 // len(planes)))
