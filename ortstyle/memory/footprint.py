"""What tiles take: the bytes of their sessions and runs, and seconds to compare plans by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import ceil, prod

import onnx_ir as ir

from ortstyle.graph.loss_graph import EVERYWHERE
from ortstyle.graph.receptive_field import MarginCrop
from ortstyle.graph.segments import Segment, Size, segment_inputs
from ortstyle.graph.tile_graphs import pullback_model, statistics_model
from ortstyle.memory.budget import arena_bytes, constant_bytes, held_and_alive
from ortstyle.objective.tiles import TileSizes, Tiling
from ortstyle.settings.record import Settings

_MOST = 40  # tiles along an axis
_FORMS = 9, 4, 1  # of tiles, at most; every form has a session of its own each way
_AS_SMALL = 1.01  # of the fewest pixels with all margins; smaller tiles take less memory
# Seconds by the pixel for the statistics' pass and for the way back, on two cores.
_FORWARD, _BACKWARD = 2.5e-6, 5.3e-6
_PROBED, _PROBED_DEEPER = (384, 640), (96, 160)  # sides of squares


class Footprint:
    """What the tiles of a network's segments take.

    Parameters
    ----------
    segments, settings
        Of the run.

    Attributes
    ----------
    parts
        That of each segment.
    """

    def __init__(self, segments: Sequence[Segment], settings: Settings) -> None:
        self._segments, self._settings = segments, settings
        self._sizes: dict[Size, list[Size]] = {}
        self.parts = [SegmentFootprint(segment, settings) for segment in segments]

    def sizes(self, size: Size) -> list[Size]:
        """Give (H, W) of what each begins with, for a picture of (H, W)."""
        if size not in self._sizes:
            self._sizes[size] = segment_inputs(self._segments, size, self._settings)
        return self._sizes[size]

    def passed(self, size: Size) -> int:
        """Count the bytes of what is passed on, for the whole picture."""
        return sum(
            4 * segment.network.channels * prod(of)
            for segment, of in zip(self._segments[1:], self.sizes(size)[1:], strict=True)
        )

    def tiles(self, size: Size, backward: int, forward: int) -> tuple[TileSizes, ...]:
        """Give the tiles with the fewest pixels in all that fit a room each way, if there are."""
        found = [self._tiles(size, backward, forward, most) for most in _FORMS]
        fitting = [tiles for tiles in found if tiles]
        return min(fitting, key=lambda tiles: self.seconds(size, tiles), default=())

    def _tiles(self, size: Size, backward: int, forward: int, most: int) -> tuple[TileSizes, ...]:
        """Do that with so many forms of tiles at most in each segment but the first."""
        found = []
        for part, of in zip(self.parts, self.sizes(size), strict=True):
            besides = self._besides(part, most)
            largest = [
                part.largest(of, room - besides, peak, most)
                for room, peak in ((backward, part.backward), (forward, part.forward))
            ]
            if None in largest:
                return ()
            found.append(TileSizes(*filter(None, largest)))
        return tuple(found)

    def taken(self, size: Size, tiles: Sequence[TileSizes]) -> int:
        """Count the bytes of all sessions and of the largest run, which the arena keeps."""
        sizes = self.sizes(size)
        sessions = sum(
            part.sessions(whole, of.backward, of.forward)
            for part, of, whole in zip(self.parts, tiles, sizes, strict=True)
        )
        return sessions + max(
            peak(tile) + self._weights(part)
            for part, of in zip(self.parts, tiles, strict=True)
            for peak, tile in ((part.backward, of.backward), (part.forward, of.forward))
        )

    def least(self, size: Size, other: int, opening: int) -> int:
        """Count the bytes of the tiles that take least, beside `other` or what there is first."""
        return min(
            max(
                base + part.least(of, peak, most) + self._besides(part, most)
                for part, of in zip(self.parts, self.sizes(size), strict=True)
                for base, peak in ((other, part.backward), (max(other, opening), part.forward))
            )
            for most in _FORMS
        )

    def seconds(self, size: Size, tiles: Sequence[TileSizes]) -> float:
        """Estimate an evaluation, as if all segments took as long by the pixel; to compare."""
        each = [
            part.seconds(of, whole)
            for part, of, whole in zip(self.parts, tiles, self.sizes(size), strict=True)
        ]
        return prod(size) * sum(each) / len(each)

    def _besides(self, part: "SegmentFootprint", most: int) -> int:
        """Count what the others' sessions hold while one runs, at most."""
        others = [other.of_forms(most) for other in self.parts if other is not part]
        return sum(others) + self._weights(part)

    def _weights(self, part: "SegmentFootprint") -> int:
        return sum(other.weights for other in self.parts if other is not part)


class SegmentFootprint:
    """A segment, and what its tiles take; sizes are of what it begins with."""

    def __init__(self, segment: Segment, settings: Settings) -> None:
        self._segment, self._settings = segment, settings
        self._align, self._margin = segment.margins.align, segment.margins.margin

    @property
    def weights(self) -> int:
        """Bytes of the weights that its sessions share."""
        return round(self.backward.held[0])

    def run(self, tile: Size) -> int:
        """Count the bytes of a run on the way back, but for the weights."""
        return self.backward(tile) - self.weights

    def of_forms(self, most: int) -> int:
        """Count the bytes of the sessions for so many forms of tiles, both ways.

        Each has its constants twice, as they are and as it likes them.
        """
        return 2 * 2 * self._constants * (max(_FORMS) if self._segment.of_pixels else most)

    def seconds(self, tiles: TileSizes, size: Size) -> float:
        """Estimate an evaluation by the pixel of the picture, as if this were all of it."""
        forward, backward = (
            Tiling.of(size, tile, self._segment.margins).overhead
            for tile in (tiles.forward, tiles.backward)
        )
        return _FORWARD * forward + _BACKWARD * backward

    def largest(self, size: Size, room: int, peak: "Peak", most: int) -> Size | None:
        """Give the tile that fits a room, with about the fewest pixels in all."""
        fitting = [
            tile for tile in self._grids(size, most) if peak(tile) + self.of_forms(most) <= room
        ]
        overheads = {
            tile: Tiling.of(size, tile, self._segment.margins).overhead for tile in fitting
        }
        fewest = _AS_SMALL * min(overheads.values(), default=0)
        return min((t for t in fitting if overheads[t] <= fewest), key=prod, default=None)

    def least(self, size: Size, peak: "Peak", most: int) -> int:
        """Count the bytes of the tile that takes least."""
        smallest = (2 * self._margin + self._align,) * 2
        grids = self._grids(size, most) or [smallest]
        return min(peak(tile) for tile in grids) + self.of_forms(most)

    def _forms(self, size: Size, tile: Size) -> int:
        """Count the forms of tiles: along an axis one is the first, the last or between."""
        tiling = Tiling.of(size, tile, self._segment.margins)
        return prod(min(len(axis), 3) for axis in (tiling.rows, tiling.columns))

    def sessions(self, size: Size, *tiles: Size) -> int:
        """Predict the bytes of the sessions for tiles of these, each one way."""
        return sum(2 * self._constants * self._forms(size, tile) for tile in tiles)

    def _grids(self, size: Size, most: int) -> list[Size]:
        """Give the tiles that cut a picture evenly, into so many forms; not the picture whole."""
        rows, columns = (sorted(self._sides(whole)) for whole in size)
        tiles = [(height, width) for height in rows for width in columns]
        if self._segment.of_pixels:
            return [tile for tile in tiles if tile != size]
        return [tile for tile in tiles if self._forms(size, tile) <= most]

    def _sides(self, whole: int) -> set[int]:
        """Give the lengths of tiles that cut an axis evenly, and the whole of it."""
        align, margin = self._align, self._margin
        evenly = (
            ceil((whole + 2 * margin * (count - 1)) / count / align) * align
            for count in range(1, _MOST + 1)
        )
        return {whole, *(side for side in evenly if 2 * margin + align <= side < whole)}

    @cached_property
    def backward(self) -> "Peak":
        """What a run on the way back takes."""
        return Peak.of(partial(self._tile, self._pullback), self._probed)

    @cached_property
    def forward(self) -> "Peak":
        """What a run takes that gives statistics and what is passed on."""
        segment = self._segment
        if not segment.style and segment.boundary is None:
            return self.backward
        build = partial(statistics_model, segment, settings=self._settings)
        return Peak.of(partial(self._tile, build), self._probed)

    @property
    def _probed(self) -> tuple[int, int]:
        """Sides of the squares of which it is found out."""
        return _PROBED if self._segment.of_pixels else _PROBED_DEEPER

    @property
    def _pullback(self) -> Callable[..., ir.Model]:
        settings = self._settings
        return partial(
            pullback_model, self._segment, pixels=1, settings=settings, regions=EVERYWHERE
        )

    def _tile(self, build: Callable[..., ir.Model], size: Size) -> tuple[int, int]:
        """Count what a tile in the middle holds and has alive.

        What it is cut to is there beside what it is cut from, so others take no more.
        """
        trim = MarginCrop(self._segment.margins.grids, (True,) * 4)
        return held_and_alive(build(size=size, trim=trim))

    @cached_property
    def _constants(self) -> int:
        side = self._probed[0]
        return constant_bytes(self._pullback(size=(side, side)))


@dataclass(frozen=True)
class Peak:
    """The bytes of a graph while it runs, for what it holds and has alive grows with its pixels."""

    held: tuple[float, float]
    alive: tuple[float, float]

    @classmethod
    def of(cls, counted: Callable[[Size], tuple[int, int]], sides: tuple[int, int]) -> "Peak":
        """Find it from two squares."""
        (few, small), (many, large) = ((side * side, counted((side, side))) for side in sides)
        lines = []
        for less, more in zip(small, large, strict=True):
            pixel = (more - less) / (many - few)
            lines.append((less - pixel * few, pixel))
        return cls(*lines)

    def __call__(self, size: Size) -> int:
        """Predict it for (H, W)."""
        held, alive = (round(base + pixel * prod(size)) for base, pixel in (self.held, self.alive))
        return held + arena_bytes(alive)
