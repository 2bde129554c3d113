"""A segment of the network, run tile by tile on a whole picture."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import isqrt, prod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ortstyle.graph.receptive_field import LayerGrid
from ortstyle.graph.segments import Size
from ortstyle.graph.values import shape_of
from ortstyle.objective.objective import Anchor, MaskedRegion
from ortstyle.objective.segment_content import SegmentContent
from ortstyle.objective.segment_graphs import Computes, SegmentGraphs, TileGraph
from ortstyle.objective.spatial_weights import Mask, SpatialWeights, tile_weights
from ortstyle.objective.tile_executor import Arrays, Shapes, TileExecutor, TileTask
from ortstyle.objective.tiles import Tile, TileSizes, Tiling
from ortstyle.objective.whole_arrays import Array, FeatureStorage, WholeArrays

Sums = dict[str, NDArray[np.float64]]


class SegmentRunner:
    """Runs a segment tile by tile; its inputs and outputs are those of the whole picture.

    Parameters
    ----------
    number
        The number of the segment.
    graphs
        Builds the graphs of the segment.
    tiles
        The largest tiles, in positions of the segment's input.
    regions
        The regions of the content that have styles; none where the segment has no style layer.
    executor
        Runs the graphs on tiles.
    storage
        Where the content's features and the boundaries between segments are stored.
    anchor
        What the picture is held to, which the first segment takes; None for nothing.

    Raises
    ------
    GraphError
        A tile has no room for a core between its margins, or an operator has no derivative.
    """

    def __init__(
        self,
        number: int,
        graphs: SegmentGraphs,
        *,
        tiles: TileSizes,
        regions: Sequence[MaskedRegion],
        executor: TileExecutor,
        storage: FeatureStorage,
        anchor: Anchor | None = None,
    ) -> None:
        self._number, self._graphs, self._regions = number, graphs, regions
        self._anchor = anchor
        self._executor, self._storage, self._largest = executor, storage, tiles.forward
        self._segment, size = graphs.segments[number], graphs.sizes[number]
        margins = self._segment.margins
        self._arrays, self._grids = WholeArrays(storage), margins.grids
        self.tiling = Tiling.of(size, tiles.backward, margins=margins)
        self.forward_tiling = Tiling.of(size, tiles.forward, margins=margins)
        self._shapes = self._segment.shapes(size, graphs.settings)
        self._content: SegmentContent | None = None
        graphs.build(TileGraph(number, "gradient", self.tiling.largest))  # raises its errors now

    def open(self) -> Self:
        """Prepare for `statistics` and `gradient`; sessions are made when tiles need them."""
        self._spatial_weights = {
            region.name: self._weights_of(region.mask, self._shapes) for region in self._regions
        }
        return self

    def _weights_of(self, mask: Mask | None, shapes: Shapes) -> SpatialWeights:
        sizes = {layer: (shapes[layer][2], shapes[layer][3]) for layer, _ in self._segment.style}
        return SpatialWeights(sizes, self._grids, mask=mask)

    def _run(
        self,
        computes: Computes,
        tiling: Tiling,
        *,
        inputs: Callable[[Tile, Shapes], Arrays],
        constants: Callable[[Tile, Shapes], Arrays] | None = None,
    ) -> Iterator[tuple[Tile, Arrays]]:
        """Yield every tile with the outputs of its graph."""

        def tasks() -> Iterator[TileTask]:
            for tile in tiling:
                graph = TileGraph.of(self._number, computes, tile)
                shapes = self._executor.shapes(graph)
                task = TileTask(graph, tile, partial(inputs, tile, shapes))
                if constants is not None:
                    task = replace(
                        task,
                        constants=partial(constants, tile, shapes),
                        constant_names=frozenset(filter(_is_constant, shapes)),
                    )
                yield task

        return self._executor.run(tasks())

    # forward pass

    def statistics(self, whole: Array, sums: Sums) -> Array | None:
        """Add a picture's statistics to `sums`; return the next segment's input, if any."""
        found = self._run(
            "statistics",
            self.forward_tiling,
            inputs=lambda tile, _: {"image": self._arrays.read_tile(whole, tile)},
            constants=self._tile_constants,
        )
        return self._add_up(found, sums, shapes=self._shapes)

    def style_statistics(self, whole: Array, sums: Sums, *, mask: Mask | None) -> Array | None:
        """Add a style's statistics to `sums`; return the next segment's input, if there is one.

        The names of the statistics are `<layer>/<statistic>`.
        """
        segment, size = self._segment, (whole.shape[2], whole.shape[3])
        if not segment.style + segment.passed:
            return None
        shapes = segment.shapes(size, self._graphs.settings)
        weights = {"": self._weights_of(mask, shapes)}

        def inputs(tile: Tile, of_inputs: Shapes) -> Arrays:
            found = tile_weights(weights, tile, shapes=of_inputs)
            return found | {"image": self._arrays.read_tile(whole, tile)}

        tiling = Tiling.of(size, self._style_tile(size), margins=segment.margins)
        try:
            found = self._run("style statistics", tiling, inputs=inputs)
            return self._add_up(found, sums, shapes=shapes)
        finally:
            self._executor.release(self._number, "style statistics")

    def _style_tile(self, size: Size) -> Size:
        """Return the largest tile of a style: of the area of the picture's tiles, if possible.

        It is a square, because a panorama's tiles are low, and has room for a core.
        """
        if prod(size) <= prod(self._largest):
            return size
        margins = self._segment.margins
        side = max(isqrt(prod(self._largest)), 2 * margins.margin + margins.align)
        return side, side

    def _add_up(
        self, tiles: Iterator[tuple[Tile, Arrays]], sums: Sums, *, shapes: Shapes
    ) -> Array | None:
        """Add the statistics of tiles to `sums`, and return the boundary of shape `shapes[…]`."""
        boundary = self._segment.boundary
        passed = None if boundary is None else self._arrays.zeros(shapes[boundary])
        for tile, found in tiles:
            if passed is not None:
                grid, values = self._grids[str(boundary)], found.pop("boundary")
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
            self._number,
            self._graphs,
            tiling=self.tiling,
            shapes=self._shapes,
            executor=self._executor,
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
            "tv" and "temporal", to which the first segment adds what they measure.
        derivatives
            The derivative of style and content loss with respect to the statistics of all
            segments, by the name of the backward graph's input.
        boundary_gradient
            What the next segment's `gradient` returned; None for the last segment.
        """
        in_memory = self._segment.of_pixels
        total = np.zeros(whole.shape, np.float32) if in_memory else self._arrays.zeros(whole.shape)

        def inputs(tile: Tile, shapes: Shapes) -> Arrays:
            found = {name: d for name, d in derivatives.items() if name in shapes}
            if boundary_gradient is not None:
                found["d.boundary"] = self._arrays.read_core(
                    boundary_gradient,
                    tile,
                    grid=self._grids[str(self._segment.boundary)],
                    shape=shapes["d.boundary"],
                )
            return found | {"image": self._arrays.read_tile(whole, tile)}

        for tile, found in self._run(
            "gradient", self.tiling, inputs=inputs, constants=self._tile_constants
        ):
            self._arrays.add_tile(total, tile, values=found.pop("gradient"))
            for name, value in found.items():
                terms[name] += value.item()
        return total

    def _tile_constants(self, tile: Tile, shapes: Shapes) -> Arrays:
        """Return the inputs of a tile's graph that are the same in every evaluation."""
        found = tile_weights(self._spatial_weights, tile, shapes=shapes)
        if self._content is not None:
            found |= self._content.inputs(tile, shapes)
        if "core" in shapes:
            core = np.zeros(shapes["core"], np.float32)
            core[tile.core(self._pixel_grid, core.shape)[0]] = 1
            found["core"] = core
        if "anchor" in shapes and self._anchor is not None:
            whole, name = self._anchor.inputs, "anchor.weights"
            found["anchor"] = self._arrays.read_tile(whole["anchor"], tile)
            found[name] = tile.core_of(whole[name], grid=self._pixel_grid, shape=shapes[name])
        return found

    @property
    def _pixel_grid(self) -> LayerGrid:
        """The positions of the segment's input, and the margin of a tile."""
        return LayerGrid((1, 1), self._segment.margins.margin)

    def statistics_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the statistics, by name."""
        graph = TileGraph(self._number, "statistics", self.tiling.largest)
        outputs = self._graphs.build(graph).graph.outputs
        return {str(value.name): shape_of(value) for value in outputs if value.name != "boundary"}

    def close(self) -> None:
        """Free the memory of the content's features."""
        if self._content is not None:
            self._content.close()


def _is_constant(name: str) -> bool:
    """Tell whether an input of a graph of statistics or gradients never changes, by its name."""
    return name != "image" and not name.startswith("d.")
