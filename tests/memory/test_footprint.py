"""The memory of all segments in tiles: tiles fit, and more memory never makes them slower."""

from dataclasses import astuple
from itertools import pairwise

import pytest

from ortstyle.graph.network import Network
from ortstyle.graph.segments import segment_inputs, segments_of
from ortstyle.memory.footprint import Footprint
from ortstyle.objective.tiles import TileSizes, Tiling

SIZES = [(300, 410), (700, 120), (167, 167)]
SHARES = (0, 0.02, 0.1, 0.3, 0.6, 1)
NEARLY = 1.01  # for one percent of the pixels smaller tiles are taken, which take less memory


@pytest.fixture(scope="module", params=[9, 1], ids=["cut", "one segment"])
def case(request, tiny, tiny_settings):
    """Return the segments of the tiny network, their footprint and the settings."""
    settings = tiny_settings()
    segments = segments_of(Network.open(tiny), settings, most=request.param)
    return segments, Footprint(segments, settings), settings


@pytest.fixture
def footprint(case):
    return case[1]


def rooms(footprint, size):
    """Return rooms from one in which the smallest tiles just fit up to far more than enough."""
    least = footprint.least_bytes(size, occupied=0, opening=0)
    whole = [TileSizes(each, each) for each in footprint.input_sizes(size)]
    most = 2 * footprint.total_bytes(size, whole)
    return [round(least + share * (most - least)) for share in SHARES]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_input_of_each_segment(case, size):
    segments, footprint, settings = case
    found = footprint.input_sizes(size)
    assert found == segment_inputs(segments, size, settings)
    assert found[0] == size
    assert len(found) == len(footprint.segments) == len(segments)


def test_boundaries_between_segments_in_float32(case):
    segments, footprint, _ = case
    # The boundary is the second pool: six channels, a fourth of each side.
    expected = 4 * 6 * 150 * 205 if len(segments) == 2 else 0
    assert footprint.boundary_bytes((600, 820)) == expected


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_best_tiles_fit_the_room_they_were_given(case, size):
    segments, footprint, _ = case
    for room in rooms(footprint, size):
        tiles = footprint.best_tiles(size, backward=room, forward=room)
        assert len(tiles) == len(segments)
        assert footprint.total_bytes(size, tiles) <= room
        for segment, each, of_segment in zip(
            segments, footprint.input_sizes(size), tiles, strict=True
        ):
            for tile in astuple(of_segment):
                assert len(Tiling.of(each, tile, margins=segment.margins)) >= 1


def test_each_pass_has_a_room_of_its_own(footprint):
    size = SIZES[0]
    little, _, _, much, *_ = rooms(footprint, size)
    ample = footprint.best_tiles(size, backward=much, forward=much)
    tiles = footprint.best_tiles(size, backward=much, forward=little)
    for segment, of_segment in zip(footprint.segments, tiles, strict=True):
        assert segment.forward(of_segment.forward) <= little
        assert segment.backward(of_segment.backward) <= much
    assert footprint.seconds(size, tiles) > footprint.seconds(size, ample)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_more_memory_never_gives_slower_tiles(footprint, size):
    found = [
        footprint.seconds(size, footprint.best_tiles(size, backward=room, forward=room))
        for room in rooms(footprint, size)
    ]
    for less, more in pairwise(found):
        assert more <= NEARLY * less
    assert found[-1] < found[0]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_least_bytes_are_a_bound_that_is_reached(footprint, size):
    least = footprint.least_bytes(size, occupied=0, opening=0)
    tiles = footprint.best_tiles(size, backward=least, forward=least)
    assert tiles
    assert footprint.total_bytes(size, tiles) <= least
    assert footprint.best_tiles(size, backward=least - 1, forward=least - 1) == ()


def test_what_is_taken_already_comes_on_top_of_the_least(footprint):
    size = SIZES[0]
    least = footprint.least_bytes(size, occupied=0, opening=0)
    assert footprint.least_bytes(size, occupied=10**8, opening=0) == least + 10**8
    opening = footprint.least_bytes(size, occupied=0, opening=10**8)
    assert 10**8 < opening <= least + 10**8, "forward passes alone run meanwhile"


def test_the_total_grows_with_the_tiles(footprint):
    size = SIZES[0]
    sizes = [
        [TileSizes(tile, tile) for tile in ((side, side), (side // 4 + 12,) * 2)]
        for side in (64, 96, 160, 240)
    ]
    found = [footprint.total_bytes(size, tiles[: len(footprint.segments)]) for tiles in sizes]
    assert found == sorted(set(found))


def test_seconds_grow_with_the_picture_and_with_margins(footprint):
    tiles = [TileSizes((96, 96), (96, 96))] * len(footprint.segments)
    times = [footprint.seconds(size, tiles) for size in ((200, 200), (400, 400), (800, 800))]
    assert times == sorted(set(times))
    whole = [TileSizes(each, each) for each in footprint.input_sizes((800, 800))]
    assert footprint.seconds((800, 800), whole) < times[-1]
