"""The constants of an ONNX graph: weights, and what the graph computes from them alone."""

import math

import numpy as np
import onnx
import onnx.reference
from onnx import helper, numpy_helper

from ortstyle.errors import ModelError
from vgg19.weights import LARGEST_ARRAY, Array

CONSTANT_OPERATORS = {
    *("Constant", "ConstantOfShape", "Identity", "Cast", "DequantizeLinear"),
    *("Gather", "Reshape", "Squeeze", "Unsqueeze", "Transpose"),
}


class Constants:
    """The values in an ONNX graph that don't depend on its input.

    They are computed node by node, from the few operators that weights are stored with, so that
    no file can make this do more work than its own size.

    Parameters
    ----------
    model : ModelProto
    where : str
        The file, in words, for messages.
    """

    def __init__(self, model: onnx.ModelProto, where: str) -> None:
        self._where = where
        self._initializers = {tensor.name: tensor for tensor in model.graph.initializer}
        self._producers = {name: node for node in model.graph.node for name in node.output}
        self._opsets = {opset.domain: opset.version for opset in model.opset_import}

    def value(self, name: str, depth: int = 0) -> Array:
        """Compute one value.

        Parameters
        ----------
        name : str
        depth : int
            How many nodes lie between the value and the one first asked for; 16 at most.

        Raises
        ------
        ModelError
            The value isn't constant, or is larger than any of VGG-19's weights. A wrong node can
            raise any other error.
        """
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
        if size > LARGEST_ARRAY:
            raise ModelError(f"{self._where}: {node.output[0]} is larger than any VGG-19 weight")
