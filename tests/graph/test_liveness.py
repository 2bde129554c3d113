"""The predicted memory of small graphs, and of VGG-19 compared with ONNX Runtime's plan."""

import numpy as np
import pytest
from networks import VGG19

from ortstyle.errors import GraphError
from ortstyle.graph.liveness import held_bytes, peak_bytes, weight_bytes
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites import winograd
from ortstyle.settings.settings import Settings

ROW = 4 * 100  # bytes of a vector of 100


def peak(build, shape=(100,)):
    graph = new_graph("test")
    x = add_input(graph, "x", shape)
    add_output(graph, "y", build(Ops(graph), x))
    return peak_bytes(finish(graph))


def test_a_result_is_freed_after_its_last_use():
    def chain(ops, x):
        for _ in range(5):
            x = ops.pow(x, 2)  # never overwrites its input
        return x

    assert peak(chain) == 2 * ROW


def test_a_result_that_is_needed_later_stays():
    def skip(ops, x):
        first = ops.pow(x, 2)
        return ops.pow(ops.add(ops.pow(ops.pow(first, 2), 2), first), 2)

    assert peak(skip) == 3 * ROW


def test_a_result_is_written_over_an_input_used_last():
    assert peak(lambda ops, x: ops.pow(ops.relu(ops.add(ops.pow(x, 2), x)), 2)) == 2 * ROW


def test_an_input_of_the_graph_is_not_overwritten():
    assert peak(lambda ops, x: ops.pow(ops.relu(x), 2)) == 2 * ROW


def test_a_result_that_another_node_needs_is_not_overwritten():
    def twice(ops, x):
        a = ops.pow(x, 2)
        return ops.pow(ops.mul(ops.pow(a, 2), ops.relu(a)), 2)

    assert peak(twice) == 3 * ROW


def test_floats_do_not_overwrite_a_mask_of_bytes():
    def masked(ops, x):
        return ops.pow(ops.masked(x, ops.greater(x, ops.like(x, 0))), 2)

    assert peak(masked) == 2 * ROW


def test_a_reshaped_result_is_the_same_memory():
    def reshaped(ops, x):
        return ops.pow(ops.reshape(ops.pow(x, 2), (10, 10)), 2)

    assert peak(reshaped) == 2 * ROW


def test_a_transposition_goes_into_the_product():
    def gram(ops, x):
        columns = ops.pow(x, 2)
        return ops.matmul(columns, ops.transpose(columns, (1, 0)))

    assert peak(gram, (4, 25)) == ROW + 4 * 16
    assert peak(lambda ops, x: ops.pow(ops.transpose(x, (1, 0)), 2), (4, 25)) == 2 * ROW


def test_constants_are_computed_beforehand():
    def folded(ops, x):
        return ops.mul(x, ops.add(ops.like(x, np.ones(100)), ops.like(x, np.ones(100))))

    assert peak(folded) == ROW


def test_convolutions_copy_to_and_from_blocks():
    def conv(ops, x):
        return ops.conv(x, ops.like(x, np.zeros((32, 32, 1, 1))))

    # the input in blocks, the result in blocks, then the result in the plain layout
    assert peak(conv, (1, 32, 10, 10)) == 2 * 32 * ROW
    # the convolution reads the picture in the plain layout; its 3 channels become a block of 16
    few = peak(lambda ops, x: ops.conv(x, ops.like(x, np.zeros((3, 3, 1, 1)))), (1, 3, 10, 10))
    assert few == (16 + 3) * ROW


def test_the_last_branch_in_the_file_runs_first():
    def small(ops, x):
        return ops.reduce_sum(ops.pow(ops.pow(x, 2), 2), keepdims=True)

    def large_last(ops, x):
        first = small(ops, x)
        return ops.add(first, ops.pow(x, 2))

    def small_last(ops, x):
        first = ops.pow(x, 2)
        return ops.add(first, small(ops, x))

    assert peak(large_last) == 3 * ROW  # the small branch runs beside the large result
    assert peak(small_last) == 2 * ROW + 4


def test_weights_and_inputs_are_counted_apart():
    graph = new_graph("test")
    ops, x = Ops(graph), add_input(graph, "x", (100,))
    add_output(graph, "y", ops.add(x, ops.like(x, np.ones(100))))
    model = finish(graph)
    assert weight_bytes(model) == ROW
    assert held_bytes(model) == 2 * ROW


def test_a_shape_that_is_not_known_is_refused():
    graph = new_graph("test")
    x = add_input(graph, "x", (100,))
    add_output(graph, "y", Ops(graph).relu(x))
    x.shape = None
    with pytest.raises(GraphError, match="'x' has no static shape"):
        peak_bytes(finish(graph))


def test_vgg_19_needs_what_onnx_runtime_plans_for_it():
    # The number is that of the graph as ONNX Runtime 1.32 writes it after its own transformations.
    network = Network.open(VGG19)
    model = loss_model(network, (256, 256), settings=Settings())
    winograd.rewrite(model)
    assert peak_bytes(model) == pytest.approx(91.57e6, rel=1e-3)
