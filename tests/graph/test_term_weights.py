"""Products with the weights of terms, which are constants or inputs."""

import numpy as np
import pytest
from numeric import evaluator, run

from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.term_weights import TermWeights
from ortstyle.settings.settings import Settings

SETTINGS = Settings(content_weight=5.0, style_weight=3.0, tv_weight=0.25)


def weighted(terms, *, are_inputs):
    """Return a model of the products of `value`, 2 values, with terms and shares."""
    graph = new_graph("weighted")
    ops, value = Ops(graph), add_input(graph, "value", (2,))
    weights = TermWeights(ops, SETTINGS, are_inputs=are_inputs)
    for k, (term, share) in enumerate(terms):
        add_output(graph, f"product{k}", weights.apply(value, term, share=share))
    return finish(graph)


TERMS = ("content", 1.0), ("style", 0.5), ("style", 1.0), ("tv", 1.0), ("temporal", 1.0)
VALUE = np.array([1, -2], np.float32)


def test_weights_of_the_settings_are_constants():
    model = weighted(TERMS, are_inputs=False)
    assert [value.name for value in model.graph.inputs] == ["value"]
    found = run(evaluator(model), {"value": VALUE})
    factors = [found[f"product{k}"][0] for k in range(len(TERMS))]
    assert factors == [5, 1.5, 3, 0.25, 1]


def test_weights_that_are_inputs_replace_those_of_the_settings():
    model = weighted(TERMS, are_inputs=True)
    names = [value.name for value in model.graph.inputs]
    assert names == ["value", "weight.content", "weight.style", "weight.tv"]
    feeds = {"weight.content": 7, "weight.style": 10, "weight.tv": 2}
    arrays = {name: np.array([number], np.float32) for name, number in feeds.items()}
    found = run(evaluator(model), {"value": VALUE, **arrays})
    products = [found[f"product{k}"] for k in range(len(TERMS))]
    np.testing.assert_array_equal(products, np.multiply.outer([7, 5, 10, 2, 1], VALUE))


@pytest.mark.parametrize("are_inputs", [False, True])
def test_terms_without_a_loss_have_no_input(are_inputs):
    model = weighted((("tv", 1.0),), are_inputs=are_inputs)
    assert len(model.graph.inputs) == 1 + are_inputs
