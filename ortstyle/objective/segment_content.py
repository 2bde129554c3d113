"""The content at the layers of one segment, tile by tile."""

from collections.abc import Mapping
from math import prod

import numpy as np

from ortstyle.graph.losses import content_scale
from ortstyle.objective.segment_graphs import SegmentGraphs, TileGraph
from ortstyle.objective.spatial_weights import SpatialWeights, tile_weights
from ortstyle.objective.tile_executor import Arrays, TileExecutor, TileTask
from ortstyle.objective.tiles import Tile, Tiling
from ortstyle.objective.whole_arrays import Array, FeatureStorage, WholeArrays


class SegmentContent:
    """Computes and stores the content's features at the layers of a segment.

    Parameters
    ----------
    number
        The number of a segment with content layers, or one that passes features to the next one.
    graphs
        Builds the graphs of the segment.
    tiling
        The tiles in which to compute the features; any other tiles may read them.
    shapes
        The shapes of the segment's layers in the whole picture.
    executor
        Runs the graphs on tiles.
    storage
        Where the features are stored; "recomputed" for nowhere.
    """

    def __init__(
        self,
        number: int,
        graphs: SegmentGraphs,
        *,
        tiling: Tiling,
        shapes: Mapping[str, tuple[int, ...]],
        executor: TileExecutor,
        storage: FeatureStorage,
    ) -> None:
        self._number, self._segment, self._settings = (
            number,
            graphs.segments[number],
            graphs.settings,
        )
        self._tiling, self._shapes, self._executor = tiling, shapes, executor
        self._storage, self._arrays = storage, WholeArrays(storage)
        self._layers = [layer for layer, _ in self._segment.content]
        self._grids = self._segment.margins.grids
        sizes = {layer: (shapes[layer][2], shapes[layer][3]) for layer in self._layers}
        self._weights = {"content": SpatialWeights(sizes, self._grids)}
        self._features: dict[str, Array] = {}
        self._whole: Array | None = None  # the segment's input, from which features are recomputed

    def compute(self, whole: Array) -> Array | None:
        """Compute the features of the content; return the next segment's input, if there is one.

        Parameters
        ----------
        whole
            The content, or the features that the segment before returned, (1, C, H, W).

        Raises
        ------
        OutputError
            The disk has no room for the features.
        """
        boundary = self._segment.boundary
        passed = None if boundary is None else self._arrays.zeros(self._shapes[boundary])
        if self._storage != "recomputed":
            self._features = {
                layer: self._arrays.zeros(self._shapes[layer]) for layer in self._layers
            }
        squares = dict.fromkeys(self._layers, 0.0)
        for tile, found in self._executor.run(self._task(whole, tile) for tile in self._tiling):
            if passed is not None:
                grid, values = self._grids[str(boundary)], found["boundary"]
                self._arrays.write_core(passed, tile, grid=grid, values=values)
            for layer in self._layers:
                grid, values = self._grids[layer], found[f"content.{layer}"]
                core = values[tile.core(grid, values.shape)[0]]
                squares[layer] += float(np.sum(core * core, dtype=np.float64))
                if layer in self._features:
                    self._arrays.write_core(self._features[layer], tile, grid=grid, values=values)
        self._scales = {
            f"content.{layer}.scale": self._scale(square / prod(self._shapes[layer]))
            for layer, square in squares.items()
        }
        if self._storage == "recomputed":
            self._whole = whole
        else:
            self._executor.release(self._number, "content")
        return passed

    def _scale(self, mean_square: float) -> Array:
        scale = content_scale(mean_square, relative=self._settings.equalize)
        return np.array([scale], np.float32)

    def _task(self, whole: Array, tile: Tile) -> TileTask:
        """Return the task whose outputs are the features of a tile, valid in its core."""
        graph = TileGraph.of(self._number, "content", tile)
        return TileTask(graph, tile, lambda: {"image": self._arrays.read_tile(whole, tile)})

    def inputs(self, tile: Tile, shapes: Mapping[str, tuple[int, ...]]) -> Arrays:
        """Return the inputs of a tile's graph that depend on the content, by name.

        The features are valid only in the tile's core. `shapes` are those of all inputs.
        """
        if not self._layers:
            return {}
        found = tile_weights(self._weights, tile, shapes=shapes) | self._scales
        if self._whole is not None:
            ((_, computed),) = self._executor.run([self._task(self._whole, tile)])
            return found | {name: computed[name] for name in map("content.{}".format, self._layers)}
        for layer, features in self._features.items():
            name, grid = f"content.{layer}", self._grids[layer]
            found[name] = self._arrays.read_core(features, tile, grid=grid, shape=shapes[name])
        return found

    def close(self) -> None:
        """Free the features and the sessions."""
        self._executor.release(self._number, "content")
        self._features.clear()
        self._whole = None
