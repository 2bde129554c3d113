"""Sessions for tiles: one a shape, made when it is first needed."""

import pytest

from ortstyle.graph.receptive_field import TileMargins
from ortstyle.objective.tile_sessions import SessionsByShape, TileShape
from ortstyle.objective.tiles import Tiling

MARGINS = TileMargins({}, margin=4, align=4)
TILING = Tiling.of((68, 84), (20, 24), margins=MARGINS)


class FakeSession:
    """Stands in for a session of a graph; here the graph is the shape that it was built for."""

    def __init__(self, model):
        self.model, self.released, self.closed = model, 0, False

    def release_run(self):
        self.released += 1

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
    """Return sessions whose graph is the shape of the tile."""
    return SessionsByShape(lambda shape: shape, factory)


def test_nothing_is_built_before_a_tile_needs_it(sessions, factory):
    assert factory.made == []
    sessions.at(next(iter(TILING)))
    assert len(factory.made) == 1


def test_each_tile_has_the_session_of_its_shape(sessions):
    for tile in TILING:
        assert sessions.at(tile).model == TileShape(tile.shape, tile.sides)


def test_tiles_of_one_shape_share_a_session(sessions, factory):
    found = [sessions.at(tile) for tile in (*TILING, *TILING)]
    shapes = {(tile.shape, tile.sides) for tile in TILING}
    assert len(factory.made) == len(set(map(id, found))) == len(shapes) < len(TILING)


def test_tiles_of_one_size_with_margins_on_other_sides_do_not(sessions):
    tiles = list(Tiling.of((36, 20), (20, 20), margins=MARGINS))
    first, *_, last = tiles
    assert first.sides != last.sides
    assert sessions.at(first) is not sessions.at(last)


def test_going_over_a_tiling_releases_each_run_before_the_next(sessions, factory):
    tiles = []
    for tile, session in sessions.over(TILING):
        assert session is sessions.at(tile)
        assert sum(made.released for made in factory.made) == len(tiles), "the runs before"
        tiles.append(tile)
    assert tiles == list(TILING)
    assert sum(made.released for made in factory.made) == len(TILING)


def test_closing_closes_all_and_they_can_be_made_again(sessions, factory):
    with sessions as entered:
        assert entered is sessions
        tile = next(iter(TILING))
        for other in TILING:
            sessions.at(other)
    assert all(session.closed for session in factory.made)
    again = sessions.at(tile)
    assert not again.closed
    sessions.close()
    sessions.close()
    assert again.closed


def test_an_error_closes_them_too(sessions, factory):
    def fail():
        with sessions:
            sessions.at(next(iter(TILING)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [session.closed for session in factory.made] == [True]


def test_a_shape_has_no_margins_unless_told():
    whole = next(iter(Tiling.of((20, 20), (20, 20), margins=MARGINS)))
    assert TileShape((20, 20)) == TileShape(whole.shape, whole.sides)
