"""The content's features, wherever they are stored."""

import errno
import os

import numpy as np
import pytest

from ortstyle.errors import OutputError
from ortstyle.graph.receptive_field import LayerGrid, TileMargins
from ortstyle.objective import feature_cache
from ortstyle.objective.feature_cache import FeatureCache
from ortstyle.objective.tiles import Tiling

GRID = LayerGrid((1, 1), 4)
WHOLE = np.random.default_rng(0).normal(size=(1, 3, 40, 60)).astype(np.float32)
TILING = Tiling.of((40, 60), (24, 24), margins=TileMargins({"layer": GRID}, margin=4, align=4))


def cached(storage, calls):
    def compute(tile):
        calls.append(tile)
        return {"layer": WHOLE[tile.pixels]}

    return FeatureCache(compute, TILING, grids={"layer": GRID}, storage=storage)


@pytest.mark.parametrize("storage", ["memory", "disk", "recomputed"])
def test_each_tile_gets_its_own(storage):
    calls = []
    cache = cached(storage, calls)
    assert len(calls) == len(TILING)
    for tile in [*TILING, *TILING]:
        shapes = {"layer": (1, 3, *tile.shape)}
        in_tile, in_whole = tile.core(GRID, shapes["layer"])
        np.testing.assert_array_equal(cache.read(tile, shapes)["layer"][in_tile], WHOLE[in_whole])
    assert len(calls) == len(TILING) * (3 if storage == "recomputed" else 1)
    assert cache.mean_squares["layer"] == pytest.approx(np.mean(WHOLE.astype(float) ** 2))
    cache.close()


def test_a_full_disk_is_told(monkeypatch):
    class Full:
        def seek(self, *_):
            return 0

        def write(self, _):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(feature_cache, "TemporaryFile", lambda **_: Full())
    with pytest.raises(OutputError, match=r"no room for features .*TMPDIR"):
        cached("disk", [])
