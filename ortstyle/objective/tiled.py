"""The objective of a picture in tiles: any size, the same loss and gradient."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from ortstyle.graph.network import Network
from ortstyle.graph.segments import check_tileable
from ortstyle.graph.tile_graphs import statistics_loss_model
from ortstyle.objective.objective import Anchor, Evaluation, Pixels, Style, masked_regions
from ortstyle.objective.segment_graphs import SegmentGraphs
from ortstyle.objective.segment_runner import SegmentRunner, Sums
from ortstyle.objective.spatial_weights import Mask
from ortstyle.objective.style_targets import (
    contents_as_styles,
    style_targets,
    styles_with_shares,
)
from ortstyle.objective.tile_executor import LocalExecutor, TileExecutor, TileWorkers
from ortstyle.objective.tiles import TileSizes, Tiling
from ortstyle.objective.whole_arrays import FeatureStorage
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.settings.settings import Settings


class TiledObjective:
    """An `Objective` that runs the network on one tile of the picture at a time.

    Loss and gradient are those of the whole picture but for rounding: the margin of a tile is as
    wide as the receptive fields of the layers demand, and only the core of a tile counts.

    Parameters
    ----------
    network, content, styles, settings, device, regions, anchor
        The feature network, the pictures, the settings, the device, the masks of the regions, and
        what the picture is held to, as for `WholeObjective`.
    tiles
        The largest tiles of each segment of the network, in spatial positions of the segment's
        input. The network is cut into this number of segments, or into as many as possible.
    storage
        Where the content's features and the boundaries between segments are stored.
    workers
        Other processes, which compute the tiles; None for this one.

    Raises
    ------
    SettingsError
        The settings need the whole picture at once, or `WholeObjective` would raise it.
    GraphError
        The receptive field of a layer is the whole picture, or a tile has no room for a core
        between its margins.
    """

    resident = False
    notice = ""

    def __init__(
        self,
        network: Network,
        content: Pixels,
        *,
        styles: Sequence[Pixels | Style],
        settings: Settings,
        device: Device,
        regions: Sequence[Mask | None] = (None,),
        anchor: Anchor | None = None,
        tiles: Sequence[TileSizes],
        storage: FeatureStorage = "memory",
        workers: TileWorkers | None = None,
    ) -> None:
        check_tileable(settings)
        self._settings, self._content = settings, content
        self._styles = styles_with_shares(styles, settings) if settings.style_weight else []
        self._regions = masked_regions(regions)
        self._contents = contents_as_styles(content, self._regions, settings)
        self._sessions = SessionFactory(device, settings)
        self._terms = ("content", "style", "tv", *(("temporal",) if anchor else ()))
        graphs = SegmentGraphs(
            network,
            settings,
            size=(content.shape[2], content.shape[3]),
            most=len(tiles),
            regions=self._regions,
            anchored=anchor is not None,
            comparisons=device.comparisons,
        )
        self._executor: TileExecutor = (
            LocalExecutor(graphs, self._sessions) if workers is None else workers.executor(graphs)
        )
        self._runners = [
            SegmentRunner(
                number,
                graphs,
                tiles=largest,
                regions=self._regions if segment.style else [],
                executor=self._executor,
                storage=storage,
                anchor=anchor,
            )
            for number, (segment, largest) in enumerate(zip(graphs.segments, tiles, strict=False))
        ]

    @property
    def tiling(self) -> Tiling:
        """The tiles of the picture in the backward pass."""
        return self._runners[0].tiling

    def open(self) -> Self:
        """Compute the targets and make the sessions; see `Objective.open`."""
        for runner in self._runners:
            runner.open()
        self._loss = self._open_loss()
        if self._settings.content_weight:
            whole: Any = self._content
            for runner in self._runners:
                whole = runner.compute_content(whole)
        del self._styles, self._contents, self._content
        return self

    def _open_loss(self) -> Session:
        """Make the session that computes losses from statistics; bind the style targets to it."""
        targets = style_targets(
            self._regions,
            self._styles,
            contents=self._contents,
            statistics_of=self._statistics,
            settings=self._settings,
        )
        shapes: dict[str, tuple[int, ...]] = {}
        for runner in self._runners:
            shapes |= runner.statistics_shapes()
        model = statistics_loss_model(
            shapes,
            settings=self._settings,
            regions=self._regions,
            comparisons=self._sessions.device.comparisons,
        )
        session = self._sessions.make(model)
        for name, target in targets.items():
            session.bind(name, target)
        return session

    def _statistics(self, style: Style) -> Sums:
        """Return the statistics of a style or content, by the name `<layer>/<statistic>`."""
        sums = Sums()
        whole: Any = style.pixels
        for runner in self._runners:
            whole = runner.style_statistics(whole, sums, mask=style.mask)
        return sums

    def __call__(self, image: Any) -> Evaluation:
        """Evaluate a picture, (1, 3, H, W) float32, RGB 0–255."""
        terms = dict.fromkeys(self._terms, 0.0)
        inputs, sums = [image], Sums()
        for runner in self._runners:
            inputs.append(runner.statistics(inputs[-1], sums))
        derivatives = self._derivatives(sums, terms)
        gradient = inputs.pop()  # None: the last segment has no boundary
        for runner in reversed(self._runners):
            gradient = runner.gradient(
                inputs.pop(), terms, derivatives=derivatives, boundary_gradient=gradient
            )
        return Evaluation(sum(terms.values()), terms, gradient)

    def _derivatives(self, sums: Sums, terms: dict[str, float]) -> dict[str, Any]:
        """Return the derivative for each statistic, and fill in the terms "content" and "style"."""
        statistics = {name: value.astype(np.float32) for name, value in sums.items()}
        found = self._loss.run(**statistics)
        self._loss.release_run()
        terms |= {name: found.pop(name).item() for name in terms.keys() & found.keys()}
        return found

    def device_vectors(self, rows: int) -> None:  # noqa: ARG002
        """Return None: pictures and gradients are in the process's memory."""
        return

    def close(self) -> None:
        """Free the memory of the sessions."""
        self._sessions.close()
        self._executor.close()
        for runner in self._runners:
            runner.close()
        if loss := vars(self).get("_loss"):  # `open` may have failed
            loss.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()
