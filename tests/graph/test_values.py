"""Reading the shape, dtype and constant of a value."""

import numpy as np
import onnx_ir as ir
import pytest

from ortstyle.errors import GraphError
from ortstyle.graph.ops import Ops, add_input, new_graph
from ortstyle.graph.values import are_equal, attribute_of, constant_of, dtype_of, shape_of


def test_a_static_shape_and_a_dtype():
    value = ir.val("x", dtype=ir.DataType.DOUBLE, shape=(2, 3))
    assert shape_of(value) == (2, 3)
    assert dtype_of(value) == ir.DataType.DOUBLE


@pytest.mark.parametrize("shape", [None, (2, None), (2, "n")])
def test_a_shape_that_is_not_static_is_refused(shape):
    value = ir.val("free", dtype=ir.DataType.FLOAT, shape=shape)
    with pytest.raises(GraphError, match="'free' has no static shape"):
        shape_of(value)


def test_a_missing_dtype_is_refused():
    with pytest.raises(GraphError, match="'x' has no dtype"):
        dtype_of(ir.val("x", shape=(2,)))


def test_only_an_initializer_is_a_constant():
    graph = new_graph("test")
    ops, x = Ops(graph), add_input(graph, "x", (2,))
    np.testing.assert_array_equal(constant_of(ops.like(x, [1, 2])), np.float32([1, 2]))
    assert constant_of(x) is None
    assert constant_of(ops.relu(x)) is None
    assert constant_of(None) is None


@pytest.mark.parametrize(
    "value", [3, -0.5, "same", [1, 2, 3], (4, 5), [1.0, 2.0], ["a", "b"], [1, 2.5], True], ids=str
)
def test_attributes_are_those_that_onnx_ir_makes(value):
    try:
        expected = ir.convenience.convert_attribute("name", value)
    except TypeError:
        with pytest.raises(TypeError):
            ir.convenience.convert_attribute("name", attribute_of("name", value))
        return
    found = ir.convenience.convert_attribute("name", attribute_of("name", value))
    assert (found.name, found.type, found.value) == (expected.name, expected.type, expected.value)


def test_kernels_are_equal_if_their_elements_are():
    a = np.arange(2 * 3 * 9, dtype=np.float32).reshape(2, 3, 3, 3)
    differs = a.copy()
    differs[-1, -1, -1, -1] += 1
    assert are_equal(a, a.copy())
    assert are_equal(a[..., ::-1, ::-1], a[..., ::-1, ::-1].copy())
    assert not any(are_equal(a, b) for b in (differs, a + 1, a[:1], a[..., ::-1], a[::-1]))


def test_kernels_in_the_same_memory_are_not_compared(monkeypatch):
    a = np.broadcast_to(np.float32(3), (512, 512, 3, 3))
    flipped = a.swapaxes(0, 1)[..., ::-1, ::-1]
    monkeypatch.setattr(np, "array_equal", None)
    assert are_equal(a, flipped)
