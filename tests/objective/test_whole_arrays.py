"""Arrays of whole pictures: tiles are read and written alike in memory and in files."""

import errno
import os

import numpy as np
import pytest

from ortstyle.errors import OutputError
from ortstyle.graph.receptive_field import LayerGrid, TileMargins
from ortstyle.objective import whole_arrays
from ortstyle.objective.tiles import Tiling
from ortstyle.objective.whole_arrays import WholeArrays

GRID = LayerGrid((1, 1), 4)
TILING = Tiling.of((40, 60), (24, 24), margins=TileMargins({}, margin=4, align=4))
WHOLE = np.random.default_rng(0).normal(size=(1, 3, 40, 60)).astype(np.float32)


@pytest.fixture(params=["memory", "disk"])
def arrays(request, monkeypatch):
    """Return `WholeArrays` that move one channel at a time if the arrays are in files."""
    monkeypatch.setattr(whole_arrays, "_BLOCK", 1)
    return WholeArrays(request.param)


def test_cores_put_together_are_the_whole(arrays):
    total = arrays.zeros(WHOLE.shape)
    for tile in TILING:
        values = arrays.read_tile(WHOLE, tile)
        np.testing.assert_array_equal(values, WHOLE[tile.pixels])
        arrays.write_core(total, tile, grid=GRID, values=values)
    np.testing.assert_array_equal(total, WHOLE)


def test_cores_in_zeros_add_up_to_the_whole(arrays):
    total = arrays.zeros(WHOLE.shape)
    for tile in TILING:
        values = arrays.read_core(WHOLE, tile, grid=GRID, shape=(1, 3, *tile.shape))
        arrays.add_tile(total, tile, values=values)
    np.testing.assert_array_equal(total, WHOLE)


def test_a_full_disk_is_told(monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(whole_arrays, "temporary_file_array", full)
    with pytest.raises(OutputError, match=r"no room for features .*TMPDIR"):
        WholeArrays("disk").zeros((1, 2, 3, 4))
    assert not WholeArrays("memory").zeros((1, 2, 3, 4)).any()
