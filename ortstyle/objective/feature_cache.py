"""The content's features of a picture in tiles: in memory, on disk, or computed again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray

from ortstyle.errors import OutputError
from ortstyle.graph.receptive_field import LayerGrid
from ortstyle.objective.tiles import Tile, Tiling
from ortstyle.optim.disk_folder import temporary_folder

FeatureStorage = Literal["memory", "disk", "recomputed"]
Features = dict[str, NDArray[np.float32]]


class FeatureCache:
    """The features of the content's layers, tile by tile.

    Parameters
    ----------
    compute
        Returns the features of a tile by layer, (1, C, h, w). The constructor calls it once for
        each tile.
    tiling
        The tiles of the content.
    grids
        The grid of each layer in a tile.
    storage
        Where the features of the cores are stored: "memory"; "disk", a file that vanishes with the
        process; "recomputed", nowhere.

    Attributes
    ----------
    mean_squares
        The mean square of each layer's features.

    Raises
    ------
    OutputError
        The disk has no room for the features.
    """

    def __init__(
        self,
        compute: Callable[[Tile], Features],
        tiling: Tiling,
        *,
        grids: Mapping[str, LayerGrid],
        storage: FeatureStorage = "memory",
    ) -> None:
        self._grids, self._storage = grids, storage
        self._cores: dict[tuple[int, int], dict[str, _Core]] = {}
        self._file: IO[bytes] | None = None
        if storage == "disk":
            self._file = TemporaryFile(  # noqa: SIM115  `close` closes it
                prefix="ortstyle-", dir=temporary_folder()
            )
        squares, counts = dict.fromkeys(grids, 0.0), dict.fromkeys(grids, 0)
        for tile in tiling:
            cores = self._cores[_key(tile)] = {}
            for layer, features in compute(tile).items():
                core = features[tile.core(grids[layer], features.shape)[0]]
                squares[layer] += float(np.sum(core * core, dtype=np.float64))
                counts[layer] += core.size
                if storage != "recomputed":
                    cores[layer] = self._store(core)
        if storage == "recomputed":
            self._compute = compute  # otherwise `compute` and what it refers to can be freed
        self.mean_squares = {
            layer: square / counts[layer] for layer, square in squares.items() if counts[layer]
        }

    def _store(self, core: NDArray[np.float32]) -> "_Core":
        if self._file is None:
            return _Core(core.shape, array=core.copy())
        try:
            offset = self._file.seek(0, SEEK_END)
            self._file.write(np.ascontiguousarray(core).data)
        except OSError as error:
            raise disk_full(error) from error
        return _Core(core.shape, offset=offset)

    def read(self, tile: Tile, shapes: Mapping[str, tuple[int, ...]]) -> Features:
        """Return the features of a tile by layer; they are valid only in the tile's core.

        `shapes` are those of the layers in the tile, (1, C, h, w).
        """
        if self._storage == "recomputed":
            return self._compute(tile)
        found = {}
        for layer, core in self._cores[_key(tile)].items():
            features = np.zeros(shapes[layer], np.float32)
            features[tile.core(self._grids[layer], features.shape)[0]] = self._load(core)
            found[layer] = features
        return found

    def _load(self, core: "_Core") -> NDArray[np.float32]:
        if self._file is None:
            assert core.array is not None  # noqa: S101
            return core.array
        found = np.empty(core.shape, np.float32)
        self._file.seek(core.offset)
        self._file.readinto(found.data)  # type: ignore[attr-defined,unused-ignore]
        return found

    def close(self) -> None:
        """Free the features."""
        self._cores.clear()
        if self._file is not None:
            self._file.close()


def disk_full(error: OSError) -> OutputError:
    """Return the error to raise where the disk has no room for features."""
    return OutputError(
        f"{temporary_folder()}: no room for features of the picture ({error.strerror}); free some "
        "space, or name another folder in TMPDIR"
    )


@dataclass(frozen=True)
class _Core:
    """The features of a core: the array, or its offset in the file."""

    shape: tuple[int, ...]
    array: NDArray[np.float32] | None = None
    offset: int = 0


def _key(tile: Tile) -> tuple[int, int]:
    return tile.rows.core_start, tile.columns.core_start
