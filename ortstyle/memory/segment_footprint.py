"""How much memory the tiles of one segment take, and which tiles fit into a given amount."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from math import ceil, prod

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.liveness import weight_bytes
from ortstyle.graph.loss_graph import EVERYWHERE
from ortstyle.graph.receptive_field import MarginCrop
from ortstyle.graph.segments import Segment, Size
from ortstyle.graph.tile_graphs import pullback_model, statistics_model
from ortstyle.memory.graph_memory import held_and_alive
from ortstyle.memory.run_memory import RunMemory
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
    """Predicts the memory of a segment's tiles; sizes are in positions of the segment's input.

    `anchored` tells whether pictures are held to an anchor.
    """

    def __init__(self, segment: Segment, settings: Settings, *, anchored: bool = False) -> None:
        self._segment, self._settings, self._anchored = segment, settings, anchored
        self._align, self._margin = segment.margins.align, segment.margins.margin
        self._axes: dict[tuple[int, int], tuple[int, int]] = {}
        self._tables: dict[Size, _Tiles] = {}

    # runs

    @cached_property
    def forward(self) -> RunMemory:
        """The memory of a tile's forward pass."""
        build = partial(statistics_model, self._segment, settings=self._settings, content=True)
        return RunMemory.measured(lambda tile: self._measure(build, tile)[:2], self._samples)

    @cached_property
    def backward(self) -> RunMemory:
        """The memory of a tile's backward pass."""
        return RunMemory.measured(lambda tile: self._backward_samples[tile][:2], self._samples)

    @cached_property
    def _backward_samples(self) -> dict[Size, tuple[int, int, int]]:
        """What `_measure` returns for the backward pass of each sample, by (H, W)."""
        build = partial(
            pullback_model,
            self._segment,
            pixels=1,
            settings=self._settings,
            regions=EVERYWHERE,
            anchored=self._anchored,
        )
        return {(side, side): self._measure(build, (side, side)) for side in self._samples}

    @cached_property
    def weight_bytes(self) -> int:
        """Bytes of the weights, which all sessions of the segment share."""
        return round(self.backward.held[0])

    def backward_bytes(self, tile: Size) -> int:
        """Predict the bytes of a tile's backward pass without the weights."""
        return self.backward(tile) - self.weight_bytes

    def _measure(self, build: Callable[..., ir.Model], size: Size) -> tuple[int, int, int]:
        """Count the bytes held and alive (see `RunMemory`) for a tile with margins on all sides.

        The third number is the bytes of a session's constants without shared kernels.
        Cropped features are in memory beside those that they are cropped from, so tiles with
        fewer margins take no more.
        """
        crop = MarginCrop(self._segment.margins.grids, (True,) * 4)
        model = build(size=size, crop=crop)
        return *held_and_alive(model), weight_bytes(model)

    @property
    def _samples(self) -> tuple[int, int]:
        """Sides of the squares whose graphs are measured."""
        return _FIRST_SAMPLES if self._segment.of_pixels else _DEEPER_SAMPLES

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

    @property
    def _constants(self) -> int:
        """Bytes of a session's constants without shared kernels."""
        return self._backward_samples[self._samples[0], self._samples[0]][2]

    def _count_shapes(self, size: Size, tile: Size) -> int:
        """Count the shapes of tiles: along each axis a tile is the first, the last or between."""
        return prod(min(self._axis(*lengths)[0], 3) for lengths in zip(size, tile, strict=True))

    # the choice of a tile

    def best_tile(
        self, size: Size, room: int, *, memory: RunMemory, most_shapes: int
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
        tiles = self._tiles(size)
        room -= self.most_session_bytes(most_shapes)
        fitting = self._allowed(tiles, most_shapes) & (memory.of_each(tiles.pixels) <= room)
        if not fitting.any():
            return None
        few = _NEARLY_FEWEST * tiles.overheads[fitting].min()
        fast = np.flatnonzero(fitting & (tiles.overheads <= few))
        return tiles.sizes[int(fast[tiles.pixels[fast].argmin()])]

    def least_bytes(self, size: Size, *, memory: RunMemory, most_shapes: int) -> int:
        """Return the bytes of the sessions together with the tile that takes least memory."""
        tiles = self._tiles(size)
        pixels = tiles.pixels[self._allowed(tiles, most_shapes)]
        smallest = (2 * self._margin + self._align) ** 2
        each = memory.of_each(pixels if pixels.size else np.array([smallest]))
        return int(each.min()) + self.most_session_bytes(most_shapes)

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

    def _tiles(self, size: Size) -> "_Tiles":
        """Return the tiles that cut an input evenly, and the whole input unless it is the picture.

        The picture is never one tile.
        """
        if size not in self._tables:
            rows, columns = (sorted(self._tile_lengths(length)) for length in size)
            sizes = [(height, width) for height in rows for width in columns]
            by_axis = [
                np.array([self._axis(length, each) for each in lengths], np.int64).T
                for length, lengths in zip(size, (rows, columns), strict=True)
            ]
            (row_counts, row_totals), (column_counts, column_totals) = by_axis
            found = _Tiles(
                sizes,
                np.multiply.outer(rows, columns).ravel(),
                np.multiply.outer(row_totals, column_totals).ravel() / prod(size),
                np.multiply.outer(row_counts.clip(max=3), column_counts.clip(max=3)).ravel(),
            )
            # The largest tile is the whole input, and that of the first segment is the picture.
            self._tables[size] = found.without_last() if self._segment.of_pixels else found
        return self._tables[size]

    def _allowed(self, tiles: "_Tiles", most_shapes: int) -> NDArray[np.bool_]:
        """Return which tiles have no more shapes than are allowed, in the first segment all."""
        return tiles.shapes <= (MOST_SHAPES if self._segment.of_pixels else most_shapes)

    def _tile_lengths(self, length: int) -> set[int]:
        """Return the lengths of tiles that cut an axis evenly, and the whole length."""
        align, margin = self._align, self._margin
        even = (
            ceil((length + 2 * margin * (count - 1)) / count / align) * align
            for count in range(1, _MOST_TILES + 1)
        )
        return {length, *(tile for tile in even if 2 * margin + align <= tile < length)}


@dataclass(frozen=True)
class _Tiles:
    """The tiles to choose from: (H, W) and pixels of each, the overhead, the number of shapes."""

    sizes: list[Size]
    pixels: NDArray[np.int64]
    overheads: NDArray[np.float64]
    shapes: NDArray[np.int64]

    def without_last(self) -> "_Tiles":
        """Return all tiles but the last."""
        return _Tiles(self.sizes[:-1], self.pixels[:-1], self.overheads[:-1], self.shapes[:-1])
