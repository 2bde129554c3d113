"""The sizes of a run's pictures at each scale, known before any picture is decoded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Self

from ortstyle.pictures.header import PictureHeader, read_header
from ortstyle.pictures.read import Source
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.settings.settings import Settings

#: Bytes that a pixel of a mask takes.
MASK_BYTES = 4
# Bytes of a pixel: of three planes of mode F, of the one of a grey picture, and of transparency.
_RECOLOURED_BYTES, _GREY_BYTES, _ALPHA_BYTES = 12, 4, 1


@dataclass(frozen=True)
class StyleSizes:
    """A style picture's header, its scale factors, and what is known of its mask.

    Attributes
    ----------
    header, scales
        The header and the scale factors.
    is_masked
        Whether a mask is given.
    is_whole
        Whether all of it counts, also what is transparent; see `run.style_mask`.
    """

    header: PictureHeader
    scales: tuple[float, ...]
    is_masked: bool = False
    is_whole: bool = False


@dataclass(frozen=True)
class RunSizes:
    """The sizes of the content and the styles of a run at each scale.

    Attributes
    ----------
    content, styles
        The pictures as they are in their files.
    settings
        The settings of the run, of which the size and the colours matter.
    regions
        The most masks that the content has.
    """

    content: PictureHeader
    styles: tuple[StyleSizes, ...]
    settings: Settings
    regions: int = 0

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
        """Read the headers of a run's pictures.

        Raises
        ------
        PictureError
            A picture is missing, unreadable or too large; see `pictures.header.read_header`.
        SettingsError
            The number of scale factors is not that of the styles.
        """
        count, limit = len(styles), settings.max_pixels
        scales = settings.style_scales(count)
        is_divided = any(_are_given(content_masks, settings.content_mask, count))
        are_masked = _are_given(style_masks, settings.style_mask, count)
        are_whole = counts_whole(style_masks, settings, count)
        return cls(
            read_header(content, name="content", max_pixels=limit),
            tuple(
                StyleSizes(
                    read_header(style, name="style", max_pixels=limit), of_style, masked, whole
                )
                for style, of_style, masked, whole in zip(
                    styles, scales, are_masked, are_whole, strict=True
                )
            ),
            settings,
            count if is_divided else 0,
        )

    def with_size(self, size: int) -> "RunSizes":
        """Return the sizes of the same run with another size of the result."""
        return replace(self, settings=replace(self.settings, size=size))

    def size(self, side: int) -> tuple[int, int]:
        """Return width and height of the result at the scale whose longest side is `side`."""
        return scaled_size(self.content.size, side)

    def style_size(self, style: StyleSizes, side: int, scale: float) -> tuple[int, int]:
        """Return width and height of a style picture at a scale, for one of its scale factors."""
        return scaled_size(self._finest(style), max(1, round(side * scale)))

    def at(self, side: int) -> list[tuple[int, int]]:
        """Return (H, W) of the content and of every style picture at a scale."""
        found = [self.size(side)]
        for style in self.styles:
            found += [self.style_size(style, side, scale) for scale in style.scales]
        return [(height, width) for width, height in found]

    @property
    def bytes(self) -> int:
        """Bytes that the pictures take in memory at the size of the finest scale."""
        settings, area = self.settings, prod(self.size(self.settings.side))
        grey = settings.colors == "luminance"
        pixel = self.content.pixel_bytes + MASK_BYTES * self.regions
        found = area * (pixel + (_GREY_BYTES if grey else 0))
        for style in self.styles:
            pixel, is_opaque = style.header.pixel_bytes, style.header.is_opaque or style.is_whole
            if settings.colors not in ("style", "content"):
                pixel = _GREY_BYTES if grey else _RECOLOURED_BYTES
                pixel += 0 if is_opaque else _ALPHA_BYTES
            # What is transparent makes a mask of its own; see `run.style_mask`.
            pixel += 0 if is_opaque and not style.is_masked else MASK_BYTES
            found += prod(self._finest(style)) * pixel
        return found

    @property
    def reading_bytes(self) -> int:
        """Bytes, or more, that the pictures take while they are read, one after the other.

        Of the content what is painted and its transparency stay in memory; see `cli.paint`.
        """
        side, content = self.settings.side, self.content
        most, whole = content.reading_bytes(side), content.whole_bytes(side)
        resized = prod(self.size(side)) * content.pixel_bytes
        kept = resized + min(resized, whole) + (0 if content.is_opaque else prod(content.size))
        for style in self.styles:
            size = self._finest(style)
            most = max(most, kept + style.header.reading_bytes(max(size)))
            kept += prod(size) * style.header.pixel_bytes
        return most

    def _finest(self, style: StyleSizes) -> tuple[int, int]:
        """Return width and height of a style picture in memory, from which others are made."""
        side = max(1, round(self.settings.side * max(style.scales)))
        return scaled_size(style.header.size, side)


def counts_whole(
    given: Sequence[Source | None] | None, settings: Settings, styles: int
) -> list[bool]:
    """Return for each style whether it was said to have no mask: - on the command line, or None.

    `given` are the masks to use instead of those of the settings. A style of which nothing was
    said may have a mask of its own, its transparency; see `run.style_mask`.
    """
    is_told = bool(settings.style_mask) if given is None else True
    return [is_told and not is_given for is_given in _are_given(given, settings.style_mask, styles)]


def _are_given(
    masks: Sequence[Source | None] | None, paths: Sequence[str], count: int
) -> list[bool]:
    """Return for each style whether it has a mask, in `masks` or else among the paths.

    Whether there is one for each style is checked when they are read.
    """
    found = [bool(path) for path in paths]
    if masks is not None:
        found = [mask is not None for mask in masks]
    return (found + [False] * count)[:count]
