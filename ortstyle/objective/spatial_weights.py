"""The weight of each spatial position of a layer: from a mask, and in tiles 0 outside the core."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import SettingsError
from ortstyle.graph.feature_statistics import weights_name
from ortstyle.graph.receptive_field import LayerGrid
from ortstyle.objective.tiles import Tile

Mask = NDArray[np.float32]


def weight_roots(mask: Mask, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return the square roots of the weights of a layer's positions, (H, W); the weights' sum is 1.

    A mask is reduced to a layer by area, so that a position of the layer weighs as much as the
    pixels in it.

    Raises
    ------
    SettingsError
        The mask is black everywhere.
    """
    reduced = Image.fromarray(mask).resize(size[::-1], Image.Resampling.BOX)
    weights = np.asarray(reduced, np.float64)
    if weights.sum() <= 0:
        raise SettingsError("a mask is black everywhere: it leaves nothing to paint")
    return np.asarray(np.sqrt(weights / weights.sum()), np.float32)


class SpatialWeights:
    """The weights of the positions of a whole picture's layers, cut into tiles when asked for.

    Parameters
    ----------
    sizes
        (H, W) of each layer of the whole picture.
    grids
        The grid of each layer in a tile.
    mask
        (H, W) of the picture; None where all positions weigh the same.
    """

    def __init__(
        self,
        sizes: Mapping[str, tuple[int, int]],
        grids: Mapping[str, LayerGrid],
        *,
        mask: Mask | None = None,
    ) -> None:
        self._grids = grids
        self.layers = tuple(sizes)
        self._roots = {
            layer: np.broadcast_to(np.float32((h * w) ** -0.5), (h, w))
            if mask is None
            else weight_roots(mask, (h, w))
            for layer, (h, w) in sizes.items()
        }

    def in_tile(self, tile: Tile, layer: str, *, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the roots of the weights in a tile's layer, (1, 1, h, w), 0 outside its core."""
        return tile.core_of(self._roots[layer], grid=self._grids[layer], shape=shape)


def picture_weights(
    shapes: Mapping[str, tuple[int, ...]], mask: Mask, *, prefix: str = ""
) -> dict[str, NDArray[np.float32]]:
    """Return the weight roots of a mask for the inputs of a whole picture's graph that take them.

    Parameters
    ----------
    shapes
        The shapes of all inputs of the graph, by name.
    mask
        (H, W) of the picture.
    prefix
        The beginning of the inputs' names, such as "style2." for the region "style2".
    """
    found = {}
    for name, shape in shapes.items():
        if name.startswith(prefix) and name.endswith(".root_weights"):
            found[name] = weight_roots(mask, (shape[2], shape[3])).reshape(shape)
    return found


def tile_weights(
    weights: Mapping[str, SpatialWeights], tile: Tile, *, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, NDArray[np.float32]]:
    """Return the weight roots of a tile for those inputs of its graph that take them.

    Parameters
    ----------
    weights
        The weights of the whole picture, by the prefix of the inputs' names.
    tile
        The tile.
    shapes
        The shapes of all inputs of the graph, by name.
    """
    return {
        name: of_region.in_tile(tile, layer, shape=shapes[name])
        for region, of_region in weights.items()
        for layer in of_region.layers
        if (name := weights_name(region, layer)) in shapes
    }
