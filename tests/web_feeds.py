"""What a page feeds the graphs of a site beside pictures and targets, made by Python."""

import numpy as np
import onnx

from ortstyle.objective.spatial_weights import picture_weights
from ortstyle.optim.cosine_transform import cosine_matrix
from ortstyle.optim.spectral import frequency_scales
from ortstyle.settings.settings import Settings


def input_shapes(file: bytes) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the inputs of an ONNX file, by name."""
    return {
        value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim)
        for value in onnx.load_from_string(file).graph.input
    }


def spectral(canvas: tuple[int, int], exponent: float) -> dict[str, np.ndarray]:
    """Return the scaled cosine transform of a canvas (H, W)."""
    columns, rows = (cosine_matrix(n) for n in canvas)
    scale = frequency_scales(canvas, exponent)
    return {
        "spectral.scale": scale,
        "spectral.inverse_scale": 1 / scale,
        "spectral.columns": columns,
        "spectral.rows": rows,
        "spectral.columns_t": columns.T,
        "spectral.rows_t": rows.T,
    }


def term_weights(settings: Settings) -> dict[str, np.ndarray]:
    """Return the weights of the terms in settings, and the limit of the content's."""
    values = {f"weight.{t}": getattr(settings, f"{t}_weight") for t in ("content", "style", "tv")}
    values["limit.content"] = settings.content_limit
    return {name: np.array([value], np.float32) for name, value in values.items()}


def roots(file: bytes, mask: np.ndarray) -> dict[str, np.ndarray]:
    """Return the roots of the spatial weights of a mask (H, W) of a canvas, for a file's layers."""
    return picture_weights(input_shapes(file), mask, prefix="style.")
