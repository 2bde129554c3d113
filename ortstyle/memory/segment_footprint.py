"""How much memory the tiles of one segment take, and which tiles fit into a given amount."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from math import ceil, prod

import onnx_ir as ir

from ortstyle.graph.loss_graph import EVERYWHERE
from ortstyle.graph.receptive_field import MarginCrop
from ortstyle.graph.segments import Segment, Size
from ortstyle.graph.tile_graphs import pullback_model, statistics_model
from ortstyle.memory.graph_memory import arena_bytes, constant_bytes, held_and_alive
from ortstyle.objective.tiles import TileSizes, spans
from ortstyle.settings.settings import Settings

#: The most shapes of tiles: along each of two axes, tiles are the first, the last or between.
MOST_SHAPES = 9
_MOST_TILES = 40  # along an axis
# Tiles with up to this multiple of the fewest pixels, margins included, count as equally fast; the
# smallest of them takes least memory.
_NEARLY_FEWEST = 1.01
# Seconds by the pixel of the forward pass and of the backward pass, on two cores.
_FORWARD_SECONDS, _BACKWARD_SECONDS = 2.5e-6, 5.3e-6
# Sides of the squares whose graphs are measured, for the first segment and for deeper ones.
_FIRST_SAMPLES, _DEEPER_SAMPLES = (384, 640), (96, 160)


class SegmentFootprint:
    """Predicts the memory of a segment's tiles; sizes are in positions of the segment's input."""

    def __init__(self, segment: Segment, settings: Settings) -> None:
        self._segment, self._settings = segment, settings
        self._align, self._margin = segment.margins.align, segment.margins.margin
        self._axes: dict[tuple[int, int], tuple[int, int]] = {}

    # runs

    @cached_property
    def forward(self) -> "RunMemory":
        """The memory of a tile's forward pass."""
        segment = self._segment
        if not segment.style and segment.boundary is None:
            return self.backward
        build = partial(statistics_model, segment, settings=self._settings)
        return RunMemory.measured(partial(self._measure, build), self._samples)

    @cached_property
    def backward(self) -> "RunMemory":
        """The memory of a tile's backward pass."""
        return RunMemory.measured(partial(self._measure, self._pullback), self._samples)

    @property
    def weight_bytes(self) -> int:
        """Bytes of the weights, which all sessions of the segment share."""
        return round(self.backward.held[0])

    def backward_bytes(self, tile: Size) -> int:
        """Predict the bytes of a tile's backward pass without the weights."""
        return self.backward(tile) - self.weight_bytes

    def _measure(self, build: Callable[..., ir.Model], size: Size) -> tuple[int, int]:
        """Count the bytes held and alive (see `RunMemory`) for a tile with margins on all sides.

        Cropped features are in memory beside those that they are cropped from, so tiles with
        fewer margins take no more.
        """
        crop = MarginCrop(self._segment.margins.grids, (True,) * 4)
        return held_and_alive(build(size=size, crop=crop))

    @property
    def _samples(self) -> tuple[int, int]:
        """Sides of the squares whose graphs are measured."""
        return _FIRST_SAMPLES if self._segment.of_pixels else _DEEPER_SAMPLES

    @property
    def _pullback(self) -> Callable[..., ir.Model]:
        settings = self._settings
        return partial(
            pullback_model, self._segment, pixels=1, settings=settings, regions=EVERYWHERE
        )

    # sessions

    def session_bytes(self, size: Size, tiles: TileSizes) -> int:
        """Predict the bytes of all sessions for the tiles of an input of (H, W)."""
        shapes = self._count_shapes(size, tiles.backward) + self._count_shapes(size, tiles.forward)
        return 2 * self._constants * shapes

    def most_session_bytes(self, most_shapes: int) -> int:
        """Predict the bytes of the sessions for tiles of so many shapes, in both directions.

        The first segment may have tiles of `MOST_SHAPES` shapes. A session keeps its constants
        twice: as they are in the graph, and in the layout that its kernels use.
        """
        shapes = MOST_SHAPES if self._segment.of_pixels else most_shapes
        return 2 * 2 * self._constants * shapes

    @cached_property
    def _constants(self) -> int:
        side = self._samples[0]
        return constant_bytes(self._pullback(size=(side, side)))

    def _count_shapes(self, size: Size, tile: Size) -> int:
        """Count the shapes of tiles: along each axis a tile is the first, the last or between."""
        return prod(min(self._axis(*lengths)[0], 3) for lengths in zip(size, tile, strict=True))

    # the choice of a tile

    def best_tile(
        self, size: Size, room: int, *, memory: "RunMemory", most_shapes: int
    ) -> Size | None:
        """Return the smallest tile that fits with about the fewest pixels, margins included.

        Parameters
        ----------
        size
            (H, W) of the segment's input.
        room
            Bytes for the run of a tile and the segment's sessions.
        memory
            The memory of the pass in question, `forward` or `backward`.
        most_shapes
            The most shapes of tiles; ignored for the first segment.
        """
        sessions = self.most_session_bytes(most_shapes)
        fitting = [
            tile for tile in self._tiles(size, most_shapes) if memory(tile) + sessions <= room
        ]
        overheads = {tile: self._overhead(size, tile) for tile in fitting}
        few = _NEARLY_FEWEST * min(overheads.values(), default=0)
        return min((tile for tile in fitting if overheads[tile] <= few), key=prod, default=None)

    def least_bytes(self, size: Size, *, memory: "RunMemory", most_shapes: int) -> int:
        """Return the bytes of the sessions together with the tile that takes least memory."""
        smallest = (2 * self._margin + self._align,) * 2
        tiles = self._tiles(size, most_shapes) or [smallest]
        return min(memory(tile) for tile in tiles) + self.most_session_bytes(most_shapes)

    def seconds_per_pixel(self, size: Size, tiles: TileSizes) -> float:
        """Estimate an evaluation's seconds by the pixel, as if the segment were the network."""
        forward, backward = (self._overhead(size, tile) for tile in (tiles.forward, tiles.backward))
        return _FORWARD_SECONDS * forward + _BACKWARD_SECONDS * backward

    def _overhead(self, size: Size, tile: Size) -> float:
        """Return the pixels of all tiles, with their margins, as a multiple of the input's."""
        totals = [self._axis(*lengths)[1] for lengths in zip(size, tile, strict=True)]
        return prod(totals) / prod(size)

    def _axis(self, length: int, longest: int) -> tuple[int, int]:
        """Return the number of tiles along an axis, and the sum of their lengths.

        The search for a tile asks for the same axes again and again.
        """
        if (length, longest) not in self._axes:
            found = spans(length, longest, margins=self._segment.margins)
            self._axes[length, longest] = len(found), sum(span.stop - span.start for span in found)
        return self._axes[length, longest]

    def _tiles(self, size: Size, most_shapes: int) -> list[Size]:
        """Return the tiles that cut an input evenly, in no more shapes than are allowed.

        The first segment's input is the picture, which is never one tile.
        """
        rows, columns = (sorted(self._tile_lengths(length)) for length in size)
        tiles = [(height, width) for height in rows for width in columns]
        if self._segment.of_pixels:
            return [tile for tile in tiles if tile != size]
        return [tile for tile in tiles if self._count_shapes(size, tile) <= most_shapes]

    def _tile_lengths(self, length: int) -> set[int]:
        """Return the lengths of tiles that cut an axis evenly, and the whole length."""
        align, margin = self._align, self._margin
        even = (
            ceil((length + 2 * margin * (count - 1)) / count / align) * align
            for count in range(1, _MOST_TILES + 1)
        )
        return {length, *(tile for tile in even if 2 * margin + align <= tile < length)}


@dataclass(frozen=True)
class RunMemory:
    """The memory of a graph's run as a function of the pixels it runs on.

    Both attributes hold the bytes for no pixel and the bytes that each pixel adds.

    Attributes
    ----------
    held
        Inputs and weights.
    alive
        Results that are alive at once.
    """

    held: tuple[float, float]
    alive: tuple[float, float]

    @classmethod
    def measured(
        cls, measure: Callable[[Size], tuple[int, int]], sides: tuple[int, int]
    ) -> "RunMemory":
        """Return the memory as linear functions through the bytes measured for two squares."""
        (few, small), (many, large) = ((side * side, measure((side, side))) for side in sides)
        lines = []
        for less, more in zip(small, large, strict=True):
            by_pixel = (more - less) / (many - few)
            lines.append((less - by_pixel * few, by_pixel))
        return cls(*lines)

    def __call__(self, size: Size) -> int:
        """Predict the bytes for (H, W)."""
        held, alive = (
            round(base + by_pixel * prod(size)) for base, by_pixel in (self.held, self.alive)
        )
        return held + arena_bytes(alive)
