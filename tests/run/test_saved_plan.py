"""The plans of scales in a checkpoint: read again, or damaged."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from ortstyle.errors import CheckpointError
from ortstyle.graph.network import Network
from ortstyle.memory.plan import ScalePlan
from ortstyle.objective.tiles import TileSizes
from ortstyle.run.checkpoint import Checkpoint
from ortstyle.run.inputs import Inputs
from ortstyle.run.saved_plan import saved_plans

SIZE = (36, 48)


@pytest.fixture
def read(photo, painting, tiny, tiny_settings):
    """Return a function that reads plans from the header of a checkpoint."""
    settings = tiny_settings(size=48)
    inputs, network = Inputs.read(photo, [painting], settings), Network.open(tiny)

    def plans(data):
        header = json.loads(json.dumps({"plan": data}))
        checkpoint = Checkpoint(Path("a.ck"), header, {})
        return saved_plans(checkpoint, inputs, network, settings=settings)

    return plans


def plan(**changes):
    found = ScalePlan(size=SIZE, history=20, tiles=(TileSizes((32, 32), (36, 48)),))
    return asdict(found) | changes


def test_plans_come_back(read):
    assert read({}) == {}
    whole = ScalePlan(size=SIZE, history=3, vectors="float16", memory=5)
    assert read({"48": asdict(whole)}) == {48: whole}
    assert read({"48": plan()}) == {48: ScalePlan(**(plan() | {"tiles": (TILES,)}))}


TILES = TileSizes((32, 32), (36, 48))
PAIR = {"backward": [32, 32], "forward": [36, 48]}
DAMAGED = [
    *(5, "a", [], None, {"48": None}, {"48": 5}, {"48": {}}, {"48": []}, {"49": plan()}),
    {"a": plan()},
    *(
        {"48": plan(**{name: value})}
        for name, values in {
            "size": [[48, 36], [36], 36, None, "ab", [36, 48, 3], [36.0, 48]],
            "tiles": [5, [5], [[32, 32]], [{}], [PAIR] * 9, None],
            "features": ["glitter", None, 5, []],
            "history": [0, 21, 10**9, 2.5, "3", None, True],
            "vectors": ["glitter", None],
            "memory": [-1, 1e3, None],
            "cached": [-1, 1e3, None],
            "glitter": [3],
        }.items()
        for value in values
    ),
    *(
        {"48": plan(tiles=[PAIR | {name: value}])}
        for name in PAIR
        for value in ([0, 32], [-32, 32], [1, 1], [32], [32.0, 32], "ab", None, [10**30, 32])
    ),
]


@pytest.mark.parametrize("data", DAMAGED, ids=str)
def test_malformed_plans_are_damaged(read, data):
    with pytest.raises(CheckpointError, match=r"checkpoint a\.ck is damaged; start the run again"):
        read(data)
