"""Change of variables: loss and gradient as functions of cosine coefficients, not pixels."""

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.ops import Ops
from ortstyle.graph.values import shape_of


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
    graph = model.graph
    ops = Ops(graph)
    image = next(value for value in graph.inputs if value.name == "image")
    first, count = next(iter(graph)), len(graph)
    coefficients = ir.val("coefficients", dtype=image.dtype, shape=shape_of(image))
    of_columns, of_rows = (ops.like(image, m) for m in matrices)
    of_columns_inverse, of_rows_inverse = (ops.like(image, m.T) for m in matrices)
    scales = ops.like(image, scale)
    scaled = ops.mul(coefficients, scales)
    pixels = ops.matmul(ops.matmul(of_columns_inverse, scaled), of_rows)
    appended = list(graph)[count:]
    graph.remove(appended)
    graph.insert_before(first, appended)
    ir.convenience.replace_all_uses_with(image, pixels)
    graph.inputs[graph.inputs.index(image)] = coefficients
    index = next(i for i, value in enumerate(graph.outputs) if value.name == "gradient")
    gradient = graph.outputs[index]
    gradient.name = "gradient.pixels"
    product = ops.matmul(ops.matmul(of_columns, gradient), of_rows_inverse)
    transformed = ops.mul(product, scales)
    transformed.name = "gradient"
    graph.outputs[index] = transformed
