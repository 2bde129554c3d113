"""The plan of a scale whose tiles are computed by several workers at once."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile
from math import ceil, inf, prod
from operator import attrgetter
from typing import NamedTuple

from ortstyle.errors import GraphError, MemoryBudgetError
from ortstyle.graph.network import Network
from ortstyle.graph.segments import Size, check_tileable, segments_of
from ortstyle.memory.amounts import format_memory
from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.memory.plan import ScalePlan
from ortstyle.memory.planner import PIXEL_BYTES, Planner, free_disk, storage_options
from ortstyle.objective.tile_executor import TileWorkers
from ortstyle.objective.tiles import TileSizes, spans
from ortstyle.settings.settings import Settings

_ROUNDS = 40  # tiles, at most, that a worker computes one after the other
# Tilings whose busiest worker computes up to this multiple of the fewest pixels count as equally
# fast; the one with the fewest pixels in all is taken of them.
_AS_FAST = 1.02
_HELD = 4  # tiles of pixels and gradients that are under way to and from a worker


def planner_for(
    network: Network,
    settings: Settings,
    *,
    budget: int | None,
    workers: TileWorkers | None,
    anchor_bytes: int = 0,
) -> Planner:
    """Return the planner of a run, for this process alone or with others that compute tiles.

    `anchor_bytes` are those of the anchor that the run is held to, 0 without one.

    Raises
    ------
    SettingsError
        The settings need the whole picture at once, and there are workers to share it out to.
    """
    if workers is None:
        return Planner(network, settings, budget=budget, anchor_bytes=anchor_bytes)
    check_tileable(settings)
    return ClusterPlanner(
        network, settings, budget=budget, workers=workers, anchor_bytes=anchor_bytes
    )


class _Cut(NamedTuple):
    """A way to cut a picture: its largest tile, the number of tiles, and pixels with margins.

    `busiest` are the pixels that the worker with the most tiles computes, `all` those of all tiles.
    """

    tile: Size
    number: int
    busiest: int
    all: int


class _Axis(NamedTuple):
    """An axis that is cut: the number of tiles, the longest one, and the sum of their lengths."""

    number: int
    longest: int
    total: int


class ClusterPlanner(Planner):
    """Finds plans in tiles that keep all workers equally busy.

    The network is one segment: tiles have margins as wide as the deepest layer demands, and nothing
    else than pixels, statistics and gradients is sent.

    Parameters
    ----------
    network, settings, budget, anchor_bytes
        As for `Planner`; the budget is that of this process, which holds the picture and the
        optimiser's vectors.
    workers
        The workers.
    """

    def __init__(
        self,
        network: Network,
        settings: Settings,
        *,
        budget: int | None,
        workers: TileWorkers,
        anchor_bytes: int = 0,
    ) -> None:
        super().__init__(network, settings, budget=budget, anchor_bytes=anchor_bytes)
        self._parts, self._room = workers.parts, workers.memory
        self._margins = segments_of(network, settings, most=1)[0].margins

    def plan(self, size: Size, styles: Sequence[Size], *, predict: bool = False) -> ScalePlan:  # noqa: ARG002
        """Return the plan of a scale; see `Planner.plan`."""
        tile = self._best_tile(size)
        wanted = ScalePlan(
            size=size, history=self._settings.history, tiles=(TileSizes(tile, tile),)
        )
        if self._budget is None:
            return wanted
        least = 0
        for option in storage_options(wanted):
            if self._file_bytes(option) <= free_disk():
                plan = self._with_features(option, styles)
                if plan.memory <= self._budget:
                    return plan
                least = min(least or plan.memory, plan.memory)
        raise MemoryBudgetError(
            f"{size[1]}×{size[0]} takes {format_memory(least)} in this process, more than the "
            f"{format_memory(self._budget)} available; give a smaller --size, or more --memory",
            needed=least,
            available=self._budget,
        )

    def _with_features(self, option: ScalePlan, styles: Sequence[Size]) -> ScalePlan:
        """Return a plan that stores the content's features where there is room, with its memory."""
        tile, features = option.tiles[0].backward, self._features_bytes(option.size)
        under_way = self._parts * _HELD * PIXEL_BYTES * prod(tile)
        pictures = PIXEL_BYTES * (prod(option.size) + sum(map(prod, styles)))
        memory = self._fixed + self._vectors(option) + pictures + under_way
        plan = replace(option, features="recomputed", memory=memory)
        if memory + features <= (self._budget or 0):
            plan = replace(option, features="memory", memory=memory + features)
        elif self._file_bytes(option) + features <= free_disk():
            plan = replace(plan, features="disk")
        return replace(plan, cached=self._cached_bytes(plan))

    # the choice of a tile

    def _best_tile(self, size: Size) -> Size:
        """Return the largest tile of the best way to cut a picture.

        Raises
        ------
        MemoryBudgetError
            No worker has the memory for the smallest tiles.
        """
        cuts = sorted(self._cuts(size), key=attrgetter("busiest"))
        fitting = (cut for cut in cuts if self._bytes(cut, size) <= (self._room or inf))
        if (fastest := next(fitting, None)) is None:
            least, room = min(self._bytes(cut, size) for cut in cuts), int(self._room or 0)
            raise MemoryBudgetError(
                f"{size[1]}×{size[0]} takes {format_memory(least)} on a worker, more than the "
                f"{format_memory(room)} that one has; give a smaller --size, or start workers with "
                "more memory",
                needed=least,
                available=room,
            )
        as_fast = takewhile(lambda cut: cut.busiest <= _AS_FAST * fastest.busiest, fitting)
        return min([fastest, *as_fast], key=attrgetter("all")).tile

    def _cuts(self, size: Size) -> Iterator[_Cut]:
        """Yield ways to cut a picture into tiles of about one size, or to leave it whole."""
        for rows in self._axis(size[0]):
            for columns in self._axis(size[1]):
                count = rows.number * columns.number
                if count <= _ROUNDS * self._parts:
                    largest = rows.longest * columns.longest
                    yield _Cut(
                        (rows.longest, columns.longest),
                        count,
                        busiest=ceil(count / self._parts) * largest,
                        all=rows.total * columns.total,
                    )

    def _axis(self, length: int) -> list[_Axis]:
        """Return the ways to cut an axis evenly."""
        margins = self._margins
        found = [_Axis(1, length, length)]
        for count in range(2, _ROUNDS * self._parts + 1):
            longest = ceil((length + 2 * margins.margin * (count - 1)) / count)
            longest = ceil(longest / margins.align) * margins.align
            with suppress(GraphError):  # no room for a core
                lengths = [s.stop - s.start for s in spans(length, longest, margins=margins)]
                found.append(_Axis(len(lengths), max(lengths), sum(lengths)))
        return found

    def _bytes(self, cut: _Cut, size: Size) -> int:
        """Predict the bytes that the worker with the most tiles takes."""
        tiles = ceil(cut.number / self._parts)
        share = prod(cut.tile) / prod(size)
        by_pixel = 4 + (PIXEL_BYTES + 4 if self._anchor_bytes else 0)  # the core, and the anchor
        stored = tiles * (share * self._features_bytes(size) + by_pixel * prod(cut.tile))
        run = self._footprints.unsegmented.total_bytes(size, (TileSizes(cut.tile, cut.tile),))
        under_way = _HELD * PIXEL_BYTES * prod(cut.tile)
        return round(BASE_BYTES + run + stored + under_way)
