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
    """(H, W) of the largest tiles, margins and all.

    Attributes
    ----------
    backward
        Where the gradient is computed.
    forward
        Where only statistics are, which takes less memory.
    """

    backward: tuple[int, int]
    forward: tuple[int, int]


@dataclass(frozen=True)
class Span:
    """A tile along one axis, in pixels: start … stop of the tile, first … last of its core."""

    start: int
    stop: int
    first: int
    last: int


@dataclass(frozen=True)
class Tile:
    """A part of a picture: its rows and columns."""

    rows: Span
    columns: Span

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of the tile."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    @property
    def pixels(self) -> tuple[Any, ...]:
        """Where the tile is in (1, 3, H, W)."""
        rows, columns = self.rows, self.columns
        return (..., slice(rows.start, rows.stop), slice(columns.start, columns.stop))

    @property
    def sides(self) -> Sides:
        """Whether there is a margin above, below, on the left and on the right."""
        rows, columns = self.rows, self.columns
        return (
            rows.start < rows.first,
            rows.last < rows.stop,
            columns.start < columns.first,
            columns.last < columns.stop,
        )

    def core(
        self, grid: LayerGrid, shape: Sequence[int]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Give where the core is in a layer of the tile, (…, h, w), and in that of the whole."""
        here, there = [], []
        for span, jump, count, before, after in zip(
            (self.rows, self.columns),
            grid.jumps,
            shape[-2:],
            self.sides[::2],
            self.sides[1::2],
            strict=True,
        ):
            margin = grid.margin // jump
            places = slice(before * margin, count - after * margin)
            origin = span.first // jump
            here.append(places)
            there.append(slice(origin, origin + places.stop - places.start))
        return (..., *here), (..., *there)

    def part(
        self, whole: NDArray[np.float32], grid: LayerGrid, shape: Sequence[int]
    ) -> NDArray[np.float32]:
        """Give the tile's part of a layer of the whole picture in its core, 0 about it."""
        here, there = self.core(grid, shape)
        found = np.zeros(shape, np.float32)
        found[here] = whole[there]
        return found


@dataclass(frozen=True)
class Tiling:
    """A picture of `size`, (H, W), in rows and columns of tiles."""

    rows: tuple[Span, ...]
    columns: tuple[Span, ...]
    size: tuple[int, int]

    @classmethod
    def of(cls, size: tuple[int, int], largest: tuple[int, int], reach: TileMargins) -> "Tiling":
        """Cut a picture into as few tiles as go, none larger than `largest`, (H, W).

        Raises
        ------
        GraphError
            There is no room for a core between the margins.
        """
        rows, columns = (
            tuple(spans(whole, most, reach)) for whole, most in zip(size, largest, strict=True)
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
        """Pixels of all tiles, margins too, as a multiple of the picture's."""
        rows, columns = (sum(s.stop - s.start for s in a) for a in (self.rows, self.columns))
        return rows * columns / (self.size[0] * self.size[1])


def spans(whole: int, most: int, reach: TileMargins) -> list[Span]:
    """Cut an axis into as few tiles as go, of one length but for the last, which may be shorter.

    Every tile begins at a multiple of `reach.align`, so that windows and pools lie as they do in
    the whole picture; its core keeps `reach.margin` from its ends, but at the picture's.
    """
    if whole <= most:
        return [Span(0, whole, 0, whole)]
    align, margin = reach.align, reach.margin
    step = (most - 2 * margin) // align * align
    if step <= 0:
        raise GraphError(
            f"a tile of {most} pixels has no room between margins of {margin}; allow more memory"
        )
    count = -(-(whole - 2 * margin) // step)
    if count > 1:  # as many tiles of a smaller step, so that the last is about as long
        step = -(-(whole - 2 * margin) // (count * align)) * align
    found: list[Span] = []
    first = 0
    while not found or found[-1].stop < whole:
        start = max(0, first - margin)
        stop = min(whole, (first if found else margin) + step + margin)
        last = whole if stop == whole else stop - margin
        found.append(Span(start, stop, first, last))
        first = last
    return found
