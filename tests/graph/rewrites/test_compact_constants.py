"""Constants of a rule become operators, and compute the same."""

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from networks import run_session

from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites.compact_constants import compact_constants

X = np.arange(24, dtype=np.float32).reshape(4, 6)
RNG = np.random.default_rng(3)
CONSTANTS = {
    "uniform": (np.full((4, 6), 2.5), True),
    "row": (np.ones((1, 6)), True),
    "zeros": (np.zeros((4, 6)), True),
    "others": (RNG.normal(size=(4, 6)), False),
    "one but one": (np.where(np.arange(24).reshape(4, 6) == 23, 2, 1), False),
    "number": (np.full((1, 1), 3), False),
}
MATRICES = {
    "identity": (7 * np.eye(6), True),
    "diagonal": (np.diag(np.arange(1, 7)), False),
    "one off the diagonal": (np.eye(6) + np.eye(6, k=5), False),
}


def model_of(**constants):
    """Return a model that multiplies a 4×6 input by constants, element by element and as matrix."""
    graph = new_graph("constants")
    ops, x = Ops(graph), add_input(graph, "x", X.shape)
    for name, array in constants.items():
        multiply = ops.matmul if name in MATRICES else ops.mul
        value = ops.constant(np.asarray(array, np.float32), name)
        add_output(graph, f"times {name}", multiply(x, value))
    return finish(graph)


@pytest.mark.parametrize(("name", "case"), (CONSTANTS | MATRICES).items())
def test_what_a_constant_is_made_from_gives_the_same(name, case):
    array, is_compact = case
    model = model_of(**{name: array})
    expected = run_session(model, {"x": X})
    compact_constants(model)
    stored = [value.const_value.numpy() for value in model.graph.initializers.values()]
    large = [of for of in stored if of.dtype == np.float32 and of.size == array.size > 1]
    assert (not large) == is_compact or array.size == 1
    onnx.checker.check_model(ir.to_proto(model), full_check=True)
    np.testing.assert_array_equal(
        *(r[f"times {name}"] for r in (expected, run_session(model, {"x": X})))
    )


def test_several_constants_of_a_graph_are_compact_at_once():
    arrays = {name: array for name, (array, _) in (CONSTANTS | MATRICES).items()}
    model = model_of(**arrays)
    expected = run_session(model, {"x": X})
    compact_constants(model)
    found = run_session(model, {"x": X})
    assert all((found[name] == expected[name]).all() for name in expected)
    assert [name for name in arrays if name in model.graph.initializers] == [
        name for name, (_, is_compact) in (CONSTANTS | MATRICES).items() if not is_compact
    ]


def test_constants_in_external_data_and_outputs_stay(tmp_path):
    graph = new_graph("external")
    ops, x = Ops(graph), add_input(graph, "x", X.shape)
    value = ops.constant(np.ones(X.shape, np.float32), "weight")
    add_output(graph, "y", ops.mul(x, value))
    model = finish(graph)
    value.const_value = ir.ExternalTensor(
        "file", 0, 96, ir.DataType.FLOAT, shape=ir.Shape(X.shape), name="weight"
    )
    compact_constants(model)
    assert list(model.graph.initializers) == ["weight"]
