"""The executor of this process: one task after the other, with no more in memory than one needs."""

import numpy as np
import pytest

from ortstyle.graph.receptive_field import TileMargins
from ortstyle.objective import tile_executor
from ortstyle.objective.segment_graphs import TileGraph
from ortstyle.objective.tile_executor import LocalExecutor, TileTask
from ortstyle.objective.tiles import Tiling

TILING = Tiling.of((20, 84), (20, 24), margins=TileMargins({}, margin=4, align=4))


@pytest.fixture
def record(monkeypatch):
    """Return a list of what happens, with sessions that take and give a number."""
    happened = []

    class FakeSession:
        def __init__(self):
            self.shapes = {"number": (1,), "constant": (1,)}

        def run(self, *, number, constant):
            happened.append(f"run {number.item()}")
            return {"sum": number + constant}

        def release_run(self):
            happened.append("release")

    class FakeSessions:
        def __init__(self, build, factory):
            pass

        def of(self, _graph):
            return FakeSession()

        def close_those_of(self, segment, computes):
            happened.append(f"close {computes} of {segment}")

        def close(self):
            happened.append("close")

    class FakeGraphs:
        build = None

    monkeypatch.setattr(tile_executor, "TileSessions", FakeSessions)
    return happened, LocalExecutor(FakeGraphs(), None)


def tasks(happened, executor):
    for k, tile in enumerate(TILING):
        graph = TileGraph.of(0, "gradient", tile)
        assert executor.shapes(graph) == {"number": (1,), "constant": (1,)}

        def inputs(k=k):
            happened.append(f"inputs {k}")
            return {"number": np.array([k])}

        def constants(k=k):
            happened.append(f"constants {k}")
            return {"constant": np.array([10])}

        yield TileTask(graph, tile, inputs, constants)


def test_a_task_is_run_when_the_one_before_has_been_handled(record):
    happened, executor = record
    found = []
    for tile, outputs in executor.run(tasks(happened, executor)):
        found.append((tile, outputs["sum"].item()))
        happened.append("handled")
    assert found == [(tile, 10 + k) for k, tile in enumerate(TILING)]
    each = ["constants {}", "inputs {}", "run {}", "release", "handled"]
    assert happened == [text.format(k) for k in range(len(TILING)) for text in each]


def test_sessions_are_closed_when_asked(record):
    happened, executor = record
    executor.release(3, "content")
    executor.close()
    assert happened == ["close content of 3", "close"]
