"""The content at the layers of one segment, tile by tile."""

from collections.abc import Mapping

import numpy as np
import onnx_ir as ir

from ortstyle.graph.losses import content_scale
from ortstyle.graph.receptive_field import MarginCrop
from ortstyle.graph.segments import Segment
from ortstyle.graph.tile_graphs import content_features_model
from ortstyle.objective.feature_cache import FeatureCache, Features, FeatureStorage
from ortstyle.objective.spatial_weights import SpatialWeights, tile_weights
from ortstyle.objective.tile_sessions import SessionsByShape, TileShape
from ortstyle.objective.tiles import Tile, Tiling
from ortstyle.objective.whole_arrays import Array, WholeArrays
from ortstyle.runtime.session_factory import SessionFactory


class SegmentContent:
    """Computes and caches the content's features at the layers of a segment.

    Parameters
    ----------
    segment
        A segment with content layers, or one that passes features to the next segment.
    tiling
        The tiles of the backward pass, in which the features are compared.
    shapes
        The shapes of the segment's layers in the whole picture.
    sessions
        Makes the sessions.
    storage
        Where the features are stored.
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

    def _build(self, shape: TileShape) -> ir.Model:
        crop = MarginCrop(self._grids, shape.sides)
        return content_features_model(self._segment, shape.size, settings=self._settings, crop=crop)

    def compute(self, whole: Array) -> Array | None:
        """Compute the features of the content; return the next segment's input, if there is one.

        Parameters
        ----------
        whole
            The content, or the features that the segment before returned, (1, C, H, W).
        """
        boundary = self._segment.boundary
        passed = None if boundary is None else self._arrays.zeros(self._shapes[boundary])

        def features(tile: Tile) -> Features:
            session = self._sessions.at(tile)
            found = session.run(image=self._arrays.read_tile(whole, tile))
            session.release_run()
            if passed is not None:
                grid, values = self._grids[str(boundary)], found.pop("boundary")
                self._arrays.write_core(passed, tile, grid=grid, values=values)
            return {name.removeprefix("content."): value for name, value in found.items()}

        self._features = FeatureCache(
            features,
            self._tiling,
            grids={layer: self._grids[layer] for layer in self._layers},
            storage=self._storage,
        )
        self._scales = {
            f"content.{layer}.scale": np.array(
                [content_scale(square, relative=self._settings.equalize)], np.float32
            )
            for layer, square in self._features.mean_squares.items()
        }
        if self._storage != "recomputed":
            self._sessions.close()
        return passed

    def inputs(self, tile: Tile, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
        """Return the inputs of a tile's backward pass that depend on the content, by name.

        `shapes` are those of all inputs of the backward pass.
        """
        if not self._layers:
            return {}
        found = tile_weights(self._weights, tile, shapes=shapes) | self._scales
        in_tile = {layer: shapes[f"content.{layer}"] for layer in self._layers}
        features = self._features.read(tile, in_tile)
        return found | {f"content.{layer}": value for layer, value in features.items()}

    def close(self) -> None:
        """Free the features and the sessions."""
        self._sessions.close()
        if features := vars(self).get("_features"):  # `compute` may not have been called
            features.close()
