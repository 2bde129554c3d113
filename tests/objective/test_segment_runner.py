"""A segment over tiles: what it passes on is what the segment gives whole."""

import errno
import os

import numpy as np
import pytest
from networks import difference, picture

from ortstyle.errors import OutputError
from ortstyle.graph.loss_graph import EVERYWHERE
from ortstyle.graph.network import Network
from ortstyle.graph.segments import segments_of
from ortstyle.objective import segment_runner as runner
from ortstyle.objective.segment_runner import SegmentRunner, room
from ortstyle.objective.tiles import TileSizes
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session_factory import SessionFactory

SIZE = (37, 50)


@pytest.fixture
def passed(tiny, tiny_settings):
    """Give a function that passes a picture through the first segment, in tiles of so much."""
    pytest.importorskip("onnxruntime")
    settings, cpu = tiny_settings(), find_device("cpu")
    segment = segments_of(Network.open(tiny), settings)[0]

    def run(tile, storage="memory"):
        of = SegmentRunner(
            segment,
            SIZE,
            TileSizes(tile, tile),
            pixels=SIZE[0] * SIZE[1],
            settings=settings,
            regions=EVERYWHERE,
            masks=[None],
            device=cpu,
            sessions=SessionFactory(cpu, settings),
            storage=storage,
        ).open()
        sums = {}
        try:
            return of.statistics(picture(*SIZE), sums), sums
        finally:
            of.close()

    return run


@pytest.mark.parametrize("storage", ["memory", "disk"])
def test_tiles_pass_on_what_the_whole_does(passed, storage):
    (whole, sums), (tiled, added) = passed(SIZE), passed((20, 24), storage)
    assert whole.shape == tiled.shape == (1, 6, 9, 12)
    assert difference(tiled, whole) < 1e-6
    for name, value in sums.items():
        np.testing.assert_allclose(added[name], value, rtol=1e-4, atol=1e-6)


def test_a_full_disk_is_told(monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(runner, "temporary_file_array", full)
    with pytest.raises(OutputError, match=r"no room for features .*TMPDIR"):
        room((1, 2, 3, 4), "disk")
    assert not room((1, 2, 3, 4), "memory").any()
