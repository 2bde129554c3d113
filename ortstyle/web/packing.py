"""Packs: the graphs of one kind for many canvases in one file, each as what differs from the first.

Graphs of one kind are alike but for a few shapes. An ONNX file is a sequence of fields, as Protocol
Buffers write them. One of these is the graph, itself a sequence of fields: nodes, constants,
inputs. A pack holds the file of the first canvas, and of each other canvas the fields of its graph
that differ, with their indices. Where the numbers of fields differ, it holds the whole file.
"""

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Any

_GRAPH = 7  # the number of the field `graph` of ONNX's ModelProto
_LENGTH_DELIMITED = 2  # the wire type of a field that says its length
_FIXED = {1: 8, 5: 4}  # the bytes of a field by its wire type, if they are always as many
_MORE = 0x80  # in a byte of a number: there are more
_LEVEL = 9  # of gzip

#: What tells the graph of a canvas from that of the first: fields by index, or a whole file.
Delta = list[tuple[int, bytes]] | bytes


def pack(files: Mapping[tuple[int, int], bytes]) -> bytes:
    """Return the pack of the ONNX files of canvases (H, W), compressed.

    It is JSON: `base`, the file of the first canvas, and `canvases`, for each canvas "HxW" a list
    of pairs of an index and a field, or a whole file. Bytes are in base64.
    """
    base = next(iter(files.values()))
    canvases = {
        f"{height}x{width}": _to_json(difference(base, file))
        for (height, width), file in files.items()
    }
    return compress_json({"base": _text(base), "canvases": canvases})


def unpack(data: bytes) -> dict[tuple[int, int], bytes]:
    """Return the ONNX files of a pack, by canvas."""
    content = json.loads(gzip.decompress(data))
    base, found = b64decode(content["base"]), {}
    for name, delta in content["canvases"].items():
        height, width = map(int, name.split("x"))
        found[height, width] = assemble(base, _from_json(delta))
    return found


def compress_json(content: Any) -> bytes:
    """Return JSON, compressed, the same bytes each time."""
    return compress(json.dumps(content, separators=(",", ":")).encode())


def compress(data: bytes) -> bytes:
    """Return data as a gzip file, the same bytes each time."""
    return gzip.compress(data, _LEVEL, mtime=0)


def difference(base: bytes, file: bytes) -> Delta:
    """Return what `assemble` makes an ONNX file from, given another one."""
    (*around, graph), (*around_other, other) = _split(base), _split(file)
    fields, others = list(_fields(graph)), list(_fields(other))
    if around != around_other or len(fields) != len(others):
        return file
    pairs = enumerate(zip(fields, others, strict=True))
    return [(k, changed) for k, (field, changed) in pairs if field != changed]


def assemble(base: bytes, delta: Delta) -> bytes:
    """Return the ONNX file that differs from another one by these fields of its graph.

    Each field comes with tag and length and replaces the one of its index.
    """
    if isinstance(delta, bytes):
        return delta
    before, after, graph = _split(base)
    fields = list(_fields(graph))
    for k, field in delta:
        fields[k] = field
    graph = b"".join(fields)
    tag = _number(_GRAPH << 3 | _LENGTH_DELIMITED)
    return before + tag + _number(len(graph)) + graph + after


def _split(file: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what is before the graph of an ONNX file, what is after it, and the graph."""
    at = 0
    for field in _fields(file):
        tag, start = _read_number(field, 0)
        if tag >> 3 == _GRAPH:
            _, start = _read_number(field, start)
            return file[:at], file[at + len(field) :], field[start:]
        at += len(field)
    raise ValueError("the file holds no graph")


def _fields(message: bytes) -> Iterator[bytes]:
    """Yield the fields of a message, each with tag and length."""
    at = 0
    while at < len(message):
        tag, end = _read_number(message, at)
        if tag & 7 == _LENGTH_DELIMITED:
            length, end = _read_number(message, end)
            end += length
        elif tag & 7 == 0:
            _, end = _read_number(message, end)
        else:
            end += _FIXED[tag & 7]
        yield message[at:end]
        at = end


def _read_number(message: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte, the lowest first; return it and where it ends."""
    number = shift = 0
    while True:
        byte = message[at]
        at, number, shift = at + 1, number | (byte & ~_MORE) << shift, shift + 7
        if not byte & _MORE:
            return number, at


def _number(number: int) -> bytes:
    found = bytearray()
    while number >= _MORE:
        found.append(number & ~_MORE & 0xFF | _MORE)
        number >>= 7
    found.append(number)
    return bytes(found)


def _to_json(delta: Delta) -> str | list[list[Any]]:
    if isinstance(delta, bytes):
        return _text(delta)
    return [[k, _text(field)] for k, field in delta]


def _from_json(delta: str | list[list[Any]]) -> Delta:
    if isinstance(delta, str):
        return b64decode(delta)
    return [(k, b64decode(field)) for k, field in delta]


def _text(data: bytes) -> str:
    return b64encode(data).decode()
