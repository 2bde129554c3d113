"""The shipped file models/vgg19.onnx is as models/README.md describes it, and runs."""

import hashlib
import json

import numpy as np
import onnx
import pytest
from export.weight_files import NAMES
from vgg19.choose_preprocessing import SHIPPED
from vgg19.layers import LAYERS
from vgg19.preprocessing import CAFFE
from vgg19.readers import read_weights

SHIPPED_README = SHIPPED.with_name("README.md")


@pytest.fixture(scope="module")
def shipped():
    return onnx.load(SHIPPED)


def test_shipped_file_is_the_one_described():
    digest = hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    assert digest in SHIPPED_README.read_text(encoding="utf-8")
    assert SHIPPED.stat().st_size < 21e6


def test_shipped_file_is_valid(shipped):
    onnx.checker.check_model(shipped, full_check=True)
    assert shipped.ir_version == 8
    assert [(opset.domain, opset.version) for opset in shipped.opset_import] == [("", 17)]


def test_shipped_metadata(shipped):
    notes = {entry.key: entry.value for entry in shipped.metadata_props}
    assert json.loads(notes["preprocessing"]) == {
        "order": "BGR",
        "scale": 1.0,
        "mean": [103.939, 116.779, 123.68],
        "std": [1.0, 1.0, 1.0],
    }
    assert notes["license"] == "CC-BY-4.0"
    assert "Simonyan" in notes["attribution"]
    assert notes["sha256"] in SHIPPED_README.read_text(encoding="utf-8")


def test_shipped_layers(shipped):
    layers = [node for node in shipped.graph.node if node.op_type in {"Conv", "Relu", "MaxPool"}]
    assert all(list(node.output) == [node.name] for node in shipped.graph.node)
    expected = []
    for name in NAMES:
        if name.endswith("_1") and name != "conv1_1":
            expected.append(f"pool{int(name[4]) - 1}")
        expected += [name, name.replace("conv", "relu")]
    assert [node.name for node in layers] == expected
    chain = ["input", *expected]
    assert [node.input[0] for node in layers] == chain[:-1]
    assert [info.name for info in shipped.graph.output] == [n for n in expected if "relu" in n]
    stored = {tensor.name: tensor for tensor in shipped.graph.initializer}
    for layer in LAYERS:
        assert tuple(stored[f"{layer.name}.indices"].dims) == layer.shape
        assert stored[f"{layer.name}.indices"].data_type == onnx.TensorProto.UINT8
        assert tuple(stored[f"{layer.name}.codebook"].dims) == (256,)
        assert tuple(stored[f"{layer.name}.bias"].dims) == layer.shape[:1]
    assert len(stored) == 48


def first_relu(picture, kernel, bias):
    padded = np.pad(picture, [(0, 0), (0, 0), (1, 1), (1, 1)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    sums = np.einsum("nihwyx,oiyx->nohw", windows, kernel) + bias[:, None, None]
    return np.maximum(sums, 0)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (37, 51)])
def test_shipped_file_runs(height, width):
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(SHIPPED, providers=["CPUExecutionProvider"])
    y, x = np.mgrid[:height, :width].astype(np.float32)
    pixels = np.stack([255 * x / width, 255 * y / height, 127 + 127 * np.sin(x * y / 40)])
    mean = np.array(CAFFE.mean, np.float32)[:, None, None]
    picture = (pixels[::-1] - mean).astype(np.float32)[None]
    names = [value.name for value in session.get_outputs()]
    found = dict(zip(names, session.run(None, {"input": picture}), strict=True))
    for layer in LAYERS:
        values, scale = found[layer.name.replace("conv", "relu")], 2 ** (layer.block - 1)
        assert values.shape == (1, layer.shape[0], height // scale, width // scale)
        assert 0.01 < np.mean(values > 0) < 0.9
        assert 0.05 < values.mean() < 5000
    weights = read_weights(SHIPPED)
    expected = first_relu(picture, weights.kernels["conv1_1"], weights.biases["conv1_1"])
    np.testing.assert_allclose(found["relu1_1"], expected, atol=1e-3)
