"""Makes the objective of each scale of a run, whole or in tiles as its plan says."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from ortstyle.errors import DeviceError, GraphError, SettingsError
from ortstyle.graph.network import Network
from ortstyle.graph.segments import check_tileable
from ortstyle.memory.optimizer_memory import checkpoint_bytes
from ortstyle.memory.plan import ScalePlan
from ortstyle.memory.planner import Planner
from ortstyle.objective.objective import Anchor, Objective
from ortstyle.objective.tile_executor import TileWorkers
from ortstyle.objective.tiled import TiledObjective
from ortstyle.objective.whole import WholeObjective
from ortstyle.run.anchors import resized_anchor
from ortstyle.run.blank_content import content_share, without_blank_content
from ortstyle.run.descent import resident
from ortstyle.run.inputs import Inputs
from ortstyle.run.patterns import with_pattern_limit
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.devices import Device
from ortstyle.settings.settings import Settings
from ortstyle.settings.value_types import Schedule


class ObjectiveFactory:
    """Plans the scales of a run and makes their objectives.

    Parameters
    ----------
    inputs, network, settings, device
        The pictures, the feature network, the settings, and the device to run on.
    planner
        Plans scales for the network, the settings, and the memory that the process may take.
    workers
        Other processes, which compute the tiles of scales that are painted in tiles; None for this
        one.
    plans
        The plans of the run that is resumed, by the longest side of each scale.
    anchor
        What the picture is held to, at the finest scale; None for nothing.
    cache
        The cache of the process; None without one.
    """

    def __init__(
        self,
        inputs: Inputs,
        network: Network,
        settings: Settings,
        device: Device,
        *,
        planner: Planner,
        workers: TileWorkers | None = None,
        plans: Mapping[int, ScalePlan] | None = None,
        anchor: Anchor | None = None,
        cache: Cache | None = None,
    ) -> None:
        self._cache, self._anchor = cache, anchor
        self._inputs, self._network = inputs, network
        self._settings, self._device, self._workers = settings, device, workers
        self._planner = planner.with_pictures(inputs.bytes)
        self._plans = dict(plans or {})
        self._content_share = content_share(inputs.photograph)
        self._pattern = inputs.pattern_degree

    @property
    def anchored(self) -> bool:
        """Whether the pictures are held to an anchor."""
        return self._anchor is not None

    def plan(self, side: int) -> ScalePlan:
        """Return the plan of a scale, which stays the same until `halve` changes it."""
        finest = self._settings.side
        if side not in self._plans and side != finest and self.plan(finest).saves_nothing:
            self._plans[side] = replace(
                self.plan(finest), size=self._inputs.sizes(side)[0], memory=0
            )
        if side not in self._plans:
            self._plans[side] = self._planned(side)
        return self._plans[side]

    def _planned(self, side: int) -> ScalePlan:
        content, *styles = self._inputs.sizes(side)
        return self._planner.plan(content, styles)

    def make(self, side: int, schedule: Schedule) -> Objective:
        """Make the objective of a scale; `schedule` are the scales that the run paints.

        Raises
        ------
        OrtStyleError
            The objective can't be made, or the scale can't be planned; see `WholeObjective`,
            `TiledObjective` and `Planner.plan`.
        """
        if self._cache is not None:
            finest = self._settings.side
            _, *styles = self._inputs.sizes(finest)
            self._cache.make_room(self._planner.unplanned_bytes(self.plan(finest), styles))
        plan, painted = self.plan(side), self._inputs.at(side)
        anchor = self._anchor and resized_anchor(self._anchor, self._inputs.size(side))
        settings = without_blank_content(self._settings.at(side, schedule), self._content_share)
        settings = with_pattern_limit(settings, self._pattern)
        if plan.tile is None:
            return WholeObjective(
                self._network,
                painted.content,
                styles=painted.styles,
                regions=painted.regions,
                settings=settings,
                device=self._device,
                resident=resident(self._device, settings),
                anchor=anchor,
                cache=self._cache,
            )
        return TiledObjective(
            self._network,
            painted.content,
            styles=painted.styles,
            regions=painted.regions,
            settings=settings,
            device=self._device,
            anchor=anchor,
            tiles=plan.tiles,
            storage=plan.features,
            workers=self._workers,
        )

    def halve(self, side: int, error: Exception) -> str:
        """Plan tiles of half the area because memory ran out; return a notice for the user.

        A cache, which may have held the memory, is emptied first and not used again in this run.
        Then the plan stays the same, and there is no notice.

        Raises
        ------
        DeviceError
            Tiles can't be smaller, or the settings need the whole picture.
        """
        cache, self._cache = self._cache, None
        if cache is not None:
            cache.clear()
            return ""
        try:
            check_tileable(self._settings)
            half = self.plan(side).with_half_tiles(self._network, self._settings)
            self._plans[side] = replace(half, memory=0)
        except SettingsError as why:
            raise DeviceError(f"device {self._device.name} is out of memory; {why}") from error
        except GraphError:
            raise DeviceError(
                f"device {self._device.name} is out of memory, and tiles can't be smaller; give a "
                "smaller --size"
            ) from error
        return f"out of memory; continuing {self._plans[side].tile_text}"

    def summary(self, schedule: Schedule) -> str:
        """Return a line that says how a run is painted."""
        plan = self.plan(schedule[-1][0])
        count = f"{len(schedule)} scale{'s' if len(schedule) > 1 else ''}"
        taken = f"at most {plan.memory_text}" if plan.memory_text else ""
        what = f"{count} to {plan.size[1]}×{plan.size[0]}, painted {plan.tile_text}"
        return "; ".join(filter(None, (what, plan.storage_text, taken)))

    def checkpoint_bytes(self, schedule: Schedule) -> int:
        """Return the most bytes that a checkpoint of a run takes on disk."""
        on_device = resident(self._device, self._settings)  # where all pairs are saved

        def needed(side: int, evaluations: int) -> int:
            plan = self.plan(side)
            pairs = plan.history if on_device else min(plan.history, evaluations)
            settings = self._settings.at(side, schedule)
            return checkpoint_bytes(settings, plan.size, history=pairs, storage=plan.vectors)

        return max(needed(*scale) for scale in schedule)

    def to_dict(self) -> dict[str, Any]:
        """Return the plans in a form that JSON can hold."""
        return {str(side): asdict(plan) for side, plan in self._plans.items()}
