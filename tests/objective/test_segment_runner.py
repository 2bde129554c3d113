"""A segment in tiles: its boundary and statistics are those of the whole picture."""

import numpy as np
import pytest
from networks import difference, picture

from ortstyle.graph.network import Network
from ortstyle.objective.objective import masked_regions
from ortstyle.objective.segment_graphs import SegmentGraphs
from ortstyle.objective.segment_runner import SegmentRunner
from ortstyle.objective.tile_executor import LocalExecutor
from ortstyle.objective.tiles import TileSizes
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session_factory import SessionFactory

SIZE = (37, 50)


@pytest.fixture
def passed(tiny, tiny_settings):
    """Return a function that runs the first segment on a picture in tiles of a size."""
    pytest.importorskip("onnxruntime")
    settings, cpu = tiny_settings(), find_device("cpu")
    regions = masked_regions([None])
    graphs = SegmentGraphs(Network.open(tiny), settings, size=SIZE, most=9, regions=regions)

    def run(tile, storage="memory"):
        executor = LocalExecutor(graphs, SessionFactory(cpu, settings))
        runner = SegmentRunner(
            0,
            graphs,
            tiles=TileSizes(tile, tile),
            regions=regions,
            executor=executor,
            storage=storage,
        ).open()
        sums = {}
        try:
            return runner.statistics(picture(*SIZE), sums), sums
        finally:
            runner.close()
            executor.close()

    return run


@pytest.mark.parametrize("storage", ["memory", "disk"])
def test_tiles_pass_on_what_the_whole_does(passed, storage):
    (whole, sums), (tiled, added) = passed(SIZE), passed((20, 24), storage)
    assert whole.shape == tiled.shape == (1, 6, 9, 12)
    assert difference(tiled, whole) < 1e-6
    for name, value in sums.items():
        np.testing.assert_allclose(added[name], value, rtol=1e-4, atol=1e-6)
