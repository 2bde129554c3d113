"""The graphs of a tile fit together: outputs of one are inputs of another."""

import pytest
from networks import VGG19

from ortstyle.graph.loss_graph import EVERYWHERE, loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.segments import segment_inputs, segments_of
from ortstyle.graph.style_losses import style_loss_names
from ortstyle.graph.tile_graphs import (
    content_features_model,
    pullback_model,
    statistics_loss_model,
    statistics_model,
)
from ortstyle.graph.values import shape_of
from ortstyle.settings.settings import Settings

SIZE = (32, 40)


@pytest.fixture(scope="module")
def vgg19():
    return Network.open(VGG19)


def shapes(values):
    return {value.name: shape_of(value) for value in values}


@pytest.mark.parametrize("name", style_loss_names())
def test_the_graphs_fit_together(vgg19, name):
    settings = Settings(
        style_loss=name,
        content_layers=(("relu3_1", 1.0),),
        style_layers=(("relu1_1", 1.0), ("relu3_1", 1.0)),
    )
    segments, statistics, pullbacks = segments_of(vgg19, settings), {}, []
    for segment, size in zip(segments, segment_inputs(segments, SIZE, settings), strict=True):
        forward = statistics_model(
            segment, size, settings=settings, regions=["style"], content=True
        )
        found = shapes(forward.graph.outputs)
        boundary = found.pop("boundary", None)
        statistics |= found
        content = content_features_model(segment, size, settings=settings)
        backward = pullback_model(segment, size, pixels=1280, settings=settings, regions=EVERYWHERE)
        inputs = shapes(backward.graph.inputs)
        assert shapes(forward.graph.inputs).items() <= inputs.items()
        assert inputs.get("d.boundary") == boundary
        assert {f"d.{name}" for name in found} <= set(inputs)
        features = shapes(content.graph.outputs)
        assert features.pop("boundary", None) == boundary
        assert features.items() <= inputs.items()
        pullbacks.append([value.name for value in backward.graph.outputs])
        of_style = shapes(statistics_model(segment, size, settings=settings).graph.inputs)
        assert not any(key.startswith("content") for key in of_style)
    assert pullbacks == [["gradient", "tv"], ["gradient"]]
    assert statistics["content.relu3_1/error"] == (1,)

    loss = statistics_loss_model(statistics, settings=settings, regions=EVERYWHERE)
    inputs, outputs = shapes(loss.graph.inputs), shapes(loss.graph.outputs)
    terms = dict.fromkeys(("content", "style"), (1,))
    assert outputs == terms | {f"d.{key}": shape for key, shape in statistics.items()}
    whole = shapes(loss_model(vgg19, SIZE, settings=settings).graph.inputs)
    assert {key: shape for key, shape in inputs.items() if key not in statistics} == {
        key: shape for key, shape in whole.items() if key.startswith("style.")
    }
