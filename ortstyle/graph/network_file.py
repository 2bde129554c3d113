"""The file of a feature network, which may come from a stranger: read in bounded memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PureWindowsPath

import onnx
import onnx_ir as ir
from google.protobuf.message import DecodeError, Message

from ortstyle.errors import ModelError
from ortstyle.graph.shape_inference import OPSET

#: The key in `ir.Model.meta` for whether `read_model` has read weights from other files.
HAS_EXTERNAL_DATA = "has_external_data"
_MOST_NODES = 20_000  # operators, most of which may compute weights
_MOST_BYTES = 1 << 31  # of the file, and of its external data together; ONNX's own for a file
_WIDEST = 1024  # positions that a window, its step, its dilation or its padding may have
_WINDOWED = ("AveragePool", "Conv", "LpPool", "MaxPool")
_DIGITS = 20  # fewer of them make a number of 64 bits
_KEYS = {"location", "offset", "length", "checksum"}  # of external data


def read_model(path: Path) -> ir.Model:
    """Read an ONNX file, with its external data, as a model of opset 17.

    Raises
    ------
    ModelError
        The file is missing, damaged, too large, no ONNX model, or can't be converted.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no such model file")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ModelError(f"{path}: it has over {_MOST_BYTES >> 30} GB; use a smaller model")
        proto = onnx.load(path, format="protobuf", load_external_data=False)
        has_external_data = _check(path, proto)
        onnx.load_external_data_for_model(proto, str(path.parent))
        onnx.checker.check_model(proto)
        version = next(o.version for o in proto.opset_import if o.domain in ("", "ai.onnx"))
        if version != OPSET:
            proto = onnx.version_converter.convert_version(proto, OPSET)
        model = ir.from_proto(proto)
    except (OSError, DecodeError, onnx.checker.ValidationError, StopIteration) as error:
        reason = str(error).strip().split("\n")[0] or "no ONNX operators"
        raise ModelError(f"{path}: not a usable ONNX model ({reason})") from error
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise ModelError(f"{path}: can't be converted to opset {OPSET} ({reason})") from error
    model.meta[HAS_EXTERNAL_DATA] = has_external_data
    return model


def _check(path: Path, proto: onnx.ModelProto) -> bool:
    """Check that a model can be used; return whether it has external data.

    Raises a `ModelError` if it can't, or if its external data are too large.
    """
    if len(proto.graph.node) > _MOST_NODES:
        raise ModelError(f"{path}: it has over {_MOST_NODES} operators; use a smaller model")
    if not _is_text(proto):
        raise ModelError(f"{path}: not a usable ONNX model (a name in it is not UTF-8)")
    if proto.graph.sparse_initializer:
        raise ModelError(f"{path}: it has sparse weights; use a model with dense ones")
    read, has_external_data = 0, False
    for tensor in _tensors(proto):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            read += _external_bytes(path, tensor)
            has_external_data = True
    if read > _MOST_BYTES:
        raise ModelError(
            f"{path}: its external data have over {_MOST_BYTES >> 30} GB; use a smaller model"
        )
    return has_external_data


def check_window(path: Path, node: ir.Node) -> None:
    """Raise a `ModelError` for a convolution or pool with a window of absurd measures."""
    if "kernel_shape" not in node.attributes and node.op_type not in _WINDOWED:
        return
    for name in ("kernel_shape", "strides", "dilations", "pads", "output_padding"):
        attribute = node.attributes.get(name)
        if attribute is None or attribute.type != ir.AttributeType.INTS:
            continue
        if not all(0 <= number <= _WIDEST for number in attribute.as_ints()):
            raise ModelError(
                f"{path}: {node.op_type} {node.name or node.outputs[0].name} has {name} "
                f"{list(attribute.as_ints())}; they may be 0 to {_WIDEST}"
            )


def _external_bytes(path: Path, tensor: onnx.TensorProto) -> int:
    """Return how many bytes are read for a tensor from a file in the folder of the model.

    Nothing outside of that folder is looked at.
    """
    known = {entry.key: entry.value for entry in tensor.external_data}
    location = PureWindowsPath(known.get("location", ""))  # which splits at both kinds of slash
    if not location.name or location.anchor or ".." in location.parts or not known.keys() <= _KEYS:
        raise ModelError(
            f"{path}: {tensor.name!r} has external data of an unknown kind, or outside its folder"
        )
    length = known.get("length", "")
    if length.isdecimal() and len(length) < _DIGITS:
        return int(length)
    file = path.parent / known["location"]  # without a length all of it is read
    return file.stat().st_size if file.is_file() else 0


def _tensors(message: Message) -> Iterator[onnx.TensorProto]:
    """Yield the tensors in a protocol buffer."""
    if isinstance(message, onnx.TensorProto):
        yield message
        return
    for each in _messages(message):
        yield from _tensors(each)


def _messages(message: Message) -> Iterator[Message]:
    """Yield the messages that a protocol buffer consists of."""
    for kind, value in message.ListFields():
        if kind.type == kind.TYPE_MESSAGE:
            yield from value if isinstance(value, Sequence) else [value]


def _is_text(message: Message) -> bool:
    """Return whether all texts of a protocol buffer are UTF-8; others come as bytes."""
    for kind, value in message.ListFields():
        several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        if kind.type == kind.TYPE_STRING and not all(isinstance(each, str) for each in several):
            return False
    return all(map(_is_text, _messages(message)))
