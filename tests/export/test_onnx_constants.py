"""Constants that an ONNX graph computes."""

import numpy as np
import onnx
import pytest
from export.weight_files import tiny_onnx_model
from onnx import helper
from vgg19.onnx_constants import Constants

from ortstyle.errors import ModelError

CODEBOOK = np.linspace(-1, 1, 256, dtype=np.float32)
INDICES = np.arange(6, dtype=np.uint8).reshape(2, 3)
HUGE = np.array([2**20, 2**20])


def constants(*nodes):
    model = tiny_onnx_model(nodes, codebook=CODEBOOK, indices=INDICES, huge=HUGE)
    return Constants(model, "file")


def test_weights_out_of_a_codebook():
    cast = helper.make_node("Cast", ["indices"], ["int32"], to=onnx.TensorProto.INT32)
    gather = helper.make_node("Gather", ["codebook", "int32"], ["rows"])
    transpose = helper.make_node("Transpose", ["rows"], ["w"], perm=[1, 0])
    value = constants(cast, gather, transpose).value("w")
    np.testing.assert_array_equal(value, CODEBOOK[INDICES].T)


@pytest.mark.parametrize(
    ("operator", "source", "domain", "message"),
    [
        ("Exp", "codebook", "", "w should be a constant but is computed by Exp"),
        ("Identity", "data", "", "data should be a constant but is an input"),
        ("Identity", "w", "", "w should be a constant but is computed by Identity"),
        ("Identity", "codebook", "mine", "w should be a constant but is computed by Identity"),
        ("ConstantOfShape", "huge", "", "w is larger than any VGG-19 weight"),
    ],
)
def test_values_that_are_not_computed(operator, source, domain, message):
    node = helper.make_node(operator, [source], ["w"], domain=domain)
    with pytest.raises(ModelError, match=f"file: {message}"):
        constants(node).value("w")


def test_a_gather_that_grows_too_large():
    gather = helper.make_node("Gather", ["row", "zeros"], ["w"])
    tensors = {"row": np.zeros((1, 2**13), np.float32), "zeros": np.zeros(2**13, np.int64)}
    with pytest.raises(ModelError, match="w is larger than any VGG-19 weight"):
        Constants(tiny_onnx_model([gather], **tensors), "file").value("w")
