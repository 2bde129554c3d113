"""The objective of a picture in tiles: any size, the same loss and gradient."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt, prod
from typing import Any, Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import SettingsError
from ortstyle.features import ContentFeatures, Features, Storage
from ortstyle.graph.losses import content_scale, target_of
from ortstyle.graph.network import Network
from ortstyle.graph.ops import shape_of
from ortstyle.graph.receptive import Grid, Reach, Sides, Trim, reach
from ortstyle.objective import Evaluation, Pixels, Style, area_of, region_name, shared
from ortstyle.places import Mask, Places
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session
from ortstyle.sessions import Sessions
from ortstyle.settings import Layers, Settings
from ortstyle.terms import Region, content_model, features_of, target_name
from ortstyle.tile_terms import (
    judgement_model,
    places_name,
    pullback_model,
    statistics_model,
)
from ortstyle.tiles import Tile, Tiling

Sums = dict[str, NDArray[np.float64]]


class TiledObjective:
    """An `Objective` that sees one tile at a time.

    Loss and gradient are those of the whole picture but for rounding: every tile has a margin as
    wide as the layers see, and only what its core says counts.

    Parameters
    ----------
    network, content, styles, settings, device, regions
        As for `Objective`.
    tile
        (H, W) of the largest tile, margins and all.
    forward_tile
        The same where only statistics are computed, which takes less memory; `tile` by default.
    storage
        Where the content's features are kept.

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
        tile: tuple[int, int],
        forward_tile: tuple[int, int] | None = None,
        storage: Storage = "memory",
    ) -> None:
        check_tileable(settings)
        self._network, self._settings, self._device = network, settings, device
        self._content, self._storage = content, storage
        self._styles = shared(styles, settings) if settings.style_weight else []
        self._reach = reach_of(network, settings)
        size = (content.shape[2], content.shape[3])
        self.tiling = Tiling.of(size, tile, self._reach)
        self._largest = forward_tile or tile  # where only statistics are computed
        self.forward_tiling = Tiling.of(size, self._largest, self._reach)
        self._masks = list(regions)
        self._regions = [
            Region(region_name(k, len(regions)), share=area_of(mask))
            for k, mask in enumerate(regions)
        ]
        self._sessions = Sessions(device, settings)
        self._pullback(_Form(self.tiling.largest))  # finds out what is wrong

    def open(self) -> Self:
        """Compute the targets and make the sessions; to be done once.

        Raises
        ------
        DeviceError
            The device can't run a graph.
        """
        settings, size = self._settings, self.tiling.size
        self._forward = _ByForm(self._statistics, self._sessions)
        self._backward = _ByForm(self._pullback, self._sessions)
        layers = self._layers(settings.style_layers) if settings.style_weight else ()
        sizes = self._sizes(size, layers)
        self._places = {
            region.name: Places(sizes, self._reach.grids, mask)
            for region, mask in zip(self._regions, self._masks, strict=True)
        }
        if settings.style_weight:
            self._judge = self._judgement()
        if settings.content_weight:
            self._keep_content()
        del self._styles
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
                for name, target in target_of(single, self._settings.style_loss).items():
                    found[target_name(region.name, layer, name)] = target
        shapes = {
            str(value.name): shape_of(value)
            for value in self._statistics(_Form(self.tiling.largest)).graph.outputs
        }
        model = judgement_model(
            shapes, settings=self._settings, regions=self._regions, masks=self._device.masks
        )
        session = self._sessions.make(model)
        for name, target in found.items():
            session.bind(name, target)
        return session

    def _of_style(self, style: Style) -> Sums:
        """Give the statistics of a style picture, `<layer>/<statistic>`."""
        layers = self._layers(self._settings.style_layers)
        size = (style.pixels.shape[2], style.pixels.shape[3])
        side = isqrt(prod(self._largest))  # a panorama's tile would be too low for its styles
        tiling = Tiling.of(size, (side, side), self._reach)
        places = Places(self._sizes(size, layers), self._reach.grids, style.mask)

        def build(form: _Form) -> ir.Model:
            trim = self._trim(form)
            return statistics_model(self._network, form.shape, settings=self._settings, trim=trim)

        with _ByForm(build, self._sessions) as sessions:
            return _sum(sessions, tiling, style.pixels, {"": places})

    def _keep_content(self) -> None:
        """Compute the content's features and bind what the backward pass takes of them."""
        settings, size = self._settings, self.tiling.size
        layers = self._layers(settings.content_layers)

        def build(form: _Form) -> ir.Model:
            trim = self._trim(form)
            return content_model(self._network, form.shape, settings=settings, trim=trim)

        self._content_places = Places(self._sizes(size, layers), self._reach.grids)
        self._content_sessions = _ByForm(build, self._sessions)
        self._content_features = ContentFeatures(
            self._features_of_content,
            self.tiling,
            grids={layer: self._reach.grids[layer] for layer in layers},
            storage=self._storage,
        )
        self._scales = {
            f"content.{layer}.scale": np.array(
                [content_scale(square, relative=settings.equalize)], np.float32
            )
            for layer, square in self._content_features.mean_squares.items()
        }
        if self._storage != "recomputed":
            self._content_sessions.close()
            del self._content

    def _features_of_content(self, tile: Tile) -> Features:
        session = self._content_sessions.at(tile)
        found = session.run(image=np.ascontiguousarray(self._content[tile.pixels]))
        session.relax()
        return {name.removeprefix("content."): value for name, value in found.items()}

    # graphs

    def _trim(self, form: "_Form") -> Trim:
        return Trim(self._reach.grids, form.sides)

    def _statistics(self, form: "_Form") -> ir.Model:
        return statistics_model(
            self._network,
            form.shape,
            settings=self._settings,
            regions=[region.name for region in self._regions],
            trim=self._trim(form),
        )

    def _pullback(self, form: "_Form") -> ir.Model:
        height, width = self.tiling.size
        return pullback_model(
            self._network,
            form.shape,
            pixels=height * width,
            settings=self._settings,
            regions=self._regions,
            masks=self._device.masks,
            trim=self._trim(form),
        )

    def _layers(self, layers: Layers) -> tuple[str, ...]:
        return tuple(name for name, _ in layers)

    def _sizes(self, size: tuple[int, int], layers: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Give (H, W) of layers of a whole picture."""
        named = tuple((layer, 1.0) for layer in layers)
        if not named:
            return {}
        _, _, features = features_of(self._network, size, named, self._settings)
        shapes = {layer: shape_of(value) for layer, value in features.items()}
        return {layer: (shape[2], shape[3]) for layer, shape in shapes.items()}

    # evaluation

    def __call__(self, image: Any) -> Evaluation:
        """Evaluate a picture, (1, 3, H, W) float32, RGB 0–255."""
        terms = dict.fromkeys(("content", "style", "tv"), 0.0)
        derivatives: dict[str, NDArray[np.float32]] = {}
        if self._settings.style_weight:
            sums = _sum(self._forward, self.forward_tiling, image, self._places)
            judged = self._judge.run(**{name: a.astype(np.float32) for name, a in sums.items()})
            self._judge.relax()
            terms["style"] = judged.pop("style").item()
            derivatives = judged
        gradient = np.zeros_like(image)
        for tile, session in self._backward.over(self.tiling):
            found = session.run(
                image=np.ascontiguousarray(image[tile.pixels]),
                **derivatives,
                **self._about(tile, session),
            )
            gradient[tile.pixels] += found.pop("gradient")
            for name, value in found.items():
                terms[name] += value.item()
        return Evaluation(sum(terms.values()), terms, gradient)

    def _about(self, tile: Tile, session: Session) -> dict[str, NDArray[np.float32]]:
        """Give what the backward pass takes beside the picture and the judgement."""
        shapes = session.shapes
        found = _places(self._places, tile, shapes)
        if self._settings.content_weight:
            found |= _places({"content": self._content_places}, tile, shapes)
            found |= self._scales
            named = {
                layer: shapes[f"content.{layer}"]
                for layer in self._layers(self._settings.content_layers)
            }
            features = self._content_features.of(tile, named)
            found |= {f"content.{layer}": value for layer, value in features.items()}
        if self._settings.tv_weight:
            core = np.zeros(shapes["core"], np.float32)
            core[tile.core(Grid((1, 1), self._reach.margin), core.shape)[0]] = 1
            found["core"] = core
        return found

    def close(self) -> None:
        """Give the sessions' memory back."""
        self._sessions.close()
        for name in (
            *("_forward", "_backward", "_judge"),
            *("_content_sessions", "_content_features"),
        ):
            if held := vars(self).get(name):
                held.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()


def check_tileable(settings: Settings) -> None:
    """Raise a `SettingsError` where settings need the whole picture at once."""
    for option, needs in (
        ("--normalize-gradients", settings.normalize_gradients),
        ("--engine training", settings.engine == "training"),
        ("--precision float16", settings.precision == "float16"),
    ):
        if needs:
            raise SettingsError(
                f"{option} can't be painted in tiles; leave it out, allow more --memory or give "
                "a smaller --size"
            )


def reach_of(network: Network, settings: Settings) -> Reach:
    """Give what tiles need so that all the layers of settings are right in their cores."""
    content = settings.content_layers if settings.content_weight else ()
    style = settings.style_layers if settings.style_weight else ()
    return reach(network, dict(content + style))


@dataclass(frozen=True)
class _Form:
    """What the graphs of tiles differ in: (H, W), and the sides that have margins."""

    shape: tuple[int, int]
    sides: Sides = (False,) * 4


def _form(tile: Tile) -> _Form:
    return _Form(tile.shape, tile.sides)


class _ByForm:
    """Sessions by the form of a tile, made when needed."""

    def __init__(self, build: Callable[[_Form], ir.Model], sessions: Sessions) -> None:
        self._build, self._sessions = build, sessions
        self._made: dict[_Form, Session] = {}

    def at(self, tile: Tile) -> Session:
        form = _form(tile)
        if form not in self._made:
            self._made[form] = self._sessions.make(self._build(form))
        return self._made[form]

    def over(self, tiling: Tiling) -> Iterator[tuple[Tile, Session]]:
        """Give every tile with its session."""
        for tile in tiling:
            session = self.at(tile)
            yield tile, session
            session.relax()

    def close(self) -> None:
        while self._made:
            self._made.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _sum(sessions: _ByForm, tiling: Tiling, pixels: Pixels, places: Mapping[str, Places]) -> Sums:
    """Add up the statistics of the tiles of a picture, by regions."""
    total: Sums = {}
    for tile, session in sessions.over(tiling):
        found = session.run(
            image=np.ascontiguousarray(pixels[tile.pixels]),
            **_places(places, tile, session.shapes),
        )
        for name, value in found.items():
            total[name] = total.get(name, 0) + value.astype(np.float64)
    return total


def _places(
    places: Mapping[str, Places], tile: Tile, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, NDArray[np.float32]]:
    """Give the weights of a tile's places, for what inputs there are."""
    return {
        name: of.of(tile, layer, shapes[name])
        for region, of in places.items()
        for layer in of.layers
        if (name := places_name(region, layer)) in shapes
    }
