"""How much the places of a layer weigh: by a mask, and in tiles by their cores."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import SettingsError
from ortstyle.graph.receptive_field import LayerGrid
from ortstyle.objective.tiles import Tile

Mask = NDArray[np.float32]


def weight_roots(mask: Mask, size: tuple[int, int]) -> NDArray[np.float32]:
    """Give the square roots of the weights of a layer's places, (H, W), whose sum is 1.

    A mask is reduced to a layer by area, so that a place of the layer weighs as the pixels in it.

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
    """The weights of the places of a whole picture's layers, tile by tile.

    Parameters
    ----------
    sizes
        (H, W) of each layer of the whole picture.
    grids
        Of each layer in a tile.
    mask
        (H, W) of the picture; None where all places weigh the same.
    """

    def __init__(
        self,
        sizes: Mapping[str, tuple[int, int]],
        grids: Mapping[str, LayerGrid],
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

    def of(self, tile: Tile, layer: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Give the roots of the weights in a tile's layer, (1, 1, h, w), 0 outside its core."""
        return tile.part(self._roots[layer], self._grids[layer], shape)
