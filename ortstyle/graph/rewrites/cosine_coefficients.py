"""Change of variables: loss and gradient as functions of cosine coefficients, not pixels."""

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.ops import Ops
from ortstyle.graph.spectral_graphs import CosineTransform
from ortstyle.graph.values import dtype_of, shape_of


def take_cosine_coefficients(
    model: ir.Model, scale: NDArray[np.float32], matrices: Sequence[NDArray[np.float32]]
) -> None:
    """Make a model of loss and gradient take scaled cosine coefficients of the picture, in place.

    The input `coefficients`, (1, 3, H, W), replaces `image`; the output `gradient` becomes the
    gradient with respect to it.

    Parameters
    ----------
    model
        A model of `loss_graph.loss_model`.
    scale
        (H, W), the factors of the coefficients; see `optim.spectral.frequency_scales`.
    matrices
        The matrices of the cosine transforms of columns (H, H) and of rows (W, W).
    """
    ops = Ops(model.graph)
    like = _image(model)
    transform = CosineTransform.of_constants(ops, like, scale=scale, matrices=matrices)
    _change_variables(ops, transform)


def take_coefficients_and_transform(model: ir.Model) -> None:
    """Do what `take_cosine_coefficients` does, with scale and matrices as inputs of the graph.

    `spectral_graphs.CosineTransform.of_inputs` says what they are called. They come last.
    """
    ops = Ops(model.graph)
    image = _image(model)
    _change_variables(
        ops, CosineTransform.of_inputs(ops, shape_of(image)[2:], dtype=dtype_of(image))
    )


def _image(model: ir.Model) -> ir.Value:
    return next(value for value in model.graph.inputs if value.name == "image")


def _change_variables(ops: Ops, transform: CosineTransform) -> None:
    """Let the graph begin with the inverse transform, and end with that of the gradient."""
    graph = ops.graph
    image = next(value for value in graph.inputs if value.name == "image")
    first, count = next(iter(graph)), len(graph)
    coefficients = ir.val("coefficients", dtype=image.dtype, shape=shape_of(image))
    pixels = transform.samples(ops, coefficients)
    appended = list(graph)[count:]
    graph.remove(appended)
    graph.insert_before(first, appended)
    ir.convenience.replace_all_uses_with(image, pixels)
    graph.inputs[graph.inputs.index(image)] = coefficients
    index = next(i for i, value in enumerate(graph.outputs) if value.name == "gradient")
    gradient = graph.outputs[index]
    gradient.name = "gradient.pixels"
    transformed = transform.gradient(ops, gradient)
    transformed.name = "gradient"
    graph.outputs[index] = transformed
