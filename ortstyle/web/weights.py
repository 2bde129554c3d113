"""The network's weights as one file, which all graphs of a site share as external data.

A site sends the weights as the network's file has them, 8-bit indices into a codebook of 256 values
for each layer, and the page makes the external data from them: first all weights and biases, then
the kernels of the backward pass, which are the same numbers in another order.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import prod
from typing import Any, Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import ModelError
from ortstyle.graph.folding import Work, compute_constant
from ortstyle.graph.loss_graph import feature_graph
from ortstyle.graph.network import Network
from ortstyle.graph.node import input_of
from ortstyle.graph.values import constant_of, shape_of
from ortstyle.settings.settings import Settings

#: The name by which the graphs call their external data.
LOCATION = "vgg19"
#: What the name of a kernel of the backward pass ends with.
TURNED = ".turned"

_SMALL = 64  # sides, in pixels, of the picture of a graph from which the weights are listed
_FLOAT = np.dtype("<f4")
_Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Span:
    """Bytes of a file: where they begin, and how many they are."""

    offset: int
    length: int


@dataclass(frozen=True, kw_only=True)
class WeightTensor:
    """A weight: where its values are in the site's file, and where they go in the external data.

    Attributes
    ----------
    name
        The name of the initializer in the graphs.
    shape
        Its shape; of a kernel (out, in, height, width).
    offset
        Where it begins in the external data, in bytes; it is float32, little-endian.
    turned
        Where the kernel of the backward pass begins, `name` + ".turned"; None for a bias. Its axes
        "out" and "in" are exchanged, and both axes of the kernel are reversed.
    values
        Its values in the file, float32; None for a weight with a codebook.
    codebook, indices
        The values of its codebook in the file, float32, and for each element the index of its value
        among them, one byte; None for a weight without a codebook.
    """

    name: str
    shape: tuple[int, ...]
    offset: int
    turned: int | None
    values: Span | None = None
    codebook: Span | None = None
    indices: Span | None = None

    @property
    def bytes(self) -> int:
        """Bytes of the tensor in the external data."""
        return prod(self.shape) * _FLOAT.itemsize


@dataclass(frozen=True)
class SharedWeights:
    """The weights that the graphs of a site share.

    Attributes
    ----------
    tensors
        The weights, in the order of the layers.
    file
        The bytes that the site sends, before they are compressed: first all that is float32, then
        all indices.
    external_bytes
        Bytes of the external data.
    """

    tensors: tuple[WeightTensor, ...]
    file: bytes
    external_bytes: int

    @classmethod
    def of(cls, network: Network, settings: Settings) -> Self:
        """Return the weights of the layers that the losses of the settings depend on.

        Raises
        ------
        SettingsError, ModelError
            The network lacks a layer, or a weight of it can't be computed.
        """
        names = list(_names(network, settings))
        sources = [_Source.of(network, name) for name in names]
        spans = _Spans(sum(source.float_bytes for source in sources))
        offset = 0
        tensors: list[WeightTensor] = []
        end = sum(4 * prod(source.shape) for source in sources)
        for name, source in zip(names, sources, strict=True):
            size, is_kernel = 4 * prod(source.shape), len(source.shape) > 1
            tensors.append(
                WeightTensor(
                    name=name,
                    shape=source.shape,
                    offset=offset,
                    turned=end if is_kernel else None,
                    **spans.take(source),
                )
            )
            offset, end = offset + size, end + size * is_kernel
        return cls(tuple(tensors), spans.file, end)

    def externalise(self, model: ir.Model) -> None:
        """Replace the weights of a model by references to the external data, in place."""
        offsets = {tensor.name: tensor.offset for tensor in self.tensors}
        turned = {t.name + TURNED: t.turned for t in self.tensors if t.turned is not None}
        for name, offset in (offsets | turned).items():
            value = model.graph.initializers.get(name)
            if value is None:
                continue
            shape = shape_of(value)
            value.const_value = ir.ExternalTensor(
                LOCATION,
                offset,
                4 * prod(shape),
                ir.DataType.FLOAT,
                shape=ir.Shape(shape),
                name=name,
            )

    def external_data(self) -> bytes:
        """Return the external data, made from the file as the page makes them."""
        data = np.zeros(self.external_bytes, np.uint8)
        for tensor in self.tensors:
            array = self._array(tensor)
            turned = array.swapaxes(0, 1)[..., ::-1, ::-1] if array.ndim == 4 else array
            for offset, of in ((tensor.offset, array), (tensor.turned, turned)):
                if offset is not None:
                    data[offset : offset + tensor.bytes] = _bytes(of)
        return data.tobytes()

    def _array(self, tensor: WeightTensor) -> NDArray[np.float32]:
        """Return a weight from the file."""

        def read(span: Span, dtype: Any) -> NDArray[Any]:
            return np.frombuffer(self.file[span.offset : span.offset + span.length], dtype)

        if tensor.values is not None:
            return np.asarray(read(tensor.values, _FLOAT).reshape(tensor.shape))
        assert tensor.codebook is not None  # noqa: S101  a tensor has one or the other
        assert tensor.indices is not None  # noqa: S101  the same
        values = read(tensor.codebook, _FLOAT)[read(tensor.indices, np.uint8)]
        return np.asarray(values.reshape(tensor.shape))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the tensors in a form that JSON can hold; see `WeightTensor`."""
        return [asdict(tensor) for tensor in self.tensors]


@dataclass(frozen=True, eq=False)
class _Source:
    """A weight of a network: its shape, and its float32 values, or codebook and indices."""

    shape: tuple[int, ...]
    floats: NDArray[np.float32]
    indices: NDArray[np.uint8] | None = None

    @classmethod
    def of(cls, network: Network, name: str) -> Self:
        """Find a weight in a network."""
        value = _values(network)[name]
        if (found := _from_codebook(value)) is not None:
            codebook, indices = found
            return cls(indices.shape, codebook, indices)
        array = compute_constant(network.path, value, work=Work())
        return cls(array.shape, np.asarray(array, np.float32))

    @property
    def float_bytes(self) -> int:
        return self.floats.size * _FLOAT.itemsize


def _from_codebook(value: ir.Value) -> tuple[NDArray[np.float32], NDArray[np.uint8]] | None:
    """Return codebook and indices of a weight that a network gathers from a codebook, or None."""
    node = value.producer()
    if node is None or node.op_type != "Gather" or _axis(node):
        return None
    codebook, indices = constant_of(node.inputs[0]), node.inputs[1]
    cast = None if indices is None else indices.producer()
    found = constant_of(indices if cast is None or cast.op_type != "Cast" else cast.inputs[0])
    if codebook is None or found is None or found.dtype != np.uint8:
        return None
    return (codebook, found) if codebook.ndim == 1 and codebook.dtype == np.float32 else None


def _axis(node: ir.Node) -> int:
    return node.attributes["axis"].as_int() if "axis" in node.attributes else 0


class _Spans:
    """Lays out the file: all floats, then all indices, so that floats are where pages can view."""

    def __init__(self, float_bytes: int) -> None:
        self._floats: list[_Bytes] = []
        self._indices: list[_Bytes] = []
        self._next_float, self._next_index = 0, float_bytes

    def take(self, source: _Source) -> dict[str, Span]:
        """Add a weight to the file, and return where it is, by the attribute of its tensor."""
        floats = Span(self._next_float, source.float_bytes)
        self._floats.append(_bytes(source.floats))
        self._next_float += floats.length
        if source.indices is None:
            return {"values": floats}
        indices = Span(self._next_index, source.indices.size)
        self._indices.append(source.indices.ravel())
        self._next_index += indices.length
        return {"codebook": floats, "indices": indices}

    @property
    def file(self) -> bytes:
        return b"".join(part.tobytes() for part in (*self._floats, *self._indices))


def _names(network: Network, settings: Settings) -> Iterator[str]:
    """Yield the names of the weights in graphs of the settings' layers, in their order."""
    layers = settings.content_layers + settings.style_layers
    weightless = network.without_weights()
    graph, _, _ = feature_graph(weightless, (_SMALL, _SMALL), layers, settings)
    known, seen = _values(network), set()
    for node in graph:
        for k in range(1, len(node.inputs) if node.op_type == "Conv" else 1):
            name = str(input_of(node, k).name)
            if name in seen:
                raise ModelError(f"{network.path}: two layers share the weight {name!r}")
            if name in known:  # the others are of the preprocessing
                seen.add(name)
                yield name


def _values(network: Network) -> dict[str, ir.Value]:
    """Return the values of a network that a node reads, by name."""
    return {
        str(value.name): value
        for node in network.graph
        for value in node.inputs
        if value is not None
    }


def _bytes(array: NDArray[Any]) -> _Bytes:
    return np.frombuffer(np.ascontiguousarray(array, _FLOAT).tobytes(), np.uint8)
