"""The plan of a scale: its description in words, and tiles of half the area."""

from contextlib import suppress
from dataclasses import replace

import pytest

from ortstyle.errors import GraphError
from ortstyle.graph.network import Network
from ortstyle.memory.plan import ScalePlan
from ortstyle.objective.tiles import TileSizes


def test_halving(tiny, tiny_settings):
    network, settings = Network.open(tiny), tiny_settings()
    plan = ScalePlan(size=(100, 201), history=3)
    half = plan.with_half_tiles(network, settings)
    assert half.tiles == (TileSizes((100, 104), (100, 104)), TileSizes((25, 50), (25, 50)))
    plan = half
    while plan.tiles[1] == half.tiles[1]:  # which takes less than the first
        plan = plan.with_half_tiles(network, settings)
    assert plan.tiles[1].backward == (25, 25)
    assert plan.tile[0] * plan.tile[1] < 100 * 52
    tall = ScalePlan(size=(100, 40), history=3)
    assert tall.with_half_tiles(network, settings).tile == (52, 40)
    with suppress(GraphError):
        while True:
            plan = plan.with_half_tiles(network, settings)
    with pytest.raises(GraphError):
        plan.with_half_tiles(network, settings)
    assert plan.tile == (16, 16), "half of it were but the margins"
    one = replace(half, tiles=half.tiles[:1]).with_half_tiles(network, settings)
    assert [tiles.backward for tiles in one.tiles] == [(100, 52)], "not cut before, nor then"


def test_a_plan_says_what_it_stores_elsewhere():
    tiles = (TileSizes((64, 80), (96, 80)),)
    plan = ScalePlan(size=(600, 800), history=7)
    assert (plan.tile_text, plan.storage_text, plan.memory_text) == ("whole", "", "")
    assert plan.saves_nothing
    plan = replace(plan, tiles=tiles, features="recomputed", vectors="float16", memory=480_000_000)
    assert plan.tile_text == "in tiles of 80×64"
    assert plan.storage_text == "7 pairs as float16, features computed again"
    assert plan.memory_text == "480 MB"
    assert not plan.saves_nothing
