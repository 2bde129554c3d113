"""The file of weights that a site sends, and the external data that a page makes from it."""

import itertools

import numpy as np
import pytest
from networks import VGG19
from onnx import TensorProto, helper, numpy_helper

from ortstyle.errors import ModelError
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.settings.presets import from_preset
from ortstyle.web.weights import LOCATION, SharedWeights, Span

SIZE = 32, 48


@pytest.fixture(scope="module")
def vgg19():
    return Network.open(VGG19)


@pytest.fixture(scope="module")
def weights(vgg19):
    return SharedWeights.of(vgg19, from_preset())


def arrays_of(model, weights):
    """Return the initializers of a model with weights, by the name of those that are external."""
    names = {tensor.name for tensor in weights.tensors}
    known = names | {f"{name}.turned" for name in names}
    return {
        name: value.const_value.numpy()
        for name, value in model.graph.initializers.items()
        if name in known
    }


def in_external_data(weights):
    """Return the external data of each tensor by name."""
    data, found = weights.external_data(), {}
    for tensor in weights.tensors:
        for name, offset in (
            (tensor.name, tensor.offset),
            (f"{tensor.name}.turned", tensor.turned),
        ):
            if offset is not None:
                found[name] = data[offset : offset + tensor.bytes]
    return found


def check_external_data(weights, model):
    """Assert that the external data are a model's weights and turned kernels, byte for byte."""
    expected = {name: a.astype("<f4").tobytes() for name, a in arrays_of(model, weights).items()}
    assert sum(map(len, expected.values())) == weights.external_bytes
    assert in_external_data(weights) == expected


def test_vgg19s_external_data_are_the_weights_byte_for_byte(vgg19, weights):
    check_external_data(weights, loss_model(vgg19, SIZE, settings=from_preset()))


def test_another_networks_external_data_are_its_weights(tiny, tiny_settings):
    network, settings = Network.open(tiny), tiny_settings()
    weights = SharedWeights.of(network, settings)
    check_external_data(weights, loss_model(network, (16, 16), settings=settings))
    assert all(tensor.codebook is None for tensor in weights.tensors)


def test_kernels_of_the_default_layers_come_as_indices(weights):
    kernels = [tensor for tensor in weights.tensors if len(tensor.shape) > 1]
    assert [tensor.name for tensor in kernels][-1] == "conv5_1.weight"
    assert all(tensor.codebook and tensor.indices for tensor in kernels)
    numbers = sum(int(np.prod(tensor.shape)) for tensor in kernels)
    assert len(weights.file) < numbers + 50_000


def test_floats_come_first_and_nothing_overlaps(weights):
    floats = [s for t in weights.tensors for s in (t.values, t.codebook) if s]
    indices = [t.indices for t in weights.tensors if t.indices]
    at = 0
    for span in (*floats, *indices):
        assert span.offset == at
        at += span.length
    assert at == len(weights.file)
    assert all(span.offset % 4 == 0 for span in floats)


def test_the_table_can_be_written_as_json(weights):
    first = weights.to_json()[0]
    assert first["name"] == "conv1_1.weight"
    assert first["shape"] == (64, 3, 3, 3)
    assert first["codebook"] == {"offset": 0, "length": 1024}
    assert first["values"] is None
    assert Span(**first["indices"]).length == 64 * 3 * 9


def test_a_model_refers_to_the_external_data(vgg19, weights):
    model = loss_model(vgg19.without_weights(), SIZE, settings=from_preset())
    weights.externalise(model)
    offsets = {t.name: t.offset for t in weights.tensors}
    tensor = model.graph.initializers["conv3_1.weight"].const_value
    assert (tensor.location, tensor.offset) == (LOCATION, offsets["conv3_1.weight"])
    assert tensor.length == 256 * 128 * 9 * 4
    turned = {t.name: t.turned for t in weights.tensors}["conv3_1.weight"]
    assert model.graph.initializers["conv3_1.weight.turned"].const_value.offset == turned


def test_a_weight_that_two_layers_share_is_refused(tmp_path, tiny_settings):
    kernel = np.ones((3, 3, 1, 1), np.float32)
    names = ["input", "relu1", "relu2", "relu3"]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", [before, "w"], [after], after)
            for before, after in itertools.pairwise(names)
        ],
        "shared",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("relu3", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [numpy_helper.from_array(kernel, "w")],
    )
    path = tmp_path / "shared.onnx"
    opsets = [helper.make_opsetid("", 17)]
    path.write_bytes(
        helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    )
    with pytest.raises(ModelError, match="share the weight 'w'"):
        SharedWeights.of(Network.open(path), tiny_settings())
