"""The rules for convolutions and pools, compared with central differences in float64."""

import tracemalloc
from math import prod

import numpy as np
import onnx_ir as ir
import pytest
from hypothesis import given, settings, strategies as st
from numeric import apart, check_rule, check_vjp, evaluator, ids, noise, run
from rule_windows import CASES, average_pool, conv, max_pool

from ortstyle.errors import GraphError
from ortstyle.graph.autodiff import gradient
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.values import shape_of


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_rule(case):
    check_rule(case)


@st.composite
def windows(draw, *, dilated=True, most_pad=None):
    """Draw the size and geometry of windows that fit, on one or two axes."""
    axes = []
    for _ in range(draw(st.integers(1, 2))):
        kernel, stride = draw(st.integers(1, 3)), draw(st.integers(1, 3))
        dilation = draw(st.integers(1, 2)) if dilated else 1
        most = kernel - 1 if most_pad is None else most_pad
        before, after = draw(st.integers(0, most)), draw(st.integers(0, most))
        # at least the reach, so that some element of every window lies in the picture
        size = dilation * (kernel - 1) + 1 + draw(st.integers(0, 4))
        axes.append((size, kernel, stride, dilation, before, after))
    size, kernel, strides, dilations, before, after = (list(v) for v in zip(*axes, strict=True))
    attributes = {"strides": strides, "pads": before + after}
    return size, kernel, attributes | ({"dilations": dilations} if dilated else {})


@settings(deadline=None, max_examples=60)
@given(windows(most_pad=3), st.integers(1, 3), st.integers(1, 2), st.integers(1, 2))
def test_convolutions(geometry, group, out, within):
    size, kernel, attributes = geometry
    build = conv(out * group, within, *kernel, group=group, **attributes)
    check_vjp(build, noise(1, within * group, *size))


@settings(deadline=None, max_examples=60)
@given(windows())
def test_max_pools(geometry):
    size, kernel, attributes = geometry
    check_vjp(max_pool(*kernel, **attributes), apart(1, 2, *size))


@settings(deadline=None, max_examples=60)
@given(windows(dilated=False), st.integers(0, 1))
def test_average_pools(geometry, counted):
    size, kernel, attributes = geometry
    build = average_pool(*kernel, count_include_pad=counted, **attributes)
    check_vjp(build, noise(1, 2, *size))


def gradient_at(build, x):
    """Return the gradient of the sum of all results, and the number of results."""
    graph = new_graph("sum")
    value = add_input(graph, "x", x.shape, ir.DataType.DOUBLE)
    y = build(Ops(graph), value)
    add_output(graph, "gradient", gradient(graph, Ops(graph).reduce_sum(y), value))
    return run(evaluator(finish(graph)), {"x": x})["gradient"], prod(shape_of(y))


def test_equal_elements_of_a_tile_share():
    x = np.array([[[[3, 3, 1, 2, 9], [3, 0, 2, 2, 9], [9, 9, 9, 9, 9]]]], float)
    expected = np.array([[1 / 3, 1 / 3, 0, 1 / 3, 0], [1 / 3, 0, 1 / 3, 1 / 3, 0], [0] * 5])
    found, _ = gradient_at(max_pool(2, 2, strides=[2, 2]), x)
    np.testing.assert_allclose(found, expected[None, None], rtol=1e-14)


def test_the_first_of_equal_elements_takes_all_where_windows_overlap():
    x = np.array([[[[1, 5, 5, 0, 0]]]], float)
    found, _ = gradient_at(max_pool(1, 2), x)
    np.testing.assert_array_equal(found, [[[[0, 2, 1, 1, 0]]]])


@settings(deadline=None, max_examples=40)
@given(windows(), st.integers(0, 99))
def test_ties_conserve_the_sum(geometry, seed):
    size, kernel, attributes = geometry
    x = np.random.default_rng(seed).integers(0, 3, (1, 2, *size)).astype(float)
    found, terms = gradient_at(max_pool(*kernel, **attributes), x)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(terms)


@pytest.mark.parametrize("pool", [max_pool, average_pool])
def test_ceil_mode_is_refused(pool):
    with pytest.raises(GraphError, match=r"Pool \(node '.*'\): ceil_mode"):
        check_vjp(pool(2, 2, strides=[2, 2], ceil_mode=1), noise(1, 1, 5, 5))


def test_the_indices_of_a_max_pool_are_refused():
    def build(ops, x):
        indices = ops.emit("MaxPool", [x], {"kernel_shape": [2, 2]}, name="pool3", outputs=2)[1]
        return ops.cast(indices, ir.DataType.DOUBLE)

    with pytest.raises(GraphError, match=r"Cast|output 1 of MaxPool \(node 'pool3'\)"):
        check_vjp(build, noise(1, 1, 4, 4))


@pytest.mark.parametrize("i", [1, 2])
def test_a_kernel_that_depends_on_the_variable_is_refused(i):
    def build(ops, x):
        inputs = [ops.like(x, noise(1, 2, 4, 4)), ops.like(x, noise(3, 2, 1, 1)), None]
        inputs[i] = x
        return ops.emit("Conv", inputs)[0]

    with pytest.raises(GraphError, match=rf"Conv.*input {i} depends"):
        check_vjp(build, noise(3, 2, 1, 1) if i == 1 else noise(3))


def test_a_computed_kernel_is_refused():
    def build(ops, x):
        kernel = ops.emit("Identity", [ops.like(x, noise(3, 2, 1, 1))])[0]
        return ops.emit("Conv", [x, kernel])[0]

    with pytest.raises(GraphError, match=r"Conv.*input 1 is not a constant"):
        check_vjp(build, noise(1, 2, 4, 4))


def gradient_of(op, shape, attributes, constants=()):
    """Append an operator on an input of a shape, and return the gradient of the sum."""
    graph = new_graph("windows")
    ops = Ops(graph)
    x = add_input(graph, "x", shape)
    (y,) = ops.emit(op, [x, *(ops.like(x, each) for each in constants)], attributes)
    return gradient(graph, ops.reduce_sum(y), x)


def test_windows_spread_over_all_memory_are_refused():
    apart = {"strides": [8, 8]}
    with pytest.raises(GraphError, match=r"windows \[8, 8\] apart spread over"):
        gradient_of("Conv", (1, 1, 10**5, 10**5), apart, [np.ones((1, 1, 1, 1))])


def test_overlapping_windows_of_hundreds_of_elements_are_refused():
    assert gradient_of("MaxPool", (1, 1, 40, 40), {"kernel_shape": [3, 3]}) is not None
    with pytest.raises(GraphError, match="its windows overlap and have over 400 elements"):
        gradient_of("MaxPool", (1, 1, 40, 40), {"kernel_shape": [21, 20]})


def test_counting_the_elements_of_windows_takes_memory_for_the_windows_only():
    long = {"kernel_shape": [1000], "pads": [999, 999], "strides": [1]}
    tracemalloc.start()
    found = gradient_of("AveragePool", (1, 1, 10**5), long)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert shape_of(found) == (1, 1, 10**5)
    assert most < 20_000_000
