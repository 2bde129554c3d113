"""The engine "training": onnxruntime-training derives the gradient of the loss's graph by itself.

Its class `GradientGraphBuilder` needs no PyTorch, unlike the rest of its Python interface.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import onnx
import onnx_ir as ir

from ortstyle.errors import DeviceError
from ortstyle.runtime.installation import install_commands


def differentiate(model: ir.Model) -> ir.Model:
    """Return a model with the gradient of its loss as a further output.

    Parameters
    ----------
    model
        A model with the input `image` and the output `loss`, which has one element.

    Returns
    -------
    ir.Model
        The same model with the output `gradient`, d loss / d image, computed by operators that
        only onnxruntime-training has.

    Raises
    ------
    DeviceError
        onnxruntime-training is missing, or has no derivative for an operator.
    """
    make = _gradient_builder()
    try:
        with _standard_error_silenced():
            builder = make(ir.to_proto(model).SerializeToString(), {"loss"}, {"image"}, "loss")
            builder.build()
        built = onnx.load_from_string(builder.get_model())
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        reason = " ".join(str(error).split())
        raise DeviceError(
            f"onnxruntime-training can't differentiate the graph: {reason}"
        ) from error
    for node in built.graph.node:
        for names in (node.input, node.output):
            names[:] = ["gradient" if name == "image_grad" else name for name in names]
    for output in built.graph.output:
        if output.name == "image_grad":
            output.name = "gradient"
    return ir.from_proto(built)


def why_training_unavailable() -> str | None:
    """Say why onnxruntime-training can't be used and what to install; None where it can be."""
    try:
        _gradient_builder()
    except DeviceError as error:
        return str(error)
    return None


@contextmanager
def _standard_error_silenced() -> Iterator[None]:
    """Discard standard error, to which the gradient builder writes at any level of logging."""
    try:
        saved = os.dup(2)
    except OSError:  # the process has no standard error
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def _gradient_builder() -> Any:
    """Return ONNX Runtime's class that builds gradients."""
    try:
        state = import_module("onnxruntime.capi._pybind_state")
    except ImportError:
        state = None
    builder = getattr(state, "GradientGraphBuilder", None)
    if builder is None:
        *_, install = install_commands("training")
        raise DeviceError(
            f"this ONNX Runtime is not onnxruntime-training; {install} in an environment of its "
            "own, of Python 3.11 or older"
        )
    return builder
