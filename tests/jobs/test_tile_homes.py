"""Which worker computes which tile: evenly, and the same one again and again."""

from collections import Counter

import pytest

from ortstyle.graph.receptive_field import TileMargins
from ortstyle.jobs.tile_homes import TileHomes
from ortstyle.objective.segment_graphs import TileGraph
from ortstyle.objective.tile_executor import TileTask
from ortstyle.objective.tiles import Tiling

TILES = list(Tiling.of((68, 84), (20, 24), margins=TileMargins({}, margin=4, align=4)))


@pytest.fixture
def homes():
    found = TileHomes()
    found.workers = ["a", "b", "c"]
    return found


def shares(homes, segment=0):
    return Counter(homes.of(segment, tile) for tile in TILES)


def test_tiles_are_shared_out_evenly(homes):
    found = shares(homes)
    assert found.keys() == {"a", "b", "c"}
    assert max(found.values()) - min(found.values()) <= 1


def test_each_segment_is_shared_out_by_itself(homes):
    assert shares(homes, 0) == shares(homes, 1)


def test_a_tile_stays_where_it_is(homes):
    first = [homes.of(0, tile) for tile in TILES]
    homes.balance()
    assert [homes.of(0, tile) for tile in reversed(TILES)] == first[::-1]


def test_tiles_of_a_lost_worker_go_to_the_others(homes):
    before = {tile: homes.of(0, tile) for tile in TILES}
    homes.workers = ["a", "c"]
    found = shares(homes)
    assert found.keys() == {"a", "c"}
    assert max(found.values()) - min(found.values()) <= 1
    assert all(homes.of(0, tile) == home for tile, home in before.items() if home != "b")


def test_a_worker_that_comes_gets_as_many_as_the_others(homes):
    shares(homes)
    homes.workers = ["a", "b", "c", "d"]
    assert "d" not in shares(homes)
    homes.balance()
    found = shares(homes)
    assert found["d"]
    assert max(found.values()) - min(found.values()) <= 1


def test_without_workers_balancing_forgets_them_all(homes):
    shares(homes)
    homes.workers = []
    homes.balance()
    homes.workers = ["d"]
    assert shares(homes).keys() == {"d"}


def test_a_worker_has_stored_what_it_was_sent(homes):
    def task(computes, *names):
        graph = TileGraph.of(0, computes, TILES[0])
        return TileTask(graph, TILES[0], dict, constant_names=frozenset(names))

    homes.store("a", task("statistics", "x"))
    homes.store("a", task("gradient", "x", "core"))
    assert homes.stored("a", task("statistics")) == {"x", "core"}
    assert not homes.stored("b", task("statistics"))
    homes.forget("a", task("gradient"))
    assert not homes.stored("a", task("statistics"))
