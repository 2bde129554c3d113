"""The weights of a layer's spatial positions: without a mask, by a mask, and in tiles."""

import numpy as np
import pytest

from ortstyle.errors import SettingsError
from ortstyle.graph.receptive_field import LayerGrid, TileMargins
from ortstyle.objective.spatial_weights import SpatialWeights, weight_roots
from ortstyle.objective.tiles import Tiling

GRIDS = {"fine": LayerGrid((1, 1), 4), "coarse": LayerGrid((4, 4), 4)}
SIZES = {"fine": (40, 60), "coarse": (10, 15)}
MASK = np.tile(np.linspace(0, 1, 60, dtype=np.float32), (40, 1))


def test_a_mask_s_weights_add_up_to_one_and_follow_it():
    weights = weight_roots(MASK, (10, 15)).astype(np.float64) ** 2
    assert weights.sum() == pytest.approx(1, abs=1e-6)
    expected = MASK[0].reshape(15, 4).mean(1) / MASK.sum() * 16
    np.testing.assert_allclose(weights[0], expected, rtol=1e-6)


def test_a_black_mask_leaves_nothing():
    with pytest.raises(SettingsError, match="black everywhere"):
        weight_roots(np.zeros((4, 4), np.float32), (2, 2))


@pytest.mark.parametrize("mask", [None, MASK], ids=["everywhere", "masked"])
def test_tiles_share_the_weights_out(mask):
    weights = SpatialWeights(SIZES, GRIDS, mask=mask)
    total = dict.fromkeys(SIZES, 0.0)
    for tile in Tiling.of((40, 60), (24, 24), margins=TileMargins(GRIDS, margin=4, align=4)):
        for layer, grid in GRIDS.items():
            vertical, horizontal = grid.jumps
            shape = (1, 1, tile.shape[0] // vertical, tile.shape[1] // horizontal)
            roots = weights.in_tile(tile, layer, shape=shape)
            total[layer] += float((roots.astype(np.float64) ** 2).sum())
    assert total == pytest.approx({"fine": 1, "coarse": 1}, abs=1e-5)
