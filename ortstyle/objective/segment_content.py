"""The content at the layers of one segment, tile by tile."""

from collections.abc import Mapping
from math import prod

import numpy as np
import onnx_ir as ir

from ortstyle.graph.losses import content_scale
from ortstyle.graph.receptive_field import MarginCrop
from ortstyle.graph.segments import Segment
from ortstyle.graph.tile_graphs import content_features_model
from ortstyle.objective.spatial_weights import SpatialWeights, tile_weights
from ortstyle.objective.tile_sessions import SessionsByShape, TileShape
from ortstyle.objective.tiles import Tile, Tiling
from ortstyle.objective.whole_arrays import Array, FeatureStorage, WholeArrays
from ortstyle.runtime.session_factory import SessionFactory


class SegmentContent:
    """Computes and stores the content's features at the layers of a segment.

    Parameters
    ----------
    segment
        A segment with content layers, or one that passes features to the next segment.
    tiling
        The tiles in which to compute the features; any other tiles may read them.
    shapes
        The shapes of the segment's layers in the whole picture.
    sessions
        Makes the sessions.
    storage
        Where the features are stored; "recomputed" for nowhere.
    """

    def __init__(
        self,
        segment: Segment,
        tiling: Tiling,
        *,
        shapes: Mapping[str, tuple[int, ...]],
        sessions: SessionFactory,
        storage: FeatureStorage,
    ) -> None:
        self._segment, self._tiling, self._shapes = segment, tiling, shapes
        self._settings, self._storage = sessions.settings, storage
        self._arrays = WholeArrays(storage)
        self._layers = [layer for layer, _ in segment.content]
        self._grids = segment.margins.grids
        sizes = {layer: (shapes[layer][2], shapes[layer][3]) for layer in self._layers}
        self._weights = {"content": SpatialWeights(sizes, self._grids)}
        self._sessions = SessionsByShape(self._build, sessions)
        self._features: dict[str, Array] = {}
        self._whole: Array | None = None  # the segment's input, from which features are recomputed

    def _build(self, shape: TileShape) -> ir.Model:
        crop = MarginCrop(self._grids, shape.sides)
        return content_features_model(self._segment, shape.size, settings=self._settings, crop=crop)

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
        for tile in self._tiling:
            found = self._run(whole, tile)
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
            self._sessions.close()
        return passed

    def _scale(self, mean_square: float) -> Array:
        scale = content_scale(mean_square, relative=self._settings.equalize)
        return np.array([scale], np.float32)

    def _run(self, whole: Array, tile: Tile) -> dict[str, Array]:
        """Return the features of a tile, valid in its core, by the name of the graph's output."""
        session = self._sessions.at(tile)
        found = session.run(image=self._arrays.read_tile(whole, tile))
        session.release_run()
        return found

    def inputs(self, tile: Tile, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
        """Return the inputs of a tile's graph that depend on the content, by name.

        The features are valid only in the tile's core. `shapes` are those of all inputs.
        """
        if not self._layers:
            return {}
        found = tile_weights(self._weights, tile, shapes=shapes) | self._scales
        if self._whole is not None:
            computed = self._run(self._whole, tile)
            return found | {name: computed[name] for name in map("content.{}".format, self._layers)}
        for layer, features in self._features.items():
            name, grid = f"content.{layer}", self._grids[layer]
            found[name] = self._arrays.read_core(features, tile, grid=grid, shape=shapes[name])
        return found

    def close(self) -> None:
        """Free the features and the sessions."""
        self._sessions.close()
        self._features.clear()
        self._whole = None
