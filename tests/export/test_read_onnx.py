"""ONNX files of VGG-19: other people's, ours, and wrong ones."""

import numpy as np
import onnx
import pytest
from export.weight_files import LIGHT, assert_same, onnx_model, refusal, tiny_onnx_model
from onnx import helper
from vgg19.conversion import convert
from vgg19.preprocessing import CAFFE
from vgg19.readers import read_weights


def test_onnx_of_others(random_vgg19, tmp_path):
    path = tmp_path / "other.dat"
    onnx.save(onnx_model(random_vgg19, constants=("conv2_1", "conv5_4")), path)
    weights = read_weights(path)
    assert_same(weights, random_vgg19)
    assert weights.preprocessing is None


def test_onnx_of_ours_comes_back(random_vgg19, converted_file, tmp_path):
    path = tmp_path / "again.onnx"
    weights, errors = convert(converted_file, path)
    assert_same(weights, random_vgg19)
    assert weights.preprocessing == CAFFE
    assert set(errors.values()) == {0.0}
    assert onnx.load(path).graph == onnx.load(converted_file).graph
    assert path.stat().st_size / 1e6 == pytest.approx(20.1, abs=0.1)


def test_light_vgg19_of_the_onnx_package():
    weights = read_weights(LIGHT)
    assert weights.kernels["conv5_4"].shape == (512, 512, 3, 3)
    assert np.unique(weights.kernels["conv1_1"]) == np.float32(0.02)
    assert weights.preprocessing is None


def test_external_data_beside_the_model(random_vgg19, tmp_path):
    path = tmp_path / "model.onnx"
    model = onnx_model(random_vgg19)
    onnx.save(model, path, save_as_external_data=True, location="weights.data")
    assert_same(read_weights(path), random_vgg19)


@pytest.mark.parametrize("location", ["../secret.data", "{}/secret.data", "gone.data"])
def test_external_data_outside_the_folder(tmp_path, location):
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.data").write_bytes(bytes(64 * 3 * 9 * 4))
    model = onnx.load(LIGHT)
    tensor = onnx.TensorProto(
        name="conv1_1_w_0",
        data_type=onnx.TensorProto.FLOAT,
        dims=[64, 3, 3, 3],
        data_location=onnx.TensorProto.EXTERNAL,
    )
    tensor.external_data.add(key="location", value=location.format(tmp_path))
    model.graph.initializer.append(tensor)
    path = inside / "model.onnx"
    path.write_bytes(model.SerializeToString())
    assert "external data is refused" in refusal(path)


def test_external_data_behind_a_link(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.data").write_bytes(bytes(8))
    try:
        (inside / "weights.data").symlink_to(tmp_path / "secret.data")
    except OSError:
        pytest.skip("no symbolic links here")
    model = onnx.load(LIGHT)
    tensor = onnx.TensorProto(name="x", data_type=onnx.TensorProto.FLOAT, dims=[2])
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.data")
    model.graph.initializer.append(tensor)
    path = inside / "model.onnx"
    path.write_bytes(model.SerializeToString())
    assert "external data is refused" in refusal(path)


def sixteen_convs(weight, *, then="Relu", biased=True):
    for number in range(16):
        inputs = ["data", weight] + ["bias"] * biased
        yield helper.make_node("Conv", inputs, [f"c{number}"])
        yield helper.make_node(then, [f"c{number}"], [f"r{number}"])


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([helper.make_node("Relu", ["data"], ["out"])], "has 0 Conv nodes, not 16"),
        ([*sixteen_convs("data")], "data should be a constant but is an input"),
        (
            [helper.make_node("Reshape", ["wide", "huge"], ["w"]), *sixteen_convs("w")],
            "conv1_1 can't be read",
        ),
        ([*sixteen_convs("wide")], "conv1_1's kernel has shape"),
    ],
)
def test_onnx_files_that_are_not_vgg19(tmp_path, nodes, message):
    path = tmp_path / "wrong.onnx"
    tensors = {"wide": np.zeros((64, 3, 5, 5), np.float32), "huge": np.array([2**20, 2**20])}
    onnx.save(tiny_onnx_model(nodes, bias=np.zeros(64), **tensors), path)
    assert message in refusal(path)


@pytest.mark.parametrize("changes", [{"then": "Sigmoid"}, {"biased": False}])
def test_onnx_with_other_nodes_between(tmp_path, changes):
    path = tmp_path / "wrong.onnx"
    nodes = sixteen_convs("w", **changes)
    onnx.save(tiny_onnx_model(nodes, w=np.zeros((64, 3, 3, 3)), bias=np.zeros(64)), path)
    assert "doesn't have a bias and then a Relu alone" in refusal(path)


def test_onnx_with_wrong_preprocessing_is_refused(tmp_path):
    model = onnx.load(LIGHT)
    helper.set_model_props(model, {"preprocessing": "BGR"})
    path = tmp_path / "wrong.onnx"
    path.write_bytes(model.SerializeToString())
    assert "its preprocessing is wrong" in refusal(path)
