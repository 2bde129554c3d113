"""The objective of a picture in tiles: any size, the same loss and gradient."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from ortstyle.graph.loss_graph import Region
from ortstyle.graph.network import Network
from ortstyle.graph.segments import check_tileable, segment_inputs, segments_of
from ortstyle.graph.style_losses import style_loss
from ortstyle.graph.tile_graphs import statistics_loss_model
from ortstyle.objective.feature_cache import FeatureStorage
from ortstyle.objective.segment_runner import SegmentRunner, Sums
from ortstyle.objective.spatial_weights import Mask
from ortstyle.objective.tiles import TileSizes, Tiling
from ortstyle.objective.whole import Evaluation, Pixels, Style, area_of, region_name, shared
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.settings.record import Settings


class TiledObjective:
    """An `Objective` that sees one tile at a time.

    Loss and gradient are those of the whole picture but for rounding: every tile has a margin as
    wide as the layers see, and only what its core says counts.

    Parameters
    ----------
    network, content, styles, settings, device, regions
        As for `Objective`.
    tiles
        Those of each segment of the network, in places of what it begins with. It is cut into as
        many segments, or as many as it can be; into one, and it is not cut.
    storage
        Where the content's features are kept, and what one segment passes on to another.

    Raises
    ------
    SettingsError
        The settings need the whole picture at once; or as `Objective` does.
    GraphError
        A layer sees the whole picture, or a tile has no room for its margins.
    """

    resident = False

    def __init__(
        self,
        network: Network,
        content: Pixels,
        *,
        styles: Sequence[Pixels | Style],
        settings: Settings,
        device: Device,
        regions: Sequence[Mask | None] = (None,),
        tiles: Sequence[TileSizes],
        storage: FeatureStorage = "memory",
    ) -> None:
        check_tileable(settings)
        self._settings, self._device, self._content = settings, device, content
        self._styles = shared(styles, settings) if settings.style_weight else []
        self._regions = [
            Region(region_name(k, len(regions)), share=area_of(mask))
            for k, mask in enumerate(regions)
        ]
        self._sessions = SessionFactory(device, settings)
        height, width = content.shape[2:]
        segments = segments_of(network, settings, most=len(tiles))
        self._runners = [
            SegmentRunner(
                segment,
                size,
                largest,
                pixels=height * width,
                settings=settings,
                regions=self._regions if segment.style else [],
                masks=list(regions) if segment.style else [],
                device=device,
                sessions=self._sessions,
                storage=storage,
            )
            for segment, size, largest in zip(
                segments, segment_inputs(segments, (height, width), settings), tiles, strict=False
            )
        ]

    @property
    def tiling(self) -> Tiling:
        """How the picture is cut on the way back."""
        return self._runners[0].tiling

    def open(self) -> Self:
        """Compute the targets and make the sessions; to be done once.

        Raises
        ------
        DeviceError
            The device can't run a graph.
        OutputError
            There is no room on the disk for what is kept there.
        """
        for runner in self._runners:
            runner.open()
        if self._settings.style_weight:
            self._style_loss = self._judgement()
        if self._settings.content_weight:
            whole: Any = self._content
            for runner in self._runners:
                whole = runner.keep_content(whole)
        del self._styles, self._content
        return self

    # targets

    def _judgement(self) -> Session:
        """Make the session that judges statistics, with the styles' bound as targets."""
        found = {}
        for k, region in enumerate(self._regions):
            mean: dict[str, dict[str, Any]] = {}
            for style in self._styles:
                if style.region == k:
                    for output, value in self._of_style(style).items():
                        layer, _, name = output.rpartition("/")
                        of_layer = mean.setdefault(layer, {})
                        of_layer[name] = of_layer.get(name, 0) + style.share * value
            for layer, statistics in mean.items():
                single = {name: a.astype(np.float32) for name, a in statistics.items()}
                kind = style_loss(self._settings.style_loss)
                for name, target in kind.make_targets(single).items():
                    found[kind.input_name(region.name, layer, name)] = target
        shapes: dict[str, tuple[int, ...]] = {}
        for runner in self._runners:
            shapes |= runner.statistics_shapes()
        model = statistics_loss_model(
            shapes,
            settings=self._settings,
            regions=self._regions,
            comparisons=self._device.comparisons,
        )
        session = self._sessions.make(model)
        for name, target in found.items():
            session.bind(name, target)
        return session

    def _of_style(self, style: Style) -> Sums:
        """Give the statistics of a style picture, `<layer>/<statistic>`."""
        total: Sums = {}
        whole: Any = style.pixels
        for runner in self._runners:
            whole = runner.statistics_of_style(whole, style.mask, total)
        return total

    # evaluation

    def __call__(self, image: Any) -> Evaluation:
        """Evaluate a picture, (1, 3, H, W) float32, RGB 0–255."""
        terms = dict.fromkeys(("content", "style", "tv"), 0.0)
        derivatives = {}
        taken, sums = [image], Sums()
        for runner in self._runners:
            taken.append(runner.statistics(taken[-1], sums))
        if self._settings.style_weight:
            found = self._style_loss.run(**{name: a.astype(np.float32) for name, a in sums.items()})
            self._style_loss.release_run()
            terms["style"] = found.pop("style").item()
            derivatives = found
        gradient = taken.pop()  # the last passes nothing on
        for runner in reversed(self._runners):
            gradient = runner.gradient(taken.pop(), derivatives, gradient, terms)
        return Evaluation(sum(terms.values()), terms, gradient)

    def close(self) -> None:
        """Give the sessions' memory back."""
        self._sessions.close()
        for runner in self._runners:
            runner.close()
        if judge := vars(self).get("_style_loss"):
            judge.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()
