"""Constants of a network are computed in bounded memory and time, or refused in one line."""

import itertools

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ortstyle.errors import ModelError
from ortstyle.graph.folding import MOST_BYTES
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, add_input, new_graph

node = helper.make_node


@pytest.fixture
def append(tmp_path):
    """Return a function that appends a network in which these nodes compute the weight `w`."""

    def make(*nodes, **arrays):
        takes = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])
        gives = helper.make_tensor_value_info("y", TensorProto.FLOAT, list("nchw"))
        weights = [numpy_helper.from_array(np.array(a), n) for n, a in arrays.items()]
        conv = node("Conv", ["x", "w"], ["y"])
        graph = helper.make_graph([*nodes, conv], "net", [takes], [gives], weights)
        imports = [helper.make_opsetid("", 17)]
        path = tmp_path / "net.onnx"
        onnx.save(helper.make_model(graph, opset_imports=imports, ir_version=8), path)
        ops = Ops(new_graph("features"))
        layers = Network.open(path).append(ops, add_input(ops.graph, "image", (1, 3, 8, 8)), ["y"])
        return layers["y"].producer().inputs[1].const_value.numpy()

    return make


FLAT = np.linspace(0, 1, 2 * 3 * 9, dtype=np.float32)
SHAPE = np.array([2, 3, 3, 3])


def test_what_is_small_is_computed(append):
    nodes = [node("Mul", ["a", "b"], ["c"]), node("Reshape", ["c", "shape"], ["w"])]
    found = append(*nodes, a=FLAT, b=np.float32(2), shape=SHAPE)
    np.testing.assert_array_equal(found, 2 * FLAT.reshape(SHAPE))


def test_a_value_that_is_read_twice_is_computed_once(append):
    """Computed each time, the sixtieth sum would take 2⁶⁰ steps."""
    names = ["a", *(f"a{k}" for k in range(60))]
    nodes = [node("Add", [a, a], [b]) for a, b in itertools.pairwise(names)]
    found = append(*nodes, node("Reshape", [names[-1], "shape"], ["w"]), a=FLAT, shape=SHAPE)
    np.testing.assert_array_equal(found, FLAT.reshape(SHAPE) * np.float32(2**60))


def test_a_long_chain_is_no_deep_recursion(append):
    names = [f"a{k}" for k in range(2000)]
    nodes = [node("Neg", [a], [b]) for a, b in itertools.pairwise(names)]
    found = append(*nodes, node("Reshape", [names[-1], "shape"], ["w"]), a0=FLAT, shape=SHAPE)
    np.testing.assert_array_equal(found, -FLAT.reshape(SHAPE))


TALL, WIDE = np.zeros((50_000, 1), np.float32), np.zeros((1, 50_000), np.float32)
BOMBS = {
    "filled": ([node("ConstantOfShape", ["n"], ["w"])], {"n": [10**6, 10**6]}),
    "beyond 64 bits": ([node("ConstantOfShape", ["n"], ["w"])], {"n": [2**62, 2**62]}),
    "expanded": ([node("Expand", ["a", "n"], ["w"])], {"a": FLAT, "n": [10**12, 54]}),
    "tiled": ([node("Tile", ["a", "n"], ["w"])], {"a": FLAT, "n": [10**12]}),
    "padded": ([node("Pad", ["a", "n"], ["w"])], {"a": FLAT, "n": [10**12, 0]}),
    "ranged": ([node("Range", ["a", "b", "c"], ["w"])], {"a": 0, "b": 10**12, "c": 1}),
    "broadcast": ([node("Add", ["a", "b"], ["w"])], {"a": TALL, "b": WIDE}),
    "doubled": (
        [node("Concat", [f"w{k}" if k else "a"] * 2, [f"w{k + 1}"], axis=0) for k in range(40)]
        + [node("Identity", ["w40"], ["w"])],
        {"a": FLAT},
    ),
    "many": (
        [node("ConstantOfShape", ["n"], [f"w{k}"]) for k in range(9)]
        + [node("Sum", [f"w{k}" for k in range(9)], ["w"])],
        {"n": [MOST_BYTES // 4 // 4]},
    ),
}


ZEROS = np.zeros((1 << 22), np.float32)
BOMBS |= {
    "read often": (
        [
            node("Sum", ["a"] * 300, ["b"]),
            node("Slice", ["b", "s", "e"], ["c"]),
            node("Reshape", ["c", "n"], ["w"]),
        ],
        {"a": ZEROS, "s": [0], "e": [54], "n": SHAPE},
    ),
    "read by many": (
        [node("ReduceMax", ["a"], [f"a{k}"], keepdims=0) for k in range(300)]
        + [node("Sum", [f"a{k}" for k in range(300)], ["b"]), node("Expand", ["b", "n"], ["w"])],
        {"a": ZEROS, "n": SHAPE},
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_constant_that_takes_too_much_memory_is_refused(append, name):
    nodes, arrays = BOMBS[name]
    with pytest.raises(ModelError, match=r"^[^\n]*(take over 512 MB|can't be computed)[^\n]*$"):
        append(*nodes, **arrays)


def test_a_constant_that_takes_too_many_steps_is_refused(append):
    names = [f"a{k}" for k in range(6000)]
    nodes = [node("Neg", [a], [b]) for a, b in itertools.pairwise(names)]
    with pytest.raises(ModelError, match="is computed by over 5000 operators"):
        append(*nodes, node("Reshape", [names[-1], "shape"], ["w"]), a0=FLAT, shape=SHAPE)


SLOW = {
    "MatMul": node("MatMul", ["a", "a"], ["w"]),
    "Einsum": node("Einsum", ["a", "a"], ["w"], equation="ij,kl->ij"),
    "RandomNormal": node("RandomNormal", [], ["w"], shape=[2, 3, 3, 3]),
    "NonZero": node("NonZero", ["a"], ["w"]),
    "Erf": node("Erf", ["a"], ["w"]),
    "GatherND": node("GatherND", ["a", "n"], ["w"]),
    "GatherElements": node("GatherElements", ["a", "n"], ["w"]),
}


@pytest.mark.parametrize("name", SLOW)
def test_operators_whose_work_is_not_in_proportion_are_refused(append, name):
    with pytest.raises(ModelError, match=f"operator {name} is not one that computes constants"):
        append(SLOW[name], a=np.zeros((4, 4), np.float32), n=np.zeros((1, 1), np.int64))


def test_a_result_whose_size_depends_on_values_is_refused(append):
    bounds = [node("Cast", ["n"], ["m"], to=TensorProto.FLOAT), node("Ceil", ["m"], ["k"])]
    last = node("Range", ["zero", "k", "one"], ["w"])
    with pytest.raises(ModelError, match="'w' can't be computed"):
        append(*bounds, last, n=10**9, zero=np.float32(0), one=np.float32(1))
