"""Statistics of features, compared with NumPy; those of parts add up to the whole."""

import numpy as np
import pytest
from numeric import check_vjp, evaluator, noise, operators, run
from style_reference import FOUND, WEIGHTS, check, numpy_statistics

from ortstyle.errors import GraphError
from ortstyle.graph.feature_statistics import (
    WeightedFeatures,
    append_statistics,
    gram,
    mean,
    weights_name,
)
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph

STATISTICS = {"gram": gram, "mean": mean}


def statistic_of(name, weights=None):
    def build(ops, x):
        root_weights = None if weights is None else ops.like(x, np.sqrt(weights))
        return STATISTICS[name](ops, WeightedFeatures.of(ops, x, root_weights))

    return build


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "masked"])
@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_are_numpys(name, weights):
    check(statistic_of(name, weights), numpy_statistics(FOUND, weights)[name])


def test_a_gram_matrix_multiplies_the_large_matrix_twice():
    """The products are F·Fᵀ and, in the backward pass, (D + Dᵀ)·F."""
    assert operators(check_vjp(statistic_of("gram"), noise(1, 3, 5, 4)))["MatMul"] == 2


def test_those_of_two_parts_add_up_to_those_of_the_whole():
    left, right = np.zeros_like(WEIGHTS), np.zeros_like(WEIGHTS)
    left[..., :2], right[..., 2:] = WEIGHTS[..., :2], WEIGHTS[..., 2:]
    found = []
    for weights in (WEIGHTS, left, right):
        graph = new_graph("part")
        x = add_input(graph, "x", FOUND.shape)
        ops = Ops(graph)
        statistics = append_statistics(ops, x, STATISTICS, ops.like(x, np.sqrt(weights)))
        for name, value in statistics.items():
            add_output(graph, name, value)
        found.append(run(evaluator(finish(graph)), {"x": FOUND.astype(np.float32)}))
    whole, *parts = found
    for name, value in whole.items():
        np.testing.assert_allclose(sum(part[name] for part in parts), value, atol=1e-6)


def test_inputs_of_weights_are_called_after_region_and_layer():
    assert weights_name("style2", "relu1_1") == "style2.relu1_1.root_weights"
    assert weights_name("", "relu1_1") == "relu1_1.root_weights"


@pytest.mark.parametrize("shape", [(1, 10**9, 4, 4), (1, 40), (2, 3, 4, 4), (1, 3, 4, 4, 4)])
def test_a_layer_whose_matrices_would_fill_the_memory_is_refused(shape):
    graph = new_graph("statistics")
    with pytest.raises(
        GraphError, match=r"but a style layer is .* choose another in --style-layer"
    ):
        WeightedFeatures.of(Ops(graph), add_input(graph, "features", shape))
