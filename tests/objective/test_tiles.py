"""Tiles: their cores cover a picture once, and keep their distance from what they can't see."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, strategies as st

from ortstyle.errors import GraphError
from ortstyle.graph.receptive_field import LayerGrid, TileMargins
from ortstyle.objective.tiles import Tiling, spans


@st.composite
def cuts(draw):
    align = draw(st.sampled_from([1, 2, 4, 16]))
    margin = align * draw(st.integers(1, 5))
    whole = draw(st.integers(1, 900))
    most = draw(st.integers(2 * margin + align, 2 * margin + align + 300))
    return whole, most, TileMargins({}, margin=margin, align=align)


@given(cuts())
def test_cores_follow_one_another_and_keep_the_margin(cut):
    whole, most, reach = cut
    found = spans(whole, most, reach)
    assert found[0].first == found[0].start == 0
    assert found[-1].last == found[-1].stop == whole
    for span in found:
        assert span.start <= span.first < span.last <= span.stop
        assert span.stop - span.start <= most
        assert span.start % reach.align == span.first % reach.align == 0
        assert span.start == 0 or span.first - span.start == reach.margin
        assert span.stop == whole or span.stop - span.last == reach.margin
    for before, after in pairwise(found):
        assert before.last == after.first


@given(cuts())
def test_few_shapes(cut):
    lengths = {span.stop - span.start for span in spans(*cut)}
    assert len(lengths) <= 2


def test_no_more_tiles_than_it_takes():
    reach = TileMargins({}, margin=80, align=16)
    assert len(spans(1024, 1024, reach)) == 1
    assert len(spans(1025, 1024, reach)) == 2
    assert len(spans(4096, 1152, reach)) == 4


def test_a_tile_without_room_is_refused():
    with pytest.raises(GraphError, match="margins of 80"):
        spans(500, 170, TileMargins({}, margin=80, align=16))


def test_the_overhead_counts_margins():
    tiling = Tiling.of((100, 100), (64, 100), TileMargins({}, margin=8, align=4))
    assert tiling.overhead == pytest.approx(1.16)
    assert len(tiling) == 2


@given(cuts(), st.sampled_from([1, 2, 4]))
def test_parts_of_a_layer_put_together_are_the_layer(cut, jump):
    whole, most, reach = cut
    reach = TileMargins({}, margin=4 * reach.margin, align=4 * reach.align)
    most, count = 4 * most, whole // jump
    tiling = Tiling.of((whole, jump), (most, jump), reach)
    grid = LayerGrid((jump, jump), reach.margin)
    layer = np.arange(1.0, count + 1, dtype=np.float32).reshape(1, 1, count, 1)
    total = np.zeros_like(layer)
    for tile in tiling:
        shape = (1, 1, tile.shape[0] // jump, 1)
        part = tile.part(layer, grid, shape)
        here, there = tile.core(grid, shape)
        np.testing.assert_array_equal(part[here], layer[there])
        assert part.sum() == layer[there].sum()
        total[there] += part[here]
    np.testing.assert_array_equal(total, layer)
