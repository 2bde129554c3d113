"""The rules for operators that only move elements, compared with central differences."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numeric import check_rule, check_vjp, ids, noise
from rule_shapes import CASES, cut, pad

from ortstyle.errors import GraphError
from ortstyle.graph.autodiff import gradient
from ortstyle.graph.ops import Ops, add_input, new_graph
from ortstyle.graph.values import shape_of


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_rule(case):
    check_rule(case)


@st.composite
def slices(draw):
    """Draw a size and a slice of it that is not empty."""
    size = draw(st.integers(1, 7))
    start, end = draw(st.integers(-9, 9)), draw(st.integers(-9, 9))
    step = draw(st.sampled_from([-3, -2, -1, 1, 2, 3]))
    if not len(range(size)[start:end:step]):
        start, end = (size, -9 - size) if step < 0 else (0, size)
    return size, start, end, step


@settings(deadline=None, max_examples=60)
@given(slices(), slices())
def test_slices(rows, columns):
    (h, *first), (w, *second) = rows, columns
    starts, ends, steps = zip(first, second, strict=True)
    check_vjp(cut(starts, ends, [0, 1], steps), noise(h, w))


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["constant", "edge", "reflect"]),
    st.tuples(st.integers(3, 5), st.integers(3, 5)),
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
)
def test_pads(mode, size, pads):
    check_vjp(pad(pads, mode), noise(*size))


def test_an_unknown_pad_mode_is_refused():
    with pytest.raises(GraphError, match=r"Pad.*mode 'wrap'"):
        check_vjp(pad([1, 0, 0, 0], "wrap"), noise(3, 4))


def test_bounds_must_be_constants():
    def build(ops, x):
        starts = ops.add(ops.ints([0]), ops.ints([1]))
        return ops.emit("Slice", [x, starts, ops.ints([3])])[0]

    with pytest.raises(GraphError, match=r"^Slice has .* only at run time"):
        check_vjp(build, np.ones(4))


def test_a_slice_of_an_axis_of_any_length_takes_no_time():
    graph = new_graph("long")
    ops = Ops(graph)
    x = add_input(graph, "x", (10**9,))
    y = ops.slice(x, [10**9 - 2], [0], [0], [-3])
    assert shape_of(gradient(graph, ops.reduce_sum(y), x)) == (10**9,)
