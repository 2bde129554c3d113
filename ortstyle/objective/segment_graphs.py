"""The graphs of a picture in tiles: which there are, and how each of them is built."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Literal

import onnx_ir as ir

from ortstyle.graph.loss_graph import Region
from ortstyle.graph.network import Network
from ortstyle.graph.receptive_field import MarginCrop, Sides
from ortstyle.graph.rewrites.comparisons import Comparisons
from ortstyle.graph.segments import Segment, Size, segment_inputs, segments_of
from ortstyle.graph.tile_graphs import content_features_model, pullback_model, statistics_model
from ortstyle.objective.tiles import Tile
from ortstyle.settings.settings import Settings

#: What a graph computes of a tile: the statistics of a picture and the next segment's input, the
#: same of a style picture, the features of the content, or the gradient.
Computes = Literal["statistics", "style statistics", "content", "gradient"]


@dataclass(frozen=True)
class TileGraph:
    """Names a graph; all tiles with this graph can be computed by one session.

    Attributes
    ----------
    segment
        The number of the segment.
    computes
        What the graph computes.
    size
        (H, W) of the tile with its margins, in positions of the segment's input.
    sides
        Whether there is a margin above, below, on the left and on the right.
    """

    segment: int
    computes: Computes
    size: Size
    sides: Sides = (False,) * 4

    @classmethod
    def of(cls, segment: int, computes: Computes, tile: Tile) -> "TileGraph":
        """Return the name of the graph that computes this of a tile."""
        return cls(segment, computes, tile.shape, tile.sides)


class SegmentGraphs:
    """Builds the graphs of the tiles of one picture.

    Parameters
    ----------
    network
        The feature network.
    settings
        The settings of the objective.
    size
        (H, W) of the picture.
    most
        The network is cut into this number of segments, or into as many as possible.
    regions
        The regions of the picture that have styles.
    anchored
        Whether the picture is held to an anchor.
    comparisons
        How masks are computed: "compare", or "arithmetic" for a device without comparisons.

    Attributes
    ----------
    network, settings, size, most, regions, anchored
        The arguments.
    segments
        The segments of the network.

    Raises
    ------
    GraphError
        The receptive field of a layer is the whole picture.
    """

    def __init__(
        self,
        network: Network,
        settings: Settings,
        *,
        size: Size,
        most: int,
        regions: Sequence[Region],
        anchored: bool = False,
        comparisons: Comparisons = "compare",
    ) -> None:
        self.network, self.settings, self.size, self.most = network, settings, size, most
        self.regions, self.anchored, self._comparisons = regions, anchored, comparisons
        self.segments = segments_of(network, settings, most=most)

    def without_weights(self) -> "SegmentGraphs":
        """Return graphs whose weights take no memory, for their shapes alone."""
        return SegmentGraphs(
            self.network.without_weights(),
            self.settings,
            size=self.size,
            most=self.most,
            regions=self.regions,
            anchored=self.anchored,
        )

    @cached_property
    def sizes(self) -> list[Size]:
        """(H, W) of the input of each segment: the picture, or the boundary before the segment."""
        return segment_inputs(self.segments, self.size, self.settings)

    def build(self, graph: TileGraph) -> ir.Model:
        """Build a graph.

        Raises
        ------
        GraphError
            The picture is too small for the network, or an operator has no derivative.
        """
        segment, settings = self.segments[graph.segment], self.settings
        crop = MarginCrop(segment.margins.grids, graph.sides)
        if graph.computes == "content":
            return content_features_model(segment, graph.size, settings=settings, crop=crop)
        if graph.computes == "style statistics":
            return statistics_model(segment, graph.size, settings=settings, crop=crop)
        regions = self._regions_of(segment)
        if graph.computes == "statistics":
            return statistics_model(
                segment,
                graph.size,
                settings=settings,
                regions=[region.name for region in regions],
                content=True,
                crop=crop,
            )
        return pullback_model(
            segment,
            graph.size,
            pixels=prod(self.size),  # used only in the first segment
            settings=settings,
            regions=regions,
            anchored=self.anchored,
            comparisons=self._comparisons,
            crop=crop,
        )

    def _regions_of(self, segment: Segment) -> Sequence[Region]:
        """Return the regions of a segment: none where it has no style layer."""
        return self.regions if segment.style else ()
