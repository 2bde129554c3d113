"""Files of networks from strangers: bounded, and reading nothing outside their folder."""

import itertools

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ortstyle.errors import ModelError
from ortstyle.graph.network import Network
from ortstyle.graph.network_file import read_model

WEIGHT = np.linspace(-1, 1, 54, dtype=np.float32).reshape(2, 3, 3, 3)


def model(*nodes, out="y", weights=None, sparse=()):
    """Make a model of one convolution and what follows it."""
    takes = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])
    gives = helper.make_tensor_value_info(out, TensorProto.FLOAT, list("nchw"))
    conv = helper.make_node("Conv", ["x", "w"], ["y"])
    given = [numpy_helper.from_array(WEIGHT, "w")] if weights is None else weights
    graph = helper.make_graph([conv, *nodes], "net", [takes], [gives], given)
    graph.sparse_initializer.extend(sparse)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def external(**entries):
    """Return the weight as a tensor whose data are in another file."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=WEIGHT.shape)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=str(value))
    return model(weights=[tensor])


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a model and reads it."""

    def write_and_read(proto):
        (tmp_path / "net.onnx").write_bytes(proto.SerializeToString())
        return read_model(tmp_path / "net.onnx")

    return write_and_read


def test_external_data_are_read(read, tmp_path):
    (tmp_path / "w.bin").write_bytes(b"1234" + WEIGHT.tobytes())
    found = read(external(location="w.bin", offset=4, length=WEIGHT.nbytes))
    np.testing.assert_array_equal(found.graph.initializers["w"].const_value.numpy(), WEIGHT)


OUTSIDE = ["../w.bin", "/etc/passwd", "a/../../w.bin", r"..\w.bin", r"\\evil\share\w.bin"]
OUTSIDE += [r"C:\w.bin", "C:w.bin", r"\??\UNC\evil\w.bin", "//evil/w.bin", "", ".", ".."]


@pytest.mark.parametrize("location", OUTSIDE)
def test_external_data_outside_the_folder_are_not_looked_at(read, location, monkeypatch):
    monkeypatch.setattr(onnx, "load_external_data_for_model", None)
    with pytest.raises(ModelError, match=r"unknown kind, or outside its folder$"):
        read(external(location=location, length=WEIGHT.nbytes))


@pytest.mark.parametrize("entries", [{"length": 216}, {"location": "w.bin", "secret": "1"}])
def test_external_data_of_an_unknown_kind_are_refused(read, entries):
    with pytest.raises(ModelError, match=r"unknown kind"):
        read(external(**entries))


@pytest.mark.parametrize("entries", [{}, {"length": 3 << 30}, {"length": "x"}, {"offset": 8}])
def test_external_data_of_gigabytes_are_refused(read, tmp_path, entries):
    with (tmp_path / "w.bin").open("wb") as file:
        file.truncate(3 << 30)  # which takes no room
    with pytest.raises(ModelError, match=r"its external data have over 2 GB; use a smaller model"):
        read(external(location="w.bin", **entries))


def test_a_file_of_gigabytes_is_refused(tmp_path):
    with (tmp_path / "net.onnx").open("wb") as file:
        file.truncate(3 << 30)
    with pytest.raises(ModelError, match="it has over 2 GB"):
        read_model(tmp_path / "net.onnx")


def test_sparse_weights_are_refused(read, capfd):
    values = numpy_helper.from_array(np.ones(1, np.float32), "w")
    indices = numpy_helper.from_array(np.zeros(1, np.int64), "i")
    sparse = helper.make_sparse_tensor(values, indices, [10**6, 3, 10**4, 10**4])
    with pytest.raises(ModelError, match="it has sparse weights"):
        read(model(weights=[], sparse=[sparse]))
    assert capfd.readouterr() == ("", "")


def test_a_network_of_thousands_of_layers_is_refused(tmp_path):
    names = ["y", *(f"y{k}" for k in range(2100))]
    nodes = [helper.make_node("Relu", [a], [b]) for a, b in itertools.pairwise(names)]
    onnx.save(model(*nodes, out=names[-1]), tmp_path / "net.onnx")
    with pytest.raises(ModelError, match="it has over 2000 layers"):
        Network.open(tmp_path / "net.onnx")


ABSURD = [
    ("Conv", {"pads": [1, 1, 2**31 - 1, 1]}),
    ("Conv", {"pads": [0, 0, -1, 0]}),
    ("Conv", {"dilations": [2**40, 1]}),
    ("MaxPool", {"kernel_shape": [2, 2], "strides": [1, 1025]}),
    ("AveragePool", {"kernel_shape": [2**62, 2]}),
]


@pytest.mark.parametrize(("op", "attributes"), ABSURD)
def test_windows_of_absurd_measures_are_refused_in_any_layer(tmp_path, op, attributes):
    weights = [numpy_helper.from_array(WEIGHT, "w")]
    weights.append(numpy_helper.from_array(np.ones((1, 2, 1, 1), np.float32), "v"))
    inputs = ["y", "v"] if op == "Conv" else ["y"]
    deeper = helper.make_node(op, inputs, ["z"], "deeper", **attributes)
    onnx.save(model(deeper, out="z", weights=weights), tmp_path / "net.onnx")
    with pytest.raises(ModelError, match=rf"net\.onnx: {op} deeper has (pads|dil|str|kern)") as e:
        Network.open(tmp_path / "net.onnx")
    assert "they may be 0 to 1024" in str(e.value)
