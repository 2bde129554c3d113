"""Tiles: their cores cover a picture exactly once, and margins separate cores from tile edges."""

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
    length = draw(st.integers(1, 900))
    longest = draw(st.integers(2 * margin + align, 2 * margin + align + 300))
    return length, longest, TileMargins({}, margin=margin, align=align)


@given(cuts())
def test_cores_follow_one_another_and_keep_the_margin(cut):
    length, longest, margins = cut
    found = spans(length, longest, margins=margins)
    assert found[0].core_start == found[0].start == 0
    assert found[-1].core_stop == found[-1].stop == length
    for span in found:
        assert span.start <= span.core_start < span.core_stop <= span.stop
        assert span.stop - span.start <= longest
        assert span.start % margins.align == span.core_start % margins.align == 0
        assert span.start == 0 or span.core_start - span.start == margins.margin
        assert span.stop == length or span.stop - span.core_stop == margins.margin
    for before, after in pairwise(found):
        assert before.core_stop == after.core_start


@given(cuts())
def test_few_shapes(cut):
    length, longest, margins = cut
    found = spans(length, longest, margins=margins)
    lengths = {span.stop - span.start for span in found}
    assert len(lengths) <= 2


def test_no_more_tiles_than_it_takes():
    margins = TileMargins({}, margin=80, align=16)
    assert len(spans(1024, 1024, margins=margins)) == 1
    assert len(spans(1025, 1024, margins=margins)) == 2
    assert len(spans(4096, 1152, margins=margins)) == 4


def test_a_tile_without_room_is_refused():
    with pytest.raises(GraphError, match="margins of 80"):
        spans(500, 170, margins=TileMargins({}, margin=80, align=16))


def test_the_overhead_counts_margins():
    tiling = Tiling.of((100, 100), (64, 100), margins=TileMargins({}, margin=8, align=4))
    assert tiling.overhead == pytest.approx(1.16)
    assert len(tiling) == 2


@given(cuts(), st.sampled_from([1, 2, 4]))
def test_parts_of_a_layer_put_together_are_the_layer(cut, jump):
    length, longest, margins = cut
    margins = TileMargins({}, margin=4 * margins.margin, align=4 * margins.align)
    longest, count = 4 * longest, length // jump
    tiling = Tiling.of((length, jump), (longest, jump), margins=margins)
    grid = LayerGrid((jump, jump), margins.margin)
    layer = np.arange(1.0, count + 1, dtype=np.float32).reshape(1, 1, count, 1)
    total = np.zeros_like(layer)
    for tile in tiling:
        shape = (1, 1, tile.shape[0] // jump, 1)
        part = tile.core_of(layer, grid=grid, shape=shape)
        in_tile, in_whole = tile.core(grid, shape)
        np.testing.assert_array_equal(part[in_tile], layer[in_whole])
        assert part.sum() == layer[in_whole].sum()
        total[in_whole] += part[in_tile]
    np.testing.assert_array_equal(total, layer)
