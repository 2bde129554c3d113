"""Serialised models: large weights stay outside, and the model stays as it was."""

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from networks import VGG19
from small_models import matrix_product

from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.runtime.serialisation import serialise
from ortstyle.settings.settings import Settings


def test_large_weights_are_not_serialised():
    model, matrix = matrix_product(4096)
    data, weights = serialise(model)
    (name,) = weights
    assert len(data) < 4096 < matrix.nbytes
    np.testing.assert_array_equal(weights[name], matrix)
    (tensor,) = onnx.load_from_string(data).graph.initializer
    assert tensor.data_location == onnx.TensorProto.EXTERNAL
    assert tensor.name == name

    small, _ = matrix_product(8)
    data, weights = serialise(small)
    assert not weights
    assert not onnx.load_from_string(data).graph.initializer[0].external_data


def test_vgg19_is_not_serialised():
    model = loss_model(Network.open(VGG19), (32, 32), settings=Settings())
    data, weights = serialise(model)
    assert sum(weight.nbytes for weight in weights.values()) > 40_000_000
    assert len(data) < 1_000_000


def test_the_model_is_left_as_it_was_even_if_it_can_not_be_serialised(monkeypatch):
    model, matrix = matrix_product(4096)

    def fail(_):
        raise MemoryError

    monkeypatch.setattr(ir, "to_proto", fail)
    with pytest.raises(MemoryError):
        serialise(model)
    (value,) = model.graph.initializers.values()
    np.testing.assert_array_equal(value.const_value.numpy(), matrix)
