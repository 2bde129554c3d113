"""A segment of the network, run tile by tile on a whole picture."""

from collections.abc import Callable, Mapping, Sequence
from math import isqrt, prod
from typing import Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.receptive_field import LayerGrid, MarginCrop
from ortstyle.graph.segments import Segment, Size
from ortstyle.graph.tile_graphs import pullback_model, statistics_model
from ortstyle.graph.values import shape_of
from ortstyle.objective.objective import MaskedRegion
from ortstyle.objective.segment_content import SegmentContent
from ortstyle.objective.spatial_weights import Mask, SpatialWeights, tile_weights
from ortstyle.objective.tile_sessions import SessionsByShape, TileShape
from ortstyle.objective.tiles import Tile, TileSizes, Tiling
from ortstyle.objective.whole_arrays import Array, FeatureStorage, WholeArrays
from ortstyle.runtime.session_factory import SessionFactory

Sums = dict[str, NDArray[np.float64]]
Shapes = Mapping[str, tuple[int, ...]]


class SegmentRunner:
    """Runs a segment tile by tile; its inputs and outputs are those of the whole picture.

    Parameters
    ----------
    segment
        The segment.
    size
        (H, W) of the segment's input: the picture, or the boundary of the segment before.
    tiles
        The largest tiles, in positions of the segment's input.
    regions
        The regions of the content that have styles; none where the segment has no style layer.
    sessions
        Makes the sessions.
    storage
        Where the content's features and the boundaries between segments are stored.

    Raises
    ------
    GraphError
        A tile has no room for a core between its margins, or an operator has no derivative.
    """

    def __init__(
        self,
        segment: Segment,
        size: Size,
        *,
        tiles: TileSizes,
        regions: Sequence[MaskedRegion],
        sessions: SessionFactory,
        storage: FeatureStorage,
    ) -> None:
        self._segment, self._size, self._regions = segment, size, regions
        self._factory, self._settings, self._storage = sessions, sessions.settings, storage
        self._arrays, self._grids = WholeArrays(storage), segment.margins.grids
        self._largest = tiles.forward
        self.tiling = Tiling.of(size, tiles.backward, margins=segment.margins)
        self.forward_tiling = Tiling.of(size, tiles.forward, margins=segment.margins)
        self._shapes = segment.shapes(size, self._settings)
        self._content: SegmentContent | None = None
        self._backward_graph(TileShape(self.tiling.largest))  # raises the graph's errors now

    def open(self) -> Self:
        """Prepare for `statistics` and `gradient`; sessions are made when tiles need them."""
        self._forward = SessionsByShape(self._forward_graph, self._factory)
        self._backward = SessionsByShape(self._backward_graph, self._factory)
        self._spatial_weights = {
            region.name: self._weights_of(region.mask, self._shapes) for region in self._regions
        }
        return self

    def _weights_of(self, mask: Mask | None, shapes: Shapes) -> SpatialWeights:
        sizes = {layer: (shapes[layer][2], shapes[layer][3]) for layer, _ in self._segment.style}
        return SpatialWeights(sizes, self._grids, mask=mask)

    # forward pass

    def statistics(self, whole: Array, sums: Sums) -> Array | None:
        """Add a picture's statistics to `sums`; return the next segment's input, if any."""
        return self._run_forward(
            whole,
            sums,
            sessions=self._forward,
            tiling=self.forward_tiling,
            shapes=self._shapes,
            inputs=self._tile_inputs,
        )

    def style_statistics(self, whole: Array, sums: Sums, *, mask: Mask | None) -> Array | None:
        """Add a style's statistics to `sums`; return the next segment's input, if there is one.

        The names of the statistics are `<layer>/<statistic>`.
        """
        segment, size = self._segment, (whole.shape[2], whole.shape[3])
        if not segment.style + segment.passed:
            return None
        side = isqrt(prod(self._largest))  # square, because a panorama's tiles are low
        shapes = segment.shapes(size, self._settings)
        weights = {"": self._weights_of(mask, shapes)}

        def build(shape: TileShape) -> ir.Model:
            crop = self._crop(shape)
            return statistics_model(segment, shape.size, settings=self._settings, crop=crop)

        with SessionsByShape(build, self._factory) as sessions:
            return self._run_forward(
                whole,
                sums,
                sessions=sessions,
                tiling=Tiling.of(size, (side, side), margins=segment.margins),
                shapes=shapes,
                inputs=lambda tile, of_inputs: tile_weights(weights, tile, shapes=of_inputs),
            )

    def _run_forward(
        self,
        whole: Array,
        sums: Sums,
        *,
        sessions: SessionsByShape,
        tiling: Tiling,
        shapes: Shapes,
        inputs: Callable[[Tile, Shapes], dict[str, Array]],
    ) -> Array | None:
        segment, passed = self._segment, None
        if segment.boundary is not None:
            passed = self._arrays.zeros(shapes[segment.boundary])
        for tile, session in sessions.over(tiling):
            found = session.run(
                image=self._arrays.read_tile(whole, tile), **inputs(tile, session.shapes)
            )
            if passed is not None:
                grid, values = self._grids[str(segment.boundary)], found.pop("boundary")
                self._arrays.write_core(passed, tile, grid=grid, values=values)
            for name, value in found.items():
                sums[name] = sums.get(name, 0) + value.astype(np.float64)
        return passed

    # content

    def compute_content(self, whole: Array) -> Array | None:
        """Compute the content's features; return the next segment's input, if there is one."""
        if not self._segment.content + self._segment.passed:
            return None
        self._content = SegmentContent(
            self._segment,
            self.tiling,
            shapes=self._shapes,
            sessions=self._factory,
            storage=self._storage,
        )
        return self._content.compute(whole)

    # backward pass

    def gradient(
        self,
        whole: Array,
        terms: dict[str, float],
        *,
        derivatives: Mapping[str, Array],
        boundary_gradient: Array | None,
    ) -> Array:
        """Return the gradient with respect to the segment's input, and add to the loss's terms.

        Parameters
        ----------
        whole
            The input, (1, C, H, W).
        terms
            "tv", to which the first segment adds total variation.
        derivatives
            The derivative of style and content loss with respect to the statistics of all
            segments, by the name of the backward graph's input.
        boundary_gradient
            What the next segment's `gradient` returned; None for the last segment.
        """
        in_memory = self._segment.of_pixels
        total = np.zeros(whole.shape, np.float32) if in_memory else self._arrays.zeros(whole.shape)
        for tile, session in self._backward.over(self.tiling):
            inputs = {name: d for name, d in derivatives.items() if name in session.shapes}
            if boundary_gradient is not None:
                inputs["d.boundary"] = self._arrays.read_core(
                    boundary_gradient,
                    tile,
                    grid=self._grids[str(self._segment.boundary)],
                    shape=session.shapes["d.boundary"],
                )
            inputs |= self._tile_inputs(tile, session.shapes)
            found = session.run(image=self._arrays.read_tile(whole, tile), **inputs)
            self._arrays.add_tile(total, tile, values=found.pop("gradient"))
            for name, value in found.items():
                terms[name] += value.item()
        return total

    def _tile_inputs(self, tile: Tile, shapes: Shapes) -> dict[str, Array]:
        """Return the inputs of a tile's graph that are the same in every evaluation."""
        found = tile_weights(self._spatial_weights, tile, shapes=shapes)
        if self._content is not None:
            found |= self._content.inputs(tile, shapes)
        if "core" in shapes:
            core = np.zeros(shapes["core"], np.float32)
            core[tile.core(LayerGrid((1, 1), self._segment.margins.margin), core.shape)[0]] = 1
            found["core"] = core
        return found

    # graphs

    def statistics_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the statistics, by name."""
        outputs = self._forward_graph(TileShape(self.tiling.largest)).graph.outputs
        return {str(value.name): shape_of(value) for value in outputs if value.name != "boundary"}

    def _crop(self, shape: TileShape) -> MarginCrop:
        return MarginCrop(self._grids, shape.sides)

    def _forward_graph(self, shape: TileShape) -> ir.Model:
        return statistics_model(
            self._segment,
            shape.size,
            settings=self._settings,
            regions=[region.name for region in self._regions],
            content=True,
            crop=self._crop(shape),
        )

    def _backward_graph(self, shape: TileShape) -> ir.Model:
        return pullback_model(
            self._segment,
            shape.size,
            pixels=prod(self._size),  # used only where the segment's input is the picture
            settings=self._settings,
            regions=self._regions,
            comparisons=self._factory.device.comparisons,
            crop=self._crop(shape),
        )

    def close(self) -> None:
        """Free the memory of the sessions and the content's features."""
        for name in ("_forward", "_backward", "_content"):
            if held := vars(self).get(name):  # `open` may have failed
                held.close()
