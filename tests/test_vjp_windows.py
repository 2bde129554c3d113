"""The rules for convolutions and pools against differences in float64."""

from math import prod

import numpy as np
import onnx_ir as ir
import pytest
from hypothesis import given, settings, strategies as st
from numeric import Case, apart, check_rule, check_vjp, evaluator, ids, noise, one, run

from ortstyle.errors import GraphError
from ortstyle.graph.autodiff import gradient
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph, shape_of


def conv(*weight, bias=False, **attributes):
    """Convolve with a constant kernel (out, in / group, *kernel)."""

    def build(ops, x):
        inputs = [x, ops.like(x, noise(*weight))]
        inputs += [ops.like(x, noise(weight[0]))] if bias else []
        return ops.emit("Conv", inputs, attributes)[0]

    return build


def max_pool(*kernel, **attributes):
    return one("MaxPool", kernel_shape=list(kernel), **attributes)


def average_pool(*kernel, **attributes):
    return one("AveragePool", kernel_shape=list(kernel), **attributes)


def mean(build):
    return lambda ops, x: ops.reduce_mean(build(ops, x))


#: what is special, size, kernel, attributes; for convolutions and pools alike
GEOMETRIES = [
    ("plain", (5, 6), (3, 3), {}),
    ("1×1", (3, 4), (1, 1), {}),
    ("1×1 stride 2", (5, 4), (1, 1), {"strides": [2, 2]}),
    ("2×2 tiles", (4, 6), (2, 2), {"strides": [2, 2]}),
    ("2×2 tiles, odd", (5, 7), (2, 2), {"strides": [2, 2]}),
    ("3×2 tiles, left over", (8, 7), (3, 2), {"strides": [3, 2]}),
    ("whole picture", (3, 4), (3, 4), {}),
    ("even", (5, 6), (2, 4), {}),
    ("same", (4, 5), (3, 3), {"pads": [1, 1, 1, 1]}),
    ("asymmetric", (4, 5), (3, 3), {"pads": [0, 1, 2, 0]}),
    ("stride 2", (7, 8), (3, 3), {"strides": [2, 2]}),
    ("stride 2, padded", (7, 8), (3, 3), {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ("strides differ", (7, 8), (3, 2), {"strides": [2, 3], "pads": [1, 0, 1, 1]}),
    ("stride above kernel", (8, 9), (2, 2), {"strides": [3, 4]}),
    ("same upper", (6, 5), (2, 3), {"auto_pad": "SAME_UPPER"}),
    ("same lower", (6, 5), (2, 3), {"auto_pad": "SAME_LOWER"}),
    ("same upper, stride", (7, 6), (3, 4), {"auto_pad": "SAME_UPPER", "strides": [2, 3]}),
    ("same lower, stride", (7, 6), (3, 4), {"auto_pad": "SAME_LOWER", "strides": [2, 3]}),
    ("valid", (7, 6), (3, 2), {"auto_pad": "VALID", "strides": [2, 3]}),
    ("not set", (5, 6), (3, 3), {"auto_pad": "NOTSET", "pads": [1, 0, 0, 1]}),
    ("1-D", (8,), (3,), {"strides": [2], "pads": [1, 0]}),
    ("1-D tiles", (7,), (2,), {"strides": [2]}),
    ("3-D", (3, 4, 5), (2, 2, 3), {"strides": [1, 2, 1], "pads": [0, 1, 1, 1, 0, 1]}),
    ("3-D tiles", (4, 5, 2), (2, 2, 2), {"strides": [2, 2, 2]}),
]

DILATED = [
    ("dilated", (6, 7), (3, 2), {"dilations": [2, 3]}),
    ("dilated, stride", (9, 8), (3, 2), {"dilations": [2, 2], "strides": [2, 2]}),
    ("dilated, padded", (6, 7), (2, 3), {"dilations": [2, 1], "pads": [1, 1, 0, 2]}),
    ("dilated tiles", (6, 7), (2, 2), {"dilations": [2, 2], "strides": [2, 2]}),
    ("dilated, same", (6, 7), (3, 3), {"dilations": [2, 2], "auto_pad": "SAME_UPPER"}),
]

CASES: list[Case] = [
    *(
        ("Conv", name, conv(3, 2, *kernel, **attributes), noise(1, 2, *size))
        for name, size, kernel, attributes in GEOMETRIES + DILATED
    ),
    ("Conv", "bias", conv(3, 2, 3, 3, bias=True), noise(1, 2, 4, 5)),
    ("Conv", "batch", conv(3, 2, 3, 3), noise(2, 2, 4, 5)),
    ("Conv", "group", conv(6, 2, 3, 3, group=2), noise(1, 4, 5, 4)),
    ("Conv", "three groups", conv(3, 2, 2, 3, group=3, strides=[2, 1]), noise(1, 6, 5, 4)),
    ("Conv", "depthwise", conv(3, 1, 3, 3, group=3, pads=[1] * 4), noise(1, 3, 5, 4)),
    ("Conv", "depthwise, 2 each", conv(6, 1, 3, 3, group=3), noise(1, 3, 5, 4)),
    ("Conv", "border above the reach", conv(3, 2, 1, 1, pads=[1, 2, 0, 1]), noise(1, 2, 3, 4)),
    ("Conv", "windows in the border", conv(3, 2, 2, 2, pads=[3, 4, 3, 2]), noise(1, 2, 3, 4)),
    (
        "Conv",
        "windows miss the picture",
        conv(3, 2, 1, 1, pads=[1, 1, 0, 0], strides=[3, 3]),
        noise(1, 2, 1, 2),
    ),
    ("Conv", "mean", mean(conv(3, 2, 3, 3, pads=[1] * 4)), noise(1, 2, 4, 5)),
    *(
        ("MaxPool", name, max_pool(*kernel, **attributes), apart(1, 2, *size))
        for name, size, kernel, attributes in GEOMETRIES + DILATED
    ),
    ("MaxPool", "batch", max_pool(2, 2, strides=[2, 2]), apart(2, 3, 4, 4)),
    ("MaxPool", "picture in one window", max_pool(2, pads=[0, 1]), apart(1, 2, 1)),
    ("MaxPool", "mean of tiles", mean(max_pool(2, 2, strides=[2, 2])), apart(1, 2, 5, 4)),
    ("MaxPool", "mean", mean(max_pool(3, 3, strides=[2, 2])), apart(1, 2, 5, 7)),
    *(
        (
            "AveragePool",
            f"{name}{', counted' * counted}",
            average_pool(*kernel, count_include_pad=counted, **attributes),
            noise(1, 2, *size),
        )
        for name, size, kernel, attributes in GEOMETRIES
        for counted in (0, 1)
    ),
    ("AveragePool", "batch", average_pool(2, 2, strides=[2, 2]), noise(2, 3, 4, 4)),
    ("AveragePool", "mean of tiles", mean(average_pool(2, 2, strides=[2, 2])), noise(1, 2, 5, 4)),
    ("AveragePool", "mean", mean(average_pool(3, 3, pads=[1] * 4)), noise(1, 2, 5, 4)),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_rule(case):
    check_rule(case)


@st.composite
def windows(draw, *, dilated=True, most_pad=None):
    """Size and geometry of windows that fit, one or two axes."""
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
    """Give the gradient of the sum, and how many terms it has."""
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
