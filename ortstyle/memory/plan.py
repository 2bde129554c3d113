"""The plan of a scale: whole or in tiles, what is stored where, how much memory it takes."""

from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from tempfile import gettempdir

from ortstyle.errors import GraphError
from ortstyle.graph.network import Network
from ortstyle.graph.segments import Size, segment_inputs, segments_of
from ortstyle.memory.amounts import format_memory
from ortstyle.memory.footprint import Footprint
from ortstyle.objective.tiles import TileSizes, Tiling
from ortstyle.objective.whole_arrays import FeatureStorage
from ortstyle.optim.disk_folder import temporary_folder
from ortstyle.optim.storage import VectorStorage
from ortstyle.settings.settings import Settings

_FAR_LESS = 0.5  # a share of the memory of the segment that takes most


@dataclass(frozen=True, kw_only=True)
class ScalePlan:
    """How a scale is painted. Checkpoints hold plans by the names of these attributes.

    Attributes
    ----------
    size
        (H, W) of the picture.
    tiles
        The tiles of each segment of the network; empty if the picture is painted whole.
    features
        Where the content's features and the boundaries between segments are stored, if the picture
        is painted in tiles.
    history, vectors
        How many curvature pairs L-BFGS keeps, and how its vectors are stored; see `run.descent`.
    memory
        Predicted bytes of the process at its peak; 0 if there is no prediction.
    cached
        Further bytes, of mapped files, that stay in memory until the system needs them; 0 where
        the process itself releases them.
    """

    size: Size
    tiles: tuple[TileSizes, ...] = ()
    features: FeatureStorage = "memory"
    history: int
    vectors: VectorStorage = "float32"
    memory: int = 0
    cached: int = 0

    def with_half_tiles(self, network: Network, settings: Settings) -> "ScalePlan":
        """Return the plan with tiles of half the area, for a device that is out of memory.

        The tiles of a segment that takes far less than another stay as they are: more shapes of
        tiles take more sessions.

        Raises
        ------
        GraphError
            Half a tile has no room for a core between its margins.
        """
        segments = segments_of(network, settings)
        if self.tiles:
            segments = segments_of(network, settings, most=len(self.tiles))
        sizes = segment_inputs(segments, self.size, settings)
        largest = [tiles.backward for tiles in self.tiles] or sizes
        footprints = Footprint(segments, settings).segments
        needed = [
            footprint.backward_bytes(tile)
            for footprint, tile in zip(footprints, largest, strict=True)
        ]
        halves, refusal = list(largest), GraphError("tiles can't be smaller")
        for k, segment in enumerate(segments):
            if needed[k] >= _FAR_LESS * max(needed):
                half = _halved(largest[k], segment.margins.align)
                try:
                    Tiling.of(sizes[k], half, margins=segment.margins)
                except GraphError as error:
                    refusal = error
                else:
                    halves[k] = half
        if halves == list(largest):
            raise refusal
        return replace(self, tiles=tuple(TileSizes(half, half) for half in halves))

    @property
    def tile(self) -> Size | None:
        """(H, W) of the picture's largest tile in the backward pass; None where it is whole."""
        return self.tiles[0].backward if self.tiles else None

    @property
    def saves_nothing(self) -> bool:
        """Whether the picture is painted whole, with all vectors in memory in float32."""
        return self.tile is None and self.vectors == "float32"

    @property
    def tile_text(self) -> str:
        """How the picture is cut, in words."""
        return "whole" if self.tile is None else f"in tiles of {self.tile[1]}×{self.tile[0]}"

    @property
    def memory_text(self) -> str:
        """How much memory the process takes, in words; empty if there is no prediction."""
        if not self.memory:
            return ""
        files = f", and {format_memory(self.cached)} of files while memory is free"
        return format_memory(self.memory) + (files if self.cached else "")

    @property
    def storage_text(self) -> str:
        """What is stored on disk or in float16, in words; empty if all is float32 in memory."""
        pairs = "" if self.vectors == "float32" else f"{self.history} pairs as {self.vectors}"
        if self.vectors == "disk":
            pairs = f"{self.history} pairs and vectors on disk"
        features = {"disk": "features on disk", "recomputed": "features computed again"}
        folder = ""
        if "disk" in (self.vectors, self.features) and temporary_folder() != Path(gettempdir()):
            folder = f"files in {temporary_folder()}"
        return ", ".join(filter(None, (pairs, features.get(self.features, ""), folder)))


def _halved(tile: Size, align: int) -> Size:
    height, width = tile
    if height >= width:
        return ceil(height / 2 / align) * align, width
    return height, ceil(width / 2 / align) * align
