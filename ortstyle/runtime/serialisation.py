"""Models in the form that ONNX Runtime loads: bytes, and large weights as separate arrays."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

_LARGE_BYTES = 1 << 16  # larger initialisers are handed over as they are, not serialised


def serialise(model: ir.Model) -> tuple[bytes, dict[str, NDArray[Any]]]:
    """Return the model's bytes without its large weights, and those weights by name.

    The model is left unchanged.
    """
    weights = {}
    tensors = {}
    for name, value in model.graph.initializers.items():
        tensor = value.const_value
        if tensor is not None and tensor.nbytes >= _LARGE_BYTES:
            weights[name] = np.ascontiguousarray(tensor.numpy())
            tensors[value] = tensor
            value.const_value = ir.ExternalTensor(
                "weights",
                0,
                tensor.nbytes,
                tensor.dtype,
                shape=ir.Shape(tensor.shape.numpy()),
                name=name,
            )
    try:
        return ir.to_proto(model).SerializeToString(), weights
    finally:
        for value, tensor in tensors.items():
            value.const_value = tensor


def fingerprint(data: bytes, weights: Mapping[str, NDArray[Any]]) -> str:
    """Return a hash of a model and its weights: 64 letters and digits, as Core ML's cache needs."""
    found = sha256(data)
    for weight in weights.values():
        found.update(weight.data)
    return found.hexdigest()
