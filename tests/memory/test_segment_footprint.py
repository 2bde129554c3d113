"""The memory of a segment's tiles: predictions are those of graphs, and tiles fit their room."""

from itertools import pairwise

import pytest

from ortstyle.graph.loss_graph import EVERYWHERE
from ortstyle.graph.network import Network
from ortstyle.graph.receptive_field import MarginCrop
from ortstyle.graph.segments import segment_inputs, segments_of
from ortstyle.graph.tile_graphs import pullback_model, statistics_model
from ortstyle.memory.graph_memory import arena_bytes, held_and_alive
from ortstyle.memory.segment_footprint import MOST_SHAPES, SegmentFootprint
from ortstyle.objective.tiles import TileSizes, Tiling

SIZE = (600, 820)


@pytest.fixture(scope="module", params=[0, 1], ids=["of pixels", "deeper"])
def case(request, tiny, tiny_settings):
    """Return a segment, its footprint, the size of its input, and the settings."""
    settings = tiny_settings(style_layers=(("relu1", 1.0), ("relu3", 1.0)))
    segments = segments_of(Network.open(tiny), settings)
    size = segment_inputs(segments, SIZE, settings)[request.param]
    segment = segments[request.param]
    return segment, SegmentFootprint(segment, settings), size, settings


@pytest.fixture
def footprint(case):
    return case[1]


@pytest.fixture
def size(case):
    return case[2]


@pytest.fixture(params=["backward", "forward"])
def memory(request, footprint):
    """Return the memory of a tile's run in each direction."""
    return getattr(footprint, request.param)


def rooms(footprint, size, memory, most_shapes=MOST_SHAPES):
    """Return rooms from one in which the smallest tile just fits, up to twice the largest's."""
    least = footprint.least_bytes(size, memory=memory, most_shapes=most_shapes)
    most = 2 * (memory(size) + footprint.most_session_bytes(most_shapes))
    return [round(least + (most - least) * share) for share in (0, 0.01, 0.05, 0.2, 0.4, 0.7, 1)]


# runs


@pytest.mark.parametrize("sides", [(128, 128), (200, 96), (512, 300)])
def test_predictions_are_what_graphs_of_other_sizes_take(case, sides):
    segment, footprint, _, settings = case
    crop = MarginCrop(segment.margins.grids, (True,) * 4)
    for build, predicted in (
        (statistics_model, footprint.forward),
        (pullback_model, footprint.backward),
    ):
        extra = {"content": True}
        if build is pullback_model:
            extra = {"pixels": 1, "regions": EVERYWHERE}
        model = build(segment, sides, settings=settings, crop=crop, **extra)
        held, alive = held_and_alive(model)
        assert predicted(sides) == pytest.approx(held + arena_bytes(alive), rel=0.05)


def test_an_anchor_takes_four_channels_of_the_pixels(tiny, tiny_settings):
    settings, tile = tiny_settings(), (96, 128)
    for number, segment in enumerate(segments_of(Network.open(tiny), settings)):
        free, held = (SegmentFootprint(segment, settings, anchored=each) for each in (False, True))
        assert held.forward(tile) == free.forward(tile)
        more = held.backward(tile) - free.backward(tile)
        assert more == 0 if number else more >= 16 * 96 * 128


def test_the_backward_pass_takes_more_than_the_forward_pass(footprint):
    for side in (32, 100, 700):
        assert footprint.backward((side, side)) > footprint.forward((side, side))


def test_a_segment_without_style_layers_has_a_forward_pass_too(tiny, tiny_settings):
    settings = tiny_settings()  # which has only a content layer in the last segment
    footprint = SegmentFootprint(segments_of(Network.open(tiny), settings)[-1], settings)
    assert 0 < footprint.forward((64, 64)) < footprint.backward((64, 64))


def test_larger_tiles_take_more(memory):
    found = [memory((side, 2 * side)) for side in (16, 32, 64, 128, 256)]
    assert found == sorted(set(found))


def test_weights_are_counted_apart(footprint):
    for tile in ((32, 48), (256, 256)):
        whole = footprint.backward_bytes(tile) + footprint.weight_bytes
        assert whole == footprint.backward(tile)
    assert 0 < footprint.weight_bytes < footprint.backward_bytes((256, 256))


# sessions


def test_sessions_take_as_much_as_tiles_have_shapes(footprint, size):
    one = footprint.session_bytes(size, TileSizes(size, size))
    assert one > 0
    height, width = size
    strips = TileSizes((height // 4, width), size)  # the first, those between, the last
    assert footprint.session_bytes(size, strips) == pytest.approx(2 * one)
    cut = height // 4, width // 4
    most = footprint.session_bytes(size, TileSizes(cut, cut))
    assert most == 9 * one == footprint.most_session_bytes(MOST_SHAPES)


def test_fewer_shapes_save_sessions_except_in_the_first_segment(case):
    segment, footprint, *_ = case
    one, nine = footprint.most_session_bytes(1), footprint.most_session_bytes(MOST_SHAPES)
    assert nine == (one if segment.of_pixels else 9 * one)


# the choice of a tile


@pytest.mark.parametrize("most_shapes", [1, 4, MOST_SHAPES])
def test_the_best_tile_fits_its_room_and_can_be_cut(case, memory, most_shapes):
    segment, footprint, size, _ = case
    for room in rooms(footprint, size, memory, most_shapes):
        tile = footprint.best_tile(size, room, memory=memory, most_shapes=most_shapes)
        assert memory(tile) + footprint.most_session_bytes(most_shapes) <= room
        tiling = Tiling.of(size, tile, margins=segment.margins)
        shapes = {(one.shape, one.sides) for one in tiling}
        assert len(shapes) <= (MOST_SHAPES if segment.of_pixels else most_shapes)
        assert (len(tiling) > 1) or not segment.of_pixels, "the picture is never one tile"


def test_more_room_never_gives_more_pixels_to_compute(case, memory):
    segment, footprint, size, _ = case
    found = [
        footprint.best_tile(size, room, memory=memory, most_shapes=MOST_SHAPES)
        for room in rooms(footprint, size, memory)
    ]
    overheads = [Tiling.of(size, tile, margins=segment.margins).overhead for tile in found]
    for less, more in pairwise(overheads):
        assert more <= 1.01 * less  # for one percent it rather takes a smaller tile
    assert overheads[-1] < overheads[0]


@pytest.mark.parametrize("most_shapes", [1, 4, MOST_SHAPES])
def test_the_least_bytes_are_enough_and_one_byte_less_is_not(footprint, size, memory, most_shapes):
    least = footprint.least_bytes(size, memory=memory, most_shapes=most_shapes)
    same = {"memory": memory, "most_shapes": most_shapes}
    assert footprint.best_tile(size, least, **same) is not None
    assert footprint.best_tile(size, least - 1, **same) is None


def test_smaller_tiles_take_longer(footprint, size):
    height, width = size
    sizes = [size, (height, width // 2 + 8), (height // 2 + 8, width // 2 + 8), (48, 48)]
    found = [footprint.seconds_per_pixel(size, TileSizes(tile, tile)) for tile in sizes]
    assert found == sorted(set(found))
    for tile in sizes[1:]:  # the backward pass takes longer than the forward pass
        backward = footprint.seconds_per_pixel(size, TileSizes(tile, size))
        forward = footprint.seconds_per_pixel(size, TileSizes(size, tile))
        assert found[0] < forward < backward
