"""The search for the plan of a scale: the fastest way to paint it within a budget of memory."""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cache, cached_property
from math import prod
from shutil import disk_usage
from typing import Self

from ortstyle.errors import MemoryBudgetError
from ortstyle.graph.network import Network
from ortstyle.graph.segments import Segment, Size, check_tileable, segments_of
from ortstyle.memory.amounts import format_memory
from ortstyle.memory.footprint import Footprint
from ortstyle.memory.graph_memory import BASE_BYTES, RUNTIME_BYTES, objective_bytes
from ortstyle.memory.optimizer_memory import vector_file_bytes, vectors_bytes
from ortstyle.memory.plan import ScalePlan
from ortstyle.memory.whole_footprint import WholeFootprint
from ortstyle.objective.whole_arrays import FeatureStorage
from ortstyle.optim.disk_folder import disk_folder
from ortstyle.optim.mapped_files import KEEPS_MAPPED_PAGES
from ortstyle.settings.settings import Settings

PIXEL_BYTES = 12  # of a pixel in float32 RGB
_AMPLE = 8000  # bytes by the pixel, several times what VGG-19 takes
_AS_FAST = 1.05  # of the fastest plan's seconds: more curvature pairs are worth as much
# Bytes a second of a plain solid-state disk, and how often a step reads or writes a vector.
_DISK_SPEED, _PASSES = 1e9, 8
_FEWEST_PAIRS = 5
_FEATURES_SHARE = 0.25  # of the available bytes, at most, for the content's features in memory


class Planner:
    """Finds the plans of scales within a budget of memory.

    Parameters
    ----------
    network
        The feature network.
    settings
        The settings of the run.
    budget
        Bytes that the process may take; None for no limit, so that all is painted whole.
    pictures_bytes
        Bytes of the pictures that stay in memory throughout the run.
    anchor_bytes
        Bytes of the anchor that the run is held to, which stays in memory too; 0 without one.
    """

    def __init__(
        self,
        network: Network,
        settings: Settings,
        *,
        budget: int | None,
        pictures_bytes: int = 0,
        anchor_bytes: int = 0,
    ) -> None:
        self._footprints = _Footprints(network, settings, anchored=anchor_bytes > 0)
        self._settings, self._at = settings, cache(settings.at)
        self._budget, self._anchor_bytes = budget, anchor_bytes
        self._fixed = BASE_BYTES + pictures_bytes + anchor_bytes

    @property
    def is_limited(self) -> bool:
        """Whether there is a budget."""
        return self._budget is not None

    def with_pictures(self, pictures_bytes: int) -> Self:
        """Return a planner for other pictures; what was measured of graphs is not lost."""
        found = copy(self)
        found._fixed = BASE_BYTES + pictures_bytes + self._anchor_bytes  # noqa: SLF001  its own
        return found

    def plan(self, size: Size, styles: Sequence[Size], *, predict: bool = False) -> ScalePlan:
        """Return the plan of a scale.

        Parameters
        ----------
        size
            (H, W) of the picture.
        styles
            (H, W) of each style.
        predict
            Predict the memory even where the budget clearly suffices.

        Raises
        ------
        MemoryBudgetError
            The scale takes more than the budget even in the smallest tiles.
        SettingsError
            The scale needs tiles, and the settings need the whole picture.
        """
        wanted = ScalePlan(size=size, history=self._settings.history)
        if self._budget is None:
            return wanted
        # While targets are computed, the pictures of the scale are in memory, but no vectors yet.
        opening = self._fixed + PIXEL_BYTES * (2 * prod(size) + sum(map(prod, styles)))
        options = [
            (plan, self._fixed + self._vectors(plan))
            for plan in storage_options(wanted)
            if self._file_bytes(plan) <= free_disk()
        ]
        if not predict and options[0][1] + self._ample(size, styles) <= self._budget:
            return wanted
        whole = self._whole_bytes(size, styles)
        for option, occupied in options[:2]:
            if occupied + whole <= self._budget:
                return replace(option, memory=occupied + whole)
        check_tileable(self._settings)
        tiled = [
            plan
            for option, occupied in options
            for plan in self._tiled(option, occupied=occupied, opening=opening)
        ]
        if not tiled:
            occupied = min(occupied for _, occupied in options)
            least = self._footprints.segmented.least_bytes(size, occupied=occupied, opening=opening)
            raise MemoryBudgetError(
                f"{size[1]}×{size[0]} takes {format_memory(least)}, more than the "
                f"{format_memory(self._budget)} available; give a smaller --size, or more --memory",
                needed=least,
                available=self._budget,
            )
        return self._fastest(tiled)

    def unplanned_bytes(self, plan: ScalePlan, styles: Sequence[Size]) -> int | None:
        """Return the bytes of the budget that a plan surely leaves; None if there is no budget.

        `styles` are the (H, W) of each style of the plan's scale.
        """
        if self._budget is None:
            return None
        taken = plan.memory
        if not taken:  # the budget clearly suffices, so it was not predicted
            taken = self._fixed + self._vectors(plan) + self._ample(plan.size, styles)
        return max(0, self._budget - taken)

    def _fastest(self, plans: Sequence[ScalePlan]) -> ScalePlan:
        """Return the first plan that is about as fast as the fastest."""
        seconds = {id(plan): self._seconds(plan) for plan in plans}
        most = _AS_FAST * min(seconds.values())
        return next(plan for plan in plans if seconds[id(plan)] <= most)

    def _seconds(self, plan: ScalePlan) -> float:
        """Estimate the time of an evaluation and an optimiser's step, to compare plans by."""
        pixels = prod(plan.size)
        made = self._footprints
        footprint = made.segmented if len(plan.tiles) > 1 else made.unsegmented
        seconds = footprint.seconds(plan.size, plan.tiles)
        if plan.vectors == "disk":  # every pair is read twice, in float16, and some vectors
            seconds += 3 * pixels * (8 * plan.history + 4 * _PASSES) / _DISK_SPEED
        if plan.features == "disk":
            seconds += _PASSES * footprint.boundary_bytes(plan.size) / _DISK_SPEED
        return seconds

    def _tiled(self, option: ScalePlan, *, occupied: int, opening: int) -> Iterator[ScalePlan]:
        """Yield an option's best plans in tiles, one for each storage of features that fits.

        `occupied` and `opening` are as for `Footprint.least_bytes`.
        """
        assert self._budget is not None  # noqa: S101
        size, left = option.size, self._budget - occupied
        made, features = self._footprints, self._features_bytes(size)
        storages = _feature_storages(
            features, left, disk=(free_disk() - self._file_bytes(option)) // 2
        )
        footprint = made.unsegmented if storages == ["recomputed"] else made.segmented
        for storage in storages:
            room = left - (features if storage == "memory" else 0)
            tiles = footprint.best_tiles(
                size, backward=room, forward=room - max(0, opening - occupied)
            )
            if tiles:
                memory = self._budget - room + footprint.total_bytes(size, tiles)
                plan = replace(option, tiles=tiles, features=storage, memory=memory)
                yield replace(plan, cached=self._cached_bytes(plan))

    # bytes

    def _vectors(self, plan: ScalePlan) -> int:
        settings = self._at(max(plan.size))
        return vectors_bytes(settings, plan.size, history=plan.history, storage=plan.vectors)

    def _file_bytes(self, plan: ScalePlan) -> int:
        return vector_file_bytes(
            self._settings, plan.size, history=plan.history, storage=plan.vectors
        )

    def _cached_bytes(self, plan: ScalePlan) -> int:
        """Count the bytes of mapped files that the process itself can't release."""
        if not KEEPS_MAPPED_PAGES:
            return 0
        on_disk = plan.features == "disk"
        return self._file_bytes(plan) + (self._features_bytes(plan.size) if on_disk else 0)

    def _features_bytes(self, size: Size) -> int:
        """Count the bytes of the content's features and of the boundaries and their gradients."""
        made = self._footprints
        return made.whole.content_bytes(size) + 2 * made.segmented.boundary_bytes(size)

    def _ample(self, size: Size, styles: Sequence[Size]) -> int:
        """Return bytes that surely suffice for the whole picture's objective.

        A foreign network may compute far more by the pixel than VGG-19, so its graphs are built.
        """
        ample = _AMPLE * max(map(prod, [size, *styles]))
        if self._settings.model is None:
            return ample
        return max(ample, self._footprints.objective_bytes(size, tuple(styles)))

    def _whole_bytes(self, size: Size, styles: Sequence[Size]) -> int:
        """Predict the bytes of the whole picture's objective, without `RUNTIME_BYTES`."""
        return self._footprints.whole.objective_bytes(size, styles) - RUNTIME_BYTES


class _Footprints:
    """The footprints of a network, whole and in tiles, made when they are needed."""

    def __init__(self, network: Network, settings: Settings, *, anchored: bool) -> None:
        self._network, self._settings = network.without_weights(), settings
        self.anchored = anchored
        self.objective_bytes = cache(self._objective_bytes)

    def _objective_bytes(self, size: Size, styles: tuple[Size, ...]) -> int:
        return objective_bytes(
            self._network, size, styles=styles, settings=self._settings, anchored=self.anchored
        )

    @cached_property
    def whole(self) -> WholeFootprint:
        return WholeFootprint(self._network, self._settings, anchored=self.anchored)

    @cached_property
    def segmented(self) -> Footprint:
        return self._in_segments(segments_of(self._network, self._settings))

    @cached_property
    def unsegmented(self) -> Footprint:
        return self._in_segments(segments_of(self._network, self._settings, most=1))

    def _in_segments(self, segments: Sequence[Segment]) -> Footprint:
        return Footprint(segments, self._settings, anchored=self.anchored)


def _feature_storages(needed: int, room: int, *, disk: int) -> list[FeatureStorage]:
    """Return where features and boundaries may be stored; "recomputed" if they fit nowhere.

    `room` and `disk` are the bytes available in memory and on disk.
    """
    storages: list[FeatureStorage] = []
    if needed <= _FEATURES_SHARE * room:
        storages.append("memory")
    if needed <= disk:
        storages.append("disk")
    return storages or ["recomputed"]


def free_disk() -> int:
    """Return the bytes that temporary files may take; 0 where they would be in memory."""
    folder = disk_folder()
    return 0 if folder is None else disk_usage(folder).free


def storage_options(plan: ScalePlan) -> list[ScalePlan]:
    """Return plans that store L-BFGS's vectors in different ways, the fastest descent first."""
    fewest = min(_FEWEST_PAIRS, plan.history)
    half = max(fewest, plan.history // 2)
    return [
        plan,
        replace(plan, vectors="float16"),
        replace(plan, vectors="disk"),
        replace(plan, vectors="float16", history=half),
        replace(plan, vectors="float16", history=fewest),
        replace(plan, vectors="disk", history=fewest),
    ]
