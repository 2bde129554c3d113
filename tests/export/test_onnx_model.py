"""The model that is built; the shipped one is tested in more detail."""

import onnx
import pytest
from export.weight_files import assert_same
from vgg19.conversion import convert
from vgg19.onnx_model import build_model
from vgg19.readers import read_weights
from vgg19.weights import Weights


def test_float32_keeps_the_weights(random_vgg19, codebook_file, tmp_path):
    path = tmp_path / "large.onnx"
    convert(codebook_file, path, float32=True)
    assert_same(read_weights(path), random_vgg19)
    model = onnx.load(path)
    assert {node.op_type for node in model.graph.node} == {"Conv", "Relu", "MaxPool"}
    assert model.graph.initializer[0].name == "conv1_1.weight"
    assert path.stat().st_size / 1e6 == pytest.approx(80.2, abs=0.1)


def test_weights_without_a_preprocessing(random_vgg19):
    weights = Weights(random_vgg19.kernels, random_vgg19.biases, "state dict", "0")
    with pytest.raises(ValueError, match="preprocessing first"):
        build_model(weights, float32=True)
