"""Arrays of a whole picture's layers, in memory or in files, read and written tile by tile."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ortstyle.errors import OutputError
from ortstyle.graph.receptive_field import LayerGrid
from ortstyle.objective.tiles import Tile
from ortstyle.optim.disk_folder import temporary_folder
from ortstyle.optim.mapped_files import release_pages, temporary_file_array

_BLOCK = 1 << 25  # bytes of a file that are moved at once

#: Where features of a whole picture are stored: "recomputed", nowhere, but those that must be kept
#: are in memory.
FeatureStorage = Literal["memory", "disk", "recomputed"]
Array = NDArray[np.float32]


class WholeArrays:
    """Makes arrays (1, C, H, W) of whole pictures, and reads and writes tiles of them.

    A tile touches most pages of an array in a file. Therefore only as many channels are moved at
    once as keep the pages in memory within `_BLOCK` bytes.

    Parameters
    ----------
    storage
        "disk" for arrays in files, which vanish with the arrays; otherwise arrays are in memory.
    """

    def __init__(self, storage: FeatureStorage) -> None:
        self._on_disk = storage == "disk"

    def zeros(self, shape: Sequence[int]) -> Array:
        """Make an array of zeros.

        Raises
        ------
        OutputError
            The disk has no room for the array.
        """
        if not self._on_disk:
            return np.zeros(shape, np.float32)
        try:
            return temporary_file_array(shape)
        except OSError as error:
            raise OutputError(
                f"{temporary_folder()}: no room for features of the picture ({error.strerror}); "
                "free some space, or name another folder in TMPDIR"
            ) from error

    def read_tile(self, whole: Array, tile: Tile) -> Array:
        """Return a copy of a tile, with its margins."""
        found = np.empty((*whole.shape[:2], *tile.shape), np.float32)
        for block in self._blocks(whole):
            found[block] = whole[block][tile.pixels]
        return found

    def add_tile(self, whole: Array, tile: Tile, *, values: Array) -> None:
        """Add values to the pixels of a tile, with its margins."""
        for block in self._blocks(whole):
            whole[block][tile.pixels] += values[block]

    def read_core(
        self, whole: Array, tile: Tile, *, grid: LayerGrid, shape: Sequence[int]
    ) -> Array:
        """Return the tile's part of a layer, of this shape, with zeros outside the tile's core."""
        found = np.zeros(shape, np.float32)
        in_tile, in_whole = tile.core(grid, shape)
        for block in self._blocks(whole):
            found[block][in_tile] = whole[block][in_whole]
        return found

    def write_core(self, whole: Array, tile: Tile, *, grid: LayerGrid, values: Array) -> None:
        """Write the core of a tile's layer into the whole layer."""
        in_tile, in_whole = tile.core(grid, values.shape)
        for block in self._blocks(whole):
            whole[block][in_whole] = values[block][in_tile]

    def _blocks(self, whole: Array) -> Iterator[tuple[slice, slice]]:
        """Yield the indices of the channels to move at once."""
        channels, plane = whole.shape[1], 4 * prod(whole.shape[2:])
        step = max(1, _BLOCK // plane) if self._on_disk else channels
        for start in range(0, channels, step):
            yield slice(None), slice(start, start + step)
            if self._on_disk:
                release_pages()
