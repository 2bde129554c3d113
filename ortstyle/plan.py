"""The plan of a run: at each scale whole or in tiles, what is kept where, and how much it takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import ceil, prod
from shutil import disk_usage
from tempfile import gettempdir

import onnx_ir as ir

from ortstyle.budget import (
    PROCESS,
    RUNTIME,
    arena_bytes,
    constant_bytes,
    format_memory,
    held_and_alive,
    objective_bytes,
)
from ortstyle.descent import vectors_bytes
from ortstyle.errors import SettingsError
from ortstyle.features import Storage
from ortstyle.graph.network import Network
from ortstyle.graph.ops import shape_of
from ortstyle.graph.receptive import Reach, Trim
from ortstyle.optim.storage import Storage as PairStorage
from ortstyle.settings import Settings
from ortstyle.terms import EVERYWHERE, content_model
from ortstyle.tile_terms import pullback_model, statistics_model
from ortstyle.tiled import check_tileable, reach_of
from ortstyle.tiles import Tiling

Size = tuple[int, int]

BASE = PROCESS + RUNTIME  # bytes of a process before it paints
PIXEL = 12  # bytes of a picture's pixel, float32 RGB
_AMPLE = 8000  # bytes a pixel, several times what VGG-19 takes: it need not be known better
_MOST = 40  # tiles along an axis
_AS_FAST = 1.05  # of the fastest plan's seconds; more pairs are worth as much
# Seconds by the pixel for the statistics' pass and for the way back, on two cores; bytes a second
# from a plain solid-state disk, and how often a vector is read or written in a step.
_FORWARD, _BACKWARD = 2.5e-6, 5.3e-6
_DISK, _PASSES = 1e9, 8
_FEWEST = 5  # curvature pairs
_PROBED = 384, 640  # sides of squares
_FEATURES = 0.25  # of the room, at most, for the content's features in memory


@dataclass(frozen=True, kw_only=True)
class ScalePlan:
    """How a scale is painted.

    Attributes
    ----------
    size
        (H, W).
    tile, forward_tile
        (H, W) of the largest tile, and of the largest where only statistics are computed; None
        where the picture is painted whole.
    features
        Where the content's features are kept, in tiles.
    history, vectors
        Curvature pairs that L-BFGS keeps, and how vectors are kept; see `descent.Descent`.
    memory
        Bytes that the process is predicted to take at its peak.
    """

    size: Size
    tile: Size | None = None
    forward_tile: Size | None = None
    features: Storage = "memory"
    history: int
    vectors: PairStorage = "float32"
    memory: int = 0

    def halved(self, reach: Reach) -> "ScalePlan":
        """Give the plan with tiles of half the area, for a device that is out of memory.

        Raises
        ------
        GraphError
            They would have no room between their margins.
        """
        height, width = self.tile or self.size
        if height >= width:
            tile = ceil(height / 2 / reach.align) * reach.align, width
        else:
            tile = height, ceil(width / 2 / reach.align) * reach.align
        Tiling.of(self.size, tile, reach)
        return replace(self, tile=tile, forward_tile=tile)

    @property
    def is_plain(self) -> bool:
        """Whether the picture is painted whole and nothing is given up."""
        return self.tile is None and self.vectors == "float32"

    @property
    def parts(self) -> str:
        """How the picture is cut, in words."""
        return "whole" if self.tile is None else f"in tiles of {self.tile[1]}×{self.tile[0]}"

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
            least = self._least(size, min(other for _, other in options), opening)
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
        assert plan.tile is not None  # noqa: S101
        assert plan.forward_tile is not None  # noqa: S101
        pixels = prod(plan.size)
        forward, backward = (
            Tiling.of(plan.size, tile, self._reach).overhead
            for tile in (plan.forward_tile, plan.tile)
        )
        seconds = pixels * (_FORWARD * forward + _BACKWARD * backward)
        if plan.vectors == "disk":  # every pair is read twice, float16; and some vectors
            seconds += 3 * pixels * (8 * plan.history + 4 * _PASSES) / _DISK
        return seconds

    def _vectors(self, option: ScalePlan) -> int:
        return vectors_bytes(
            self._settings, option.size, history=option.history, storage=option.vectors
        )

    def _tiled(self, option: ScalePlan, other: int, opening: int) -> Iterator[ScalePlan]:
        """Give the best plan in tiles that leaves room for `other` bytes, if there is one."""
        assert self._budget is not None  # noqa: S101
        room = self._budget - other
        features = self._features(option.size)
        storage: Storage = "memory" if features <= _FEATURES * room else "disk"
        if storage == "disk" and features > disk_usage(gettempdir()).free // 2:
            storage = "recomputed"
        room -= features if storage == "memory" else 0
        tile = self._largest(option.size, room, self._backward)
        forward = self._largest(option.size, room - max(0, opening - other), self._forward)
        if tile and forward:
            taken = self._budget - room + self._backward(tile) + self._sessions(option.size, tile)
            yield replace(option, tile=tile, forward_tile=forward, features=storage, memory=taken)

    def _largest(self, size: Size, room: int, peak: "_Peak") -> Size | None:
        """Give the tile of the grid with the fewest pixels in all that fits a room."""
        fitting = [
            tile for tile in self._grids(size) if peak(tile) + self._sessions(size, tile) <= room
        ]
        return min(
            fitting, key=lambda tile: Tiling.of(size, tile, self._reach).overhead, default=None
        )

    def _least(self, size: Size, other: int, opening: int) -> int:
        """Count the bytes of the tiles that take least, beside `other` or what there is first."""
        smallest = (2 * self._reach.margin + self._reach.align,) * 2
        return min(
            max(other + self._backward(tile), max(other, opening) + self._forward(tile))
            + self._sessions(size, tile)
            for tile in self._grids(size) or [smallest]
        )

    def _grids(self, size: Size) -> list[Size]:
        """Give the tiles that cut a picture evenly, but for the whole of it."""
        rows, columns = (sorted(self._sides(whole)) for whole in size)
        return [(height, width) for height in rows for width in columns if (height, width) != size]

    def _sides(self, whole: int) -> set[int]:
        """Give the lengths of tiles that cut an axis evenly, and the whole of it."""
        align, margin = self._reach.align, self._reach.margin
        evenly = (
            ceil((whole + 2 * margin * (count - 1)) / count / align) * align
            for count in range(1, _MOST + 1)
        )
        return {whole, *(side for side in evenly if 2 * margin + align <= side < whole)}

    # what graphs take

    @cached_property
    def _reach(self) -> Reach:
        return reach_of(self._network, self._settings)

    def _whole(self, size: Size, styles: Sequence[Size]) -> int:
        return objective_bytes(self._network, size, styles=styles, settings=self._settings)

    @cached_property
    def _backward(self) -> "_Peak":
        build = partial(
            pullback_model, self._network, pixels=1, settings=self._settings, regions=EVERYWHERE
        )
        return _Peak.of(partial(self._tile, build))

    @cached_property
    def _forward(self) -> "_Peak":
        if not self._settings.style_weight:
            return self._backward
        build = partial(statistics_model, self._network, settings=self._settings)
        return _Peak.of(partial(self._tile, build))

    def _tile(self, build: Callable[..., ir.Model], size: Size) -> tuple[int, int]:
        """Count what a tile in the middle holds and has alive.

        What it is cut to is there beside what it is cut from, so others take no more.
        """
        return held_and_alive(build(size=size, trim=Trim(self._reach.grids, (True,) * 4)))

    def _sessions(self, size: Size, tile: Size) -> int:
        """Predict the bytes of the sessions, one for every form of a tile and both ways.

        Along an axis a tile is the first, the last or between; each session has its constants
        twice, as they are and as it likes them.
        """
        tiling = Tiling.of(size, tile, self._reach)
        forms = prod(min(len(axis), 3) for axis in (tiling.rows, tiling.columns))
        return 2 * forms * 2 * self._constants

    @cached_property
    def _constants(self) -> int:
        side = _PROBED[0]
        model = pullback_model(
            self._network, (side, side), pixels=1, settings=self._settings, regions=EVERYWHERE
        )
        return constant_bytes(model)

    def _features(self, size: Size) -> int:
        """Count the bytes of the content's features."""
        if not self._settings.content_weight:
            return 0
        model = content_model(self._network, size, settings=self._settings)
        return sum(4 * prod(shape_of(value)) for value in model.graph.outputs)


@dataclass(frozen=True)
class _Peak:
    """The bytes of a graph while it runs, for what it holds and has alive grows with its pixels."""

    held: tuple[float, float]
    alive: tuple[float, float]

    @classmethod
    def of(cls, counted: Callable[[Size], tuple[int, int]]) -> "_Peak":
        """Find it from two sizes."""
        (few, small), (many, large) = ((side * side, counted((side, side))) for side in _PROBED)
        lines = []
        for less, more in zip(small, large, strict=True):
            pixel = (more - less) / (many - few)
            lines.append((less - pixel * few, pixel))
        return cls(*lines)

    def __call__(self, size: Size) -> int:
        held, alive = (round(base + pixel * prod(size)) for base, pixel in (self.held, self.alive))
        return held + arena_bytes(alive)


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
