"""A style loss in a graph: the inputs for its targets, and its value."""

import numpy as np
from numeric import evaluator, run
from style_reference import FOUND, STYLE, numpy_distance, numpy_statistics

from ortstyle.graph.feature_statistics import append_statistics, mean
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.style_loss import STATISTIC_OF_STYLE, StyleLoss, append_style_loss

MEAN = StyleLoss(
    module="somewhere.mean",
    description="compares means",
    statistics={"mean": mean, "twice": lambda ops, layer: ops.scale(mean(ops, layer), 2)},
    targets={"mean": STATISTIC_OF_STYLE, "twice": STATISTIC_OF_STYLE},
)


def test_the_name_is_that_of_the_module():
    assert MEAN.name == "mean"


def test_the_main_target_is_called_after_the_layer_alone():
    assert MEAN.input_name("style2", "relu1_1", "mean") == "style2.relu1_1"
    assert MEAN.input_name("style2", "relu1_1", "twice") == "style2.relu1_1.twice"


def test_statistics_are_compared_with_those_of_the_style_by_default():
    style = {"mean": numpy_statistics(STYLE)["mean"]}
    assert MEAN.make_targets(style) == style
    graph = new_graph("loss")
    ops, x = Ops(graph), add_input(graph, "x", FOUND.shape)
    statistics = append_statistics(ops, x, MEAN.statistics)
    loss, compared = append_style_loss(ops, MEAN, statistics, names=("s", "l"), relative=False)
    assert [value.name for value in graph.inputs] == ["x", "s.l", "s.l.twice"]
    assert list(compared) == ["s.l", "s.l.twice"]
    add_output(graph, "loss", loss)
    target = style["mean"]
    feeds = {"x": FOUND, "s.l": target, "s.l.twice": 2 * target}
    feeds = {name: array.astype(np.float32) for name, array in feeds.items()}
    once = numpy_distance(numpy_statistics(FOUND)["mean"], target, relative=False)
    found = run(evaluator(finish(graph)), feeds)["loss"]
    np.testing.assert_allclose(found, [once + 4 * once], rtol=1e-5)
