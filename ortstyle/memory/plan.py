"""The plan of a run: at each scale whole or in tiles, what is kept where, and how much it takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, prod
from shutil import disk_usage
from tempfile import gettempdir

from ortstyle.errors import GraphError, SettingsError
from ortstyle.graph.loss_graph import content_model
from ortstyle.graph.network import Network
from ortstyle.graph.segments import Size, check_tileable, segment_inputs, segments_of
from ortstyle.graph.values import shape_of
from ortstyle.memory.amounts import format_memory
from ortstyle.memory.budget import PROCESS, RUNTIME, objective_bytes
from ortstyle.memory.footprint import Footprint
from ortstyle.objective.feature_cache import FeatureStorage
from ortstyle.objective.tiles import TileSizes, Tiling
from ortstyle.optim.mapped_files import KEEPS_MAPPED_PAGES
from ortstyle.optim.storage import VectorStorage
from ortstyle.run.descent import file_bytes, vectors_bytes
from ortstyle.settings.record import Settings

BASE = PROCESS + RUNTIME  # bytes of a process before it paints
PIXEL = 12  # bytes of a picture's pixel, float32 RGB
_AMPLE = 8000  # bytes a pixel, several times what VGG-19 takes: it need not be known better
_AS_FAST = 1.05  # of the fastest plan's seconds; more pairs are worth as much
# Bytes a second from a plain solid-state disk, and how often a vector is read or written in a step.
_DISK, _PASSES = 1e9, 8
_LITTLE = 0.5  # of the memory of the segment that takes most
_FEWEST = 5  # curvature pairs
_FEATURES = 0.25  # of the room, at most, for the content's features in memory


@dataclass(frozen=True, kw_only=True)
class ScalePlan:
    """How a scale is painted.

    Attributes
    ----------
    size
        (H, W).
    tiles
        Those of each segment of the network; none where the picture is painted whole.
    features
        Where features are kept, in tiles: the content's, and what segments pass on.
    history, vectors
        Curvature pairs that L-BFGS keeps, and how vectors are kept; see `descent.Descent`.
    memory
        Bytes that the process is predicted to take at its peak.
    cached
        Bytes of files that it may take beside, until the system needs them; 0 where the process
        lets go of them itself.
    """

    size: Size
    tiles: tuple[TileSizes, ...] = ()
    features: FeatureStorage = "memory"
    history: int
    vectors: VectorStorage = "float32"
    memory: int = 0
    cached: int = 0

    def halved(self, network: Network, settings: Settings) -> "ScalePlan":
        """Give the plan with tiles of half the area, for a device that is out of memory.

        Those of a segment that takes far less than another stay as they are: more forms of tiles
        take more sessions.

        Raises
        ------
        GraphError
            They would have no room between their margins.
        """
        segments = segments_of(network, settings)
        if self.tiles:
            segments = segments_of(network, settings, most=len(self.tiles))
        sizes = segment_inputs(segments, self.size, settings)
        largest = [tiles.backward for tiles in self.tiles] or sizes
        parts = Footprint(segments, settings).parts
        taken = [part.run(tile) for part, tile in zip(parts, largest, strict=True)]
        halves, refused = list(largest), GraphError("tiles can't be smaller")
        for k, segment in enumerate(segments):
            if taken[k] >= _LITTLE * max(taken):
                half = _halved(largest[k], segment.margins.align)
                try:
                    Tiling.of(sizes[k], half, segment.margins)
                except GraphError as error:
                    refused = error
                else:
                    halves[k] = half
        if halves == list(largest):
            raise refused
        return replace(self, tiles=tuple(TileSizes(half, half) for half in halves))

    @property
    def tile(self) -> Size | None:
        """(H, W) of the picture's largest tile on the way back; None where it is painted whole."""
        return self.tiles[0].backward if self.tiles else None

    @property
    def is_plain(self) -> bool:
        """Whether the picture is painted whole and nothing is given up."""
        return self.tile is None and self.vectors == "float32"

    @property
    def parts(self) -> str:
        """How the picture is cut, in words."""
        return "whole" if self.tile is None else f"in tiles of {self.tile[1]}×{self.tile[0]}"

    @property
    def taken(self) -> str:
        """What the process takes, in words; empty where it need not be known."""
        if not self.memory:
            return ""
        beside = f", and {format_memory(self.cached)} of files while memory is free"
        return format_memory(self.memory) + (beside if self.cached else "")

    @property
    def given_up(self) -> str:
        """What is kept elsewhere than in memory, or is less than asked for, in words."""
        pairs = "" if self.vectors == "float32" else f"{self.history} pairs as {self.vectors}"
        if self.vectors == "disk":
            pairs = f"{self.history} pairs and vectors on disk"
        features = {"disk": "features on disk", "recomputed": "features computed again"}
        return ", ".join(filter(None, (pairs, features.get(self.features, ""))))


class Planner:
    """Plans scales for a budget of memory.

    Parameters
    ----------
    network
        The feature network.
    settings
        Of the run.
    budget
        Bytes that the process may take; None for no limit, so that all is painted whole.
    kept
        Bytes of the pictures that the run keeps all along.
    """

    def __init__(
        self, network: Network, settings: Settings, *, budget: int | None, kept: int = 0
    ) -> None:
        self._network, self._settings = network, settings
        self._budget, self._kept = budget, kept

    def scale(self, size: Size, styles: Sequence[Size], *, predict: bool = False) -> ScalePlan:
        """Plan a scale of a picture of (H, W) for styles of (H, W).

        `predict` fills in the memory also where there is so much that it need not be known.

        Raises
        ------
        SettingsError
            It takes more than the budget whatever is done; or it would have to be painted in
            tiles, and the settings need the whole picture.
        """
        settings = self._settings
        plain = ScalePlan(size=size, history=settings.history)
        if self._budget is None:
            return plain
        fixed = BASE + self._kept
        # While targets are computed there are the pictures of the scale, but no vectors yet.
        opening = fixed + PIXEL * (2 * prod(size) + sum(map(prod, styles)))
        options = [(option, fixed + self._vectors(option)) for option in _options(plain)]
        ample = _AMPLE * max(map(prod, [size, *styles]))
        if not predict and options[0][1] + ample <= self._budget:
            return plain
        whole = self._whole(size, styles) - RUNTIME
        for option, other in options[:2]:
            if other + whole <= self._budget:
                return replace(option, memory=other + whole)
        check_tileable(settings)
        tiled = [plan for option, other in options for plan in self._tiled(option, other, opening)]
        if not tiled:
            least = self._cut.least(size, min(other for _, other in options), opening)
            raise SettingsError(
                f"{size[1]}×{size[0]} takes {format_memory(least)}, more than the "
                f"{format_memory(self._budget)} there are; give a smaller --size, or more --memory"
            )
        return self._best(tiled)

    def _best(self, plans: Sequence[ScalePlan]) -> ScalePlan:
        """Give the first plan that is about as fast as the fastest."""
        seconds = {id(plan): self._seconds(plan) for plan in plans}
        most = _AS_FAST * min(seconds.values())
        return next(plan for plan in plans if seconds[id(plan)] <= most)

    def _seconds(self, plan: ScalePlan) -> float:
        """Estimate an evaluation and the optimiser's step; only to compare plans."""
        pixels = prod(plan.size)
        of = self._cut if len(plan.tiles) > 1 else self._uncut
        seconds = of.seconds(plan.size, plan.tiles)
        if plan.vectors == "disk":  # every pair is read twice, float16; and some vectors
            seconds += 3 * pixels * (8 * plan.history + 4 * _PASSES) / _DISK
        if plan.features == "disk":
            seconds += _PASSES * of.passed(plan.size) / _DISK
        return seconds

    def _vectors(self, option: ScalePlan) -> int:
        return vectors_bytes(
            self._settings, option.size, history=option.history, storage=option.vectors
        )

    def _tiled(self, option: ScalePlan, other: int, opening: int) -> Iterator[ScalePlan]:
        """Give the best plans in tiles that leave room for `other` bytes, if there are any."""
        assert self._budget is not None  # noqa: S101
        of, size = self._cut, option.size
        kept = self._features(size) + 2 * of.passed(size)
        storages: list[FeatureStorage] = []
        if kept <= _FEATURES * (self._budget - other):
            storages.append("memory")
        if kept <= disk_usage(gettempdir()).free // 2:
            storages.append("disk")
        for storage in storages or ["recomputed"]:
            of = self._cut if storages else self._uncut
            room = self._budget - other - (kept if storage == "memory" else 0)
            tiles = of.tiles(size, room, room - max(0, opening - other))
            if tiles:
                taken = self._budget - room + of.taken(size, tiles)
                plan = replace(option, tiles=tiles, features=storage, memory=taken)
                yield replace(plan, cached=self._cached(plan))

    def _cached(self, plan: ScalePlan) -> int:
        """Count the bytes of mapped files that the process can't let go of."""
        if not KEEPS_MAPPED_PAGES:
            return 0
        vectors = file_bytes(self._settings, plan.size, history=plan.history, storage=plan.vectors)
        passed = 2 * self._cut.passed(plan.size) if plan.features == "disk" else 0
        return vectors + passed

    # what graphs take

    def _whole(self, size: Size, styles: Sequence[Size]) -> int:
        return objective_bytes(self._network, size, styles=styles, settings=self._settings)

    @cached_property
    def _cut(self) -> Footprint:
        return Footprint(segments_of(self._network, self._settings), self._settings)

    @cached_property
    def _uncut(self) -> Footprint:
        return Footprint(segments_of(self._network, self._settings, most=1), self._settings)

    def _features(self, size: Size) -> int:
        """Count the bytes of the content's features."""
        if not self._settings.content_weight:
            return 0
        model = content_model(self._network, size, settings=self._settings)
        return sum(4 * prod(shape_of(value)) for value in model.graph.outputs)


def _options(plan: ScalePlan) -> list[ScalePlan]:
    """Give how L-BFGS's vectors may be kept, those first with which it goes down fastest."""
    fewest = min(_FEWEST, plan.history)
    half = max(fewest, plan.history // 2)
    return [
        plan,
        replace(plan, vectors="float16"),
        replace(plan, vectors="disk"),
        replace(plan, vectors="float16", history=half),
        replace(plan, vectors="float16", history=fewest),
        replace(plan, vectors="disk", history=fewest),
    ]


def _halved(tile: Size, align: int) -> Size:
    height, width = tile
    if height >= width:
        return ceil(height / 2 / align) * align, width
    return height, ceil(width / 2 / align) * align
