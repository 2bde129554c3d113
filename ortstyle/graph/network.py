"""Feature networks: read from ONNX files, and appended to a graph up to the layers needed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import ModelError, SettingsError
from ortstyle.graph.adapt import Adaptation
from ortstyle.graph.folding import Work, compute_constant, stand_in_for
from ortstyle.graph.network_file import HAS_EXTERNAL_DATA, check_window, read_model
from ortstyle.graph.ops import Ops, add_input, new_graph
from ortstyle.graph.preprocessing import Preprocessing
from ortstyle.graph.values import constant_of, shape_of
from ortstyle.settings.checks import nearest

#: A function that crops an input of a node. Arguments: the tape, the value to crop, the value of
#: the network that it is a copy of, and the node of the network that reads it.
InputCrop = Callable[[Ops, ir.Value, ir.Value, ir.Node], ir.Value]
_MOST_LAYERS = 2000  # operators that see the picture; a network of 200 layers has 1,000
_SMALL = 64  # sides, in pixels, of a picture that is used only to count channels


@dataclass(frozen=True)
class Network:
    """A feature network; `Network.open` reads one.

    Attributes
    ----------
    path
        The file from which it was read.
    graph
        Its graph, opset 17.
    preprocessing
        The conversion of pixels for which it was trained.
    sha256
        The hash of the file, hexadecimal.
    boundary
        For a part of a network, the layer that is its input instead of a picture; see `after`.
    channels
        Number of channels of its input.
    is_one_file
        Whether the file holds all of it, so that no weights are in files of external data.
    """

    path: Path
    graph: ir.Graph = field(repr=False)
    preprocessing: Preprocessing
    sha256: str
    boundary: ir.Value | None = None
    channels: int = 3
    is_one_file: bool = True
    _computed: "WeakValueDictionary[ir.Value, NDArray[Any]]" = field(
        default_factory=WeakValueDictionary, repr=False, compare=False
    )
    _work: Work = field(default_factory=Work, repr=False, compare=False)
    _stand_ins: dict[ir.Value, NDArray[Any]] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def open(cls, path: str | Path) -> "Network":
        """Read a network from an ONNX file.

        The file is data: nothing in it is executed, and external data outside its folder is
        refused. Metadata `preprocessing`, a JSON object with the fields of `Preprocessing`,
        describes the preprocessing of pixels; without it the ImageNet convention is assumed.

        Raises
        ------
        ModelError
            The file is missing, damaged, no ONNX model, or its only input is not a picture.
        """
        path = Path(path)
        model = read_model(path)
        graph = model.graph
        inputs = [value for value in graph.inputs if not value.is_initializer()]
        if len(inputs) != 1 or not _takes_pictures(inputs[0]):
            raise ModelError(
                f"{path}: a network takes one input (1, 3, height, width) float32; this has "
                f"{[(value.name, f'{value.shape} {value.dtype}') for value in inputs]}"
            )
        text = model.metadata_props.get("preprocessing")
        try:
            preprocessing = Preprocessing.parse(text) if text else Preprocessing()
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: metadata 'preprocessing' can't be read: {error}") from error
        hashed = sha256(path.read_bytes()).hexdigest()
        is_one_file = not model.meta[HAS_EXTERNAL_DATA]
        network = cls(path, graph, preprocessing, hashed, is_one_file=is_one_file)
        if not network.layers:
            raise ModelError(f"{path}: nothing in it depends on the picture")
        if len(network.layers) > _MOST_LAYERS:
            raise ModelError(f"{path}: it has over {_MOST_LAYERS} layers; use a smaller model")
        for node in graph:
            check_window(path, node)
        return network

    @property
    def input(self) -> ir.Value:
        """The value that stands for the preprocessed picture, or for the boundary."""
        if self.boundary is not None:
            return self.boundary
        return next(value for value in self.graph.inputs if not value.is_initializer())

    @cached_property
    def layers(self) -> dict[str, ir.Value]:
        """The values that depend on the input, by name, in topological order."""
        on_path: set[ir.Value | None] = {self.input}
        named = {}
        for node in self.graph:
            if any(value in on_path for value in node.inputs):
                on_path.update(node.outputs)
                named.update({value.name: value for value in node.outputs if value.name})
        return named

    def after(self, layer: str) -> "Network":
        """Return the part of the network that is deeper than a layer, which becomes its input."""
        ops = Ops(new_graph("channels"))
        image = add_input(ops.graph, "image", (1, self.channels, _SMALL, _SMALL))
        found = self.append(ops, image, [layer])[layer]
        return replace(self, boundary=self.layer(layer), channels=shape_of(found)[1])

    def without_weights(self) -> "Network":
        """Return the network with weights that take no memory, for graphs that are never run.

        The shapes and dtypes are the same, and each weight differs from the others.
        """
        return self if self._stand_ins is not None else self._weightless

    @cached_property
    def _weightless(self) -> "Network":
        return replace(self, _stand_ins={})

    def append(
        self,
        ops: Ops,
        image: ir.Value,
        layers: Iterable[str],
        *,
        adapt: Adaptation | None = None,
        crop: InputCrop | None = None,
    ) -> dict[str, ir.Value]:
        """Append the preprocessing and the nodes of the network that some layers depend on.

        Parameters
        ----------
        ops
            The tape to append to.
        image
            (1, 3, H, W), RGB 0–255; or (1, C, H, W), the boundary of a part of a network.
        layers
            Names of the layers to compute.
        adapt
            The changes to make to the network.
        crop
            Crops the inputs of nodes; None leaves them whole.

        Returns
        -------
        dict
            The values of the layers, by name.

        Raises
        ------
        SettingsError
            The network has no such layer.
        GraphError
            The picture is too small for the network.
        """
        wanted = {name: self.layer(name) for name in layers}
        if self.boundary is None:
            image = self.preprocessing.append(ops, image)
        copies: dict[ir.Value, ir.Value] = {self.input: image}
        needed = _ancestors(wanted.values())
        for node in self.graph:
            if node in needed and any(value in self._on_path for value in node.inputs):
                self._append_node(ops, node, copies, adapt or Adaptation(), crop)
        return {name: copies[value] for name, value in wanted.items()}

    @cached_property
    def _on_path(self) -> set[ir.Value | None]:
        return {self.input, *self.layers.values()}

    def layer(self, name: str) -> ir.Value:
        """Return the value of a layer; the `SettingsError` of a wrong name suggests the nearest."""
        if name not in self.layers:
            near = nearest(name, self.layers) or list(self.layers)[-1]
            raise SettingsError(f"{self.path.name} has no layer {name!r}; did you mean {near!r}?")
        return self.layers[name]

    def _constant(self, value: ir.Value) -> NDArray[Any]:
        """Return the array of a value that does not depend on the picture.

        Graphs that exist at the same time share it: a weight from a codebook is computed once.
        """
        if self._stand_ins is not None:
            if value not in self._stand_ins:
                number = len(self._stand_ins) + 1
                self._stand_ins[value] = stand_in_for(
                    self.path, value, work=self._work, number=number
                )
            return self._stand_ins[value]
        found = self._computed.get(value)
        if found is None:
            found = compute_constant(self.path, value, work=self._work)
            if constant_of(value) is None:
                self._computed[value] = found
        return found

    def _append_node(
        self,
        ops: Ops,
        node: ir.Node,
        copies: dict[ir.Value, ir.Value],
        adapt: Adaptation,
        crop: InputCrop | None,
    ) -> None:
        """Append one node; `copies` maps values of the network to those of the graph."""
        if node.domain not in ("", "ai.onnx"):
            raise ModelError(f"{self.path}: operator {node.domain}.{node.op_type} is not standard")
        for value in node.inputs:
            if value is not None and value not in copies:
                copies[value] = ops.constant(self._constant(value), value.name)
        inputs = [None if value is None else copies[value] for value in node.inputs]
        for k, value in enumerate(node.inputs):
            if crop and value is not None and value in self._on_path:
                inputs[k] = crop(ops, copies[value], value, node)
        attributes = {k: a.value for k, a in node.attributes.items()}
        name = node.name or node.outputs[0].name  # an error names the node
        if node.op_type == "MaxPool" and adapt.pooling != "max":
            outputs: tuple[ir.Value, ...] = (adapt.pool(ops, inputs, attributes, str(name)),)
        else:
            is_first = self.boundary is None and node.inputs[0] is self.input
            if node.op_type == "Conv" and is_first:
                inputs[0], attributes = adapt.pad(ops, inputs, attributes, str(name))
            outputs = ops.emit(
                node.op_type, inputs, attributes, name=name, outputs=len(node.outputs)
            )
        for value, output in zip(node.outputs, outputs, strict=False):
            output.name = value.name
            copies[value] = output


def _takes_pictures(value: ir.Value) -> bool:
    if value.shape is None or value.dtype != ir.DataType.FLOAT or len(value.shape) != 4:
        return False
    return value.shape[1] == 3 or not isinstance(value.shape[1], int)


def _ancestors(values: Iterable[ir.Value]) -> set[ir.Node]:
    """Return all nodes on which values depend."""
    found: set[ir.Node] = set()
    waiting = [value.producer() for value in values]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in found:
            found.add(node)
            waiting.extend(value.producer() for value in node.inputs if value is not None)
    return found
