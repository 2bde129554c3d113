"""A segment of the network over a picture in tiles."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt, prod
from typing import Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.feature_statistics import weights_name
from ortstyle.graph.loss_graph import Region
from ortstyle.graph.losses import content_scale
from ortstyle.graph.receptive_field import LayerGrid, MarginCrop, Sides
from ortstyle.graph.segments import Segment
from ortstyle.graph.tile_graphs import (
    content_features_model,
    pullback_model,
    statistics_model,
)
from ortstyle.graph.values import shape_of
from ortstyle.objective.feature_cache import FeatureCache, Features, FeatureStorage, no_room
from ortstyle.objective.spatial_weights import Mask, SpatialWeights
from ortstyle.objective.tiles import Tile, TileSizes, Tiling
from ortstyle.optim.mapped_files import release_pages, temporary_file_array
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.settings.record import Settings

_BLOCK = 1 << 25  # bytes

Array = NDArray[np.float32]
Sums = dict[str, NDArray[np.float64]]
Size = tuple[int, int]


class SegmentRunner:
    """Computes a segment tile by tile; what it takes and gives is of the whole picture.

    Parameters
    ----------
    segment
        What to compute.
    size
        (H, W) of what it takes.
    tiles
        The largest ones, in places of what it takes.
    pixels
        How many the picture has.
    settings, regions, device
        As for the objective.
    masks
        Of the regions.
    sessions
        Makes them.
    storage
        Where the content's features are kept, and what one segment passes on to another.

    Raises
    ------
    GraphError
        A tile has no room for its margins.
    """

    def __init__(
        self,
        segment: Segment,
        size: Size,
        tiles: TileSizes,
        *,
        pixels: int,
        settings: Settings,
        regions: Sequence[Region],
        masks: Sequence[Mask | None],
        device: Device,
        sessions: SessionFactory,
        storage: FeatureStorage,
    ) -> None:
        self._segment, self._settings, self._storage = segment, settings, storage
        self._pixels, self._regions, self._device = pixels, regions, device
        self._masks, self._sessions = masks, sessions
        self._largest = tiles.forward
        self.tiling = Tiling.of(size, tiles.backward, segment.margins)
        self.forward_tiling = Tiling.of(size, tiles.forward, segment.margins)
        self._shapes = segment.shapes(size, settings)
        self._pullback(_Form(self.tiling.largest))  # finds out what is wrong

    def open(self) -> Self:
        """Get ready to be run, but for the content; the sessions are made as tiles need them."""
        self._forward = _ByForm(self._statistics, self._sessions)
        self._backward = _ByForm(self._pullback, self._sessions)
        self._spatial_weights = {
            region.name: self._weights_of(self._shapes, mask)
            for region, mask in zip(self._regions, self._masks, strict=True)
        }
        return self

    def _weights_of(
        self, shapes: Mapping[str, tuple[int, ...]], mask: Mask | None
    ) -> SpatialWeights:
        sizes = {layer: (shapes[layer][2], shapes[layer][3]) for layer, _ in self._segment.style}
        return SpatialWeights(sizes, self._segment.margins.grids, mask)

    # forward

    def statistics(self, whole: Array, total: Sums) -> Array | None:
        """Add the statistics of a picture to `total`; give what the next segment takes."""
        return self._pass_over(
            self._forward, self.forward_tiling, whole, self._shapes, self._spatial_weights, total
        )

    def statistics_of_style(self, whole: Array, mask: Mask | None, total: Sums) -> Array | None:
        """Do that for a style, whose statistics are `<layer>/<statistic>`."""
        segment, size = self._segment, (whole.shape[2], whole.shape[3])
        side = isqrt(prod(self._largest))  # a panorama's tile would be too low for its styles
        tiling = Tiling.of(size, (side, side), segment.margins)
        shapes = segment.shapes(size, self._settings)
        weights = {"": self._weights_of(shapes, mask)}

        def build(form: _Form) -> ir.Model:
            crop = self._crop(form)
            return statistics_model(segment, form.shape, settings=self._settings, crop=crop)

        with _ByForm(build, self._sessions) as sessions:
            return self._pass_over(sessions, tiling, whole, shapes, weights, total)

    def _pass_over(
        self,
        sessions: "_ByForm",
        tiling: Tiling,
        whole: Array,
        shapes: Mapping[str, tuple[int, ...]],
        weights: Mapping[str, SpatialWeights],
        total: Sums,
    ) -> Array | None:
        if not self._segment.style + self._segment.passed:
            return None
        passed = self._boundary(shapes)
        for tile, session in sessions.over(tiling):
            found = session.run(
                image=self._part(whole, tile), **_spatial_weights(weights, tile, session.shapes)
            )
            self._pass_on(found, tile, passed)
            for name, value in found.items():
                total[name] = total.get(name, 0) + value.astype(np.float64)
        return passed

    def _boundary(self, shapes: Mapping[str, tuple[int, ...]]) -> Array | None:
        """Make room for what is passed on."""
        boundary = self._segment.boundary
        return None if boundary is None else room(shapes[boundary], self._storage)

    def _pass_on(self, found: Features, tile: Tile, passed: Array | None) -> None:
        """Move a tile's core of what is passed on to where it belongs."""
        if passed is not None:
            value, boundary = found.pop("boundary"), str(self._segment.boundary)
            here, there = tile.core(self._segment.margins.grids[boundary], value.shape)
            for block in self._blocks(passed):
                passed[block][there] = value[block][here]

    def _part(self, whole: Array, tile: Tile) -> Array:
        """Give a tile's part of what the segment takes."""
        found = np.empty((*whole.shape[:2], *tile.shape), np.float32)
        for block in self._blocks(whole):
            found[block] = whole[block][tile.pixels]
        return found

    def _blocks(self, whole: Array) -> Iterator[tuple[slice, slice]]:
        """Give channels to move at once, of which no more than `_BLOCK` comes into memory.

        A tile touches most pages of a file.
        """
        channels, plane = whole.shape[1], 4 * prod(whole.shape[2:])
        step = max(1, _BLOCK // plane) if self._storage == "disk" else channels
        for start in range(0, channels, step):
            yield slice(None), slice(start, start + step)
            if self._storage == "disk":
                release_pages()

    # content

    def keep_content(self, whole: Array) -> Array | None:
        """Compute the content's features, which `gradient` takes; give what the next one takes."""
        settings, segment = self._settings, self._segment
        if not segment.content + segment.passed:
            return None
        layers = [layer for layer, _ in segment.content]
        sizes = {layer: (self._shapes[layer][2], self._shapes[layer][3]) for layer in layers}
        self._content, passed = whole, self._boundary(self._shapes)
        self._content_weights = SpatialWeights(sizes, segment.margins.grids)

        def build(form: _Form) -> ir.Model:
            crop = self._crop(form)
            return content_features_model(segment, form.shape, settings=settings, crop=crop)

        def compute(tile: Tile) -> Features:
            session = self._content_sessions.at(tile)
            found = session.run(image=self._part(self._content, tile))
            session.release_run()
            self._pass_on(found, tile, passed)
            return {name.removeprefix("content."): value for name, value in found.items()}

        self._content_sessions = _ByForm(build, self._sessions)
        self._content_features = FeatureCache(
            compute,
            self.tiling,
            grids={layer: segment.margins.grids[layer] for layer in layers},
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
        return passed

    # backward

    def gradient(
        self,
        whole: Array,
        derivatives: Mapping[str, Array],
        deeper: Array | None,
        terms: dict[str, float],
    ) -> Array:
        """Give the gradient of a picture and add to the loss's terms.

        Parameters
        ----------
        whole
            (1, C, H, W).
        derivatives
            What the judgement says of the statistics of all segments.
        deeper
            The gradient of what was passed on.
        terms
            "content" and "tv".
        """
        total = room(whole.shape, "memory" if self._segment.of_pixels else self._storage)
        for tile, session in self._backward.over(self.tiling):
            known = {name: d for name, d in derivatives.items() if name in session.shapes}
            if deeper is not None:
                known["d.boundary"] = self._boundary_gradient(
                    deeper, tile, session.shapes["d.boundary"]
                )
            about = self._about(tile, session)
            found = session.run(image=self._part(whole, tile), **known, **about)
            share = found.pop("gradient")
            for block in self._blocks(total):
                total[block][tile.pixels] += share[block]
            for name, value in found.items():
                terms[name] += value.item()
        return total

    def _boundary_gradient(self, deeper: Array, tile: Tile, shape: tuple[int, ...]) -> Array:
        """Give the gradient of what a tile passes on, 0 outside its core."""
        found = np.zeros(shape, np.float32)
        here, there = tile.core(self._segment.margins.grids[str(self._segment.boundary)], shape)
        for block in self._blocks(deeper):
            found[block][here] = deeper[block][there]
        return found

    def _about(self, tile: Tile, session: Session) -> dict[str, Array]:
        """Give what the backward pass takes of content and weights."""
        shapes, segment = session.shapes, self._segment
        found = _spatial_weights(self._spatial_weights, tile, shapes)
        if segment.content:
            found |= _spatial_weights({"content": self._content_weights}, tile, shapes)
            found |= self._scales
            named = {layer: shapes[f"content.{layer}"] for layer, _ in segment.content}
            features = self._content_features.of(tile, named)
            found |= {f"content.{layer}": value for layer, value in features.items()}
        if "core" in shapes:
            core = np.zeros(shapes["core"], np.float32)
            core[tile.core(LayerGrid((1, 1), segment.margins.margin), core.shape)[0]] = 1
            found["core"] = core
        return found

    # graphs

    def statistics_shapes(self) -> dict[str, tuple[int, ...]]:
        """Give the shapes of the statistics."""
        outputs = self._statistics(_Form(self.tiling.largest)).graph.outputs
        return {str(value.name): shape_of(value) for value in outputs if value.name != "boundary"}

    def _crop(self, form: "_Form") -> MarginCrop:
        return MarginCrop(self._segment.margins.grids, form.sides)

    def _statistics(self, form: "_Form") -> ir.Model:
        return statistics_model(
            self._segment,
            form.shape,
            settings=self._settings,
            regions=[region.name for region in self._regions],
            crop=self._crop(form),
        )

    def _pullback(self, form: "_Form") -> ir.Model:
        return pullback_model(
            self._segment,
            form.shape,
            pixels=self._pixels,
            settings=self._settings,
            regions=self._regions,
            comparisons=self._device.comparisons,
            crop=self._crop(form),
        )

    def close(self) -> None:
        """Give the sessions' memory back."""
        for name in ("_forward", "_backward", "_content_sessions", "_content_features"):
            if held := vars(self).get(name):
                held.close()


def room(shape: Sequence[int], storage: FeatureStorage) -> Array:
    """Make an array of zeros, in memory or in a file that is gone with it.

    Raises
    ------
    OutputError
        There is no room for it on the disk.
    """
    if storage != "disk":
        return np.zeros(shape, np.float32)
    try:
        return temporary_file_array(shape)
    except OSError as error:
        raise no_room(error) from error


@dataclass(frozen=True)
class _Form:
    """What the graphs of tiles differ in: (H, W), and the sides that have margins."""

    shape: Size
    sides: Sides = (False,) * 4


class _ByForm:
    """Sessions by the form of a tile, made when needed."""

    def __init__(self, build: Callable[[_Form], ir.Model], sessions: SessionFactory) -> None:
        self._build, self._sessions = build, sessions
        self._made: dict[_Form, Session] = {}

    def at(self, tile: Tile) -> Session:
        form = _Form(tile.shape, tile.sides)
        if form not in self._made:
            self._made[form] = self._sessions.make(self._build(form))
        return self._made[form]

    def over(self, tiling: Tiling) -> Iterator[tuple[Tile, Session]]:
        """Give every tile with its session."""
        for tile in tiling:
            session = self.at(tile)
            yield tile, session
            session.release_run()

    def close(self) -> None:
        while self._made:
            self._made.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _spatial_weights(
    weights: Mapping[str, SpatialWeights], tile: Tile, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Array]:
    """Give the weights of a tile's weights, for what inputs there are."""
    return {
        name: of.of(tile, layer, shapes[name])
        for region, of in weights.items()
        for layer in of.layers
        if (name := weights_name(region, layer)) in shapes
    }
