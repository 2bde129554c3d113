"""Sessions for tiles: one a graph, made when it is first needed."""

import pytest

from ortstyle.graph.receptive_field import TileMargins
from ortstyle.objective.segment_graphs import TileGraph
from ortstyle.objective.tile_sessions import TileSessions
from ortstyle.objective.tiles import Tiling

MARGINS = TileMargins({}, margin=4, align=4)
TILING = Tiling.of((68, 84), (20, 24), margins=MARGINS)


class FakeSession:
    """Stands in for a session; here the model is the name of the graph that it was built of."""

    def __init__(self, model):
        self.model, self.closed = model, False

    def close(self):
        self.closed = True


class FakeFactory:
    """Stands in for a factory of sessions, and remembers what it made."""

    def __init__(self):
        self.made = []

    def make(self, model):
        self.made.append(FakeSession(model))
        return self.made[-1]


@pytest.fixture
def factory():
    return FakeFactory()


@pytest.fixture
def sessions(factory):
    """Return sessions whose model is the name of the graph."""
    return TileSessions(lambda graph: graph, factory)


def graphs(computes="gradient", segment=0):
    return [TileGraph.of(segment, computes, tile) for tile in TILING]


def test_nothing_is_built_before_a_tile_needs_it(sessions, factory):
    assert factory.made == []
    sessions.of(graphs()[0])
    assert len(factory.made) == 1


def test_each_graph_has_its_session(sessions):
    for graph in (*graphs(), *graphs("statistics"), *graphs(segment=1)):
        assert sessions.of(graph).model == graph


def test_tiles_with_one_graph_share_a_session(sessions, factory):
    found = [sessions.of(graph) for graph in (*graphs(), *graphs())]
    shapes = {(tile.shape, tile.sides) for tile in TILING}
    assert len(factory.made) == len(set(map(id, found))) == len(shapes) < len(TILING)


def test_tiles_of_one_size_with_margins_on_other_sides_do_not(sessions):
    first, *_, last = (
        TileGraph.of(0, "gradient", tile) for tile in Tiling.of((36, 20), (20, 20), margins=MARGINS)
    )
    assert first.sides != last.sides
    assert sessions.of(first) is not sessions.of(last)


def test_only_those_of_one_segment_and_purpose_are_closed(sessions):
    gone, others = graphs("content"), [*graphs("gradient"), *graphs("content", segment=1)]
    before = {graph: sessions.of(graph) for graph in (*gone, *others)}
    sessions.close_those_of(0, "content")
    assert {graph for graph, session in before.items() if session.closed} == set(gone)
    assert all(sessions.of(graph) is before[graph] for graph in others)
    assert not sessions.of(gone[0]).closed


def test_closing_closes_all_and_they_can_be_made_again(sessions, factory):
    for graph in graphs():
        sessions.of(graph)
    sessions.close()
    assert all(session.closed for session in factory.made)
    again = sessions.of(graphs()[0])
    assert not again.closed
    sessions.close()
    sessions.close()
    assert again.closed
