"""The segments of a network, run one after another, have the results of the network."""

import numpy as np
import pytest
from networks import VGG19, difference, picture, run_session

from ortstyle.graph.loss_graph import feature_graph
from ortstyle.graph.network import Network
from ortstyle.graph.ops import add_output, finish
from ortstyle.graph.segments import segment_inputs, segments_of
from ortstyle.settings.settings import Settings


@pytest.fixture(scope="module")
def vgg19():
    return Network.open(VGG19)


def test_vgg_19_is_cut_after_its_pools_but_the_first(vgg19):
    segments = segments_of(vgg19, Settings())
    assert [segment.boundary for segment in segments] == ["pool2", "pool3", "pool4", None]
    assert [segment.network.channels for segment in segments] == [3, 128, 256, 512]
    layers = [dict(segment.style + segment.content).keys() for segment in segments]
    assert layers == [{"relu1_1", "relu2_1"}, {"relu3_1"}, {"relu4_1", "relu4_2"}, {"relu5_1"}]
    assert [segment.of_pixels for segment in segments] == [True, False, False, False]


def test_margins_are_those_of_a_segment_s_own_layers(vgg19):
    margins = [segment.margins.margin for segment in segments_of(vgg19, Settings())]
    (whole,) = segments_of(vgg19, Settings(), most=1)
    assert whole.margins.margin == 80
    assert max(margins) <= 8


@pytest.mark.parametrize("most", [1, 2, 3])
def test_there_are_as_many_segments_as_asked_for(vgg19, most):
    assert len(segments_of(vgg19, Settings(), most=most)) == most


def test_no_segment_is_without_a_layer_of_the_losses(vgg19):
    layers = (("relu3_1", 1.0),)
    segments = segments_of(vgg19, Settings(content_layers=layers, style_layers=layers))
    assert [segment.boundary for segment in segments] == ["pool2", None]
    layers = (("relu2_2", 1.0),)
    assert len(segments_of(vgg19, Settings(content_layers=layers, style_layers=layers))) == 1


def test_layers_of_a_loss_without_weight_are_left_out(vgg19):
    segments = segments_of(vgg19, Settings(style_weight=0))
    assert [len(segment.style) for segment in segments] == [0, 0, 0]
    assert dict(segments[-1].content).keys() == {"relu4_2"}


def test_segments_compute_what_the_network_does(vgg19):
    pytest.importorskip("onnxruntime")
    settings, image = Settings(), picture(70, 91)
    layers = settings.style_layers + settings.content_layers
    whole = features(vgg19, layers, image, settings)
    found, passed = {}, image
    segments = segments_of(vgg19, settings)
    for segment, size in zip(segments, segment_inputs(segments, (70, 91), settings), strict=True):
        assert passed.shape[2:] == size
        of = features(segment.network, segment.layers, passed, settings)
        passed = of.get(segment.boundary)
        found |= of
    for layer, value in whole.items():
        assert difference(found[layer], value) < 1e-6


def features(network, layers, image, settings):
    """Compute layers of a network, or of a part of one."""
    graph, ops, features = feature_graph(network, image.shape[2:], layers, settings)
    for layer, value in features.items():
        add_output(graph, f"out.{layer}", ops.emit("Identity", [value])[0])
    found = run_session(finish(graph), {"image": np.ascontiguousarray(image)})
    return {name.removeprefix("out."): value for name, value in found.items()}
