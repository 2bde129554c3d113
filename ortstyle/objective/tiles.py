"""How a picture is cut into tiles: cores that do not overlap, and margins that do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ortstyle.errors import GraphError
from ortstyle.graph.receptive_field import LayerGrid, Sides, TileMargins


@dataclass(frozen=True)
class TileSizes:
    """(H, W) of a segment's largest tiles, with their margins, in each direction.

    Attributes
    ----------
    backward
        Tiles of the backward pass, which computes the gradient.
    forward
        Tiles of the forward pass, which computes statistics alone and takes less memory.
    """

    backward: tuple[int, int]
    forward: tuple[int, int]


@dataclass(frozen=True)
class Span:
    """A tile along one axis: the pixels start … stop, its core core_start … core_stop."""

    start: int
    stop: int
    core_start: int
    core_stop: int


@dataclass(frozen=True)
class Tile:
    """A rectangle of a picture: its rows and columns."""

    rows: Span
    columns: Span

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of the tile."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    @property
    def pixels(self) -> tuple[Any, ...]:
        """The index of the tile in an array (1, C, H, W)."""
        rows, columns = self.rows, self.columns
        return (..., slice(rows.start, rows.stop), slice(columns.start, columns.stop))

    @property
    def sides(self) -> Sides:
        """Whether there is a margin above, below, on the left and on the right."""
        rows, columns = self.rows, self.columns
        return (
            rows.start < rows.core_start,
            rows.core_stop < rows.stop,
            columns.start < columns.core_start,
            columns.core_stop < columns.stop,
        )

    def core(
        self, grid: LayerGrid, shape: Sequence[int]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Return the index of the core in the tile's layer, (…, h, w), and in the whole layer."""
        in_tile, in_whole = [], []
        for span, jump, count, before, after in zip(
            (self.rows, self.columns),
            grid.jumps,
            shape[-2:],
            self.sides[::2],
            self.sides[1::2],
            strict=True,
        ):
            margin = grid.margin // jump
            positions = slice(before * margin, count - after * margin)
            origin = span.core_start // jump
            in_tile.append(positions)
            in_whole.append(slice(origin, origin + positions.stop - positions.start))
        return (..., *in_tile), (..., *in_whole)

    def core_of(
        self, whole: NDArray[np.float32], *, grid: LayerGrid, shape: Sequence[int]
    ) -> NDArray[np.float32]:
        """Return the tile's part of a whole layer in its core, and 0 outside the core."""
        in_tile, in_whole = self.core(grid, shape)
        found = np.zeros(shape, np.float32)
        found[in_tile] = whole[in_whole]
        return found


@dataclass(frozen=True)
class Tiling:
    """The tiles of a picture of `size`, (H, W): every row of tiles with every column."""

    rows: tuple[Span, ...]
    columns: tuple[Span, ...]
    size: tuple[int, int]

    @classmethod
    def of(
        cls, size: tuple[int, int], largest: tuple[int, int], *, margins: TileMargins
    ) -> "Tiling":
        """Cut a picture into as few tiles as possible, none larger than `largest`, (H, W).

        Raises
        ------
        GraphError
            A tile has no room for a core between its margins.
        """
        rows, columns = (
            tuple(spans(length, longest, margins=margins))
            for length, longest in zip(size, largest, strict=True)
        )
        return cls(rows, columns, size)

    def __iter__(self) -> Iterator[Tile]:
        return (Tile(rows, columns) for rows in self.rows for columns in self.columns)

    def __len__(self) -> int:
        return len(self.rows) * len(self.columns)

    @property
    def largest(self) -> tuple[int, int]:
        """(H, W) of the largest tile."""
        rows, columns = (max(s.stop - s.start for s in a) for a in (self.rows, self.columns))
        return rows, columns

    @property
    def overhead(self) -> float:
        """The pixels of all tiles, with their margins, as a multiple of the picture's."""
        rows, columns = (sum(s.stop - s.start for s in a) for a in (self.rows, self.columns))
        return rows * columns / (self.size[0] * self.size[1])


def spans(length: int, longest: int, *, margins: TileMargins) -> list[Span]:
    """Cut an axis into as few tiles as possible: all of one length, the last perhaps shorter.

    Every tile begins at a multiple of `margins.align`, so that the windows of convolutions and
    pools have the same positions as in the whole picture. A core is `margins.margin` pixels from
    the ends of its tile, except where the tile ends with the picture.
    """
    if length <= longest:
        return [Span(0, length, 0, length)]
    align, margin = margins.align, margins.margin
    step = (longest - 2 * margin) // align * align
    if step <= 0:
        raise GraphError(
            f"a tile of {longest} pixels has no room between margins of {margin}; allow more memory"
        )
    count = -(-(length - 2 * margin) // step)
    if count > 1:  # as many tiles with a smaller step, so that the last is about as long
        step = -(-(length - 2 * margin) // (count * align)) * align
    found: list[Span] = []
    core_start = 0
    while not found or found[-1].stop < length:
        start = max(0, core_start - margin)
        stop = min(length, (core_start if found else margin) + step + margin)
        core_stop = length if stop == length else stop - margin
        found.append(Span(start, stop, core_start, core_stop))
        core_start = core_stop
    return found
