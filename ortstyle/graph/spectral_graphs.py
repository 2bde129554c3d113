"""The scaled cosine transform of pictures in a graph, and the graphs of it alone.

x = Cᵀ(s·z), with the samples x, the coefficients z, the orthonormal cosine transform C and the
scales s of `optim.spectral`. A transform of a picture is two matrix products.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph


@dataclass(frozen=True)
class Transform:
    """A transform along both axes of a picture: `left` · picture · `right`."""

    left: ir.Value
    right: ir.Value

    def append(self, ops: Ops, picture: ir.Value) -> ir.Value:
        """Append the transform of a picture, (1, 3, H, W)."""
        return ops.matmul(ops.matmul(self.left, picture), self.right)


@dataclass(frozen=True)
class CosineTransform:
    """The cosine transform C, its inverse, and the scales s, as values of a graph.

    Attributes
    ----------
    forward, inverse
        C, and its inverse Cᵀ.
    scale
        (H, W), s.
    """

    forward: Transform
    inverse: Transform
    scale: ir.Value

    @classmethod
    def of_constants(
        cls,
        ops: Ops,
        like: ir.Value,
        *,
        scale: NDArray[np.float32],
        matrices: Sequence[NDArray[np.float32]],
    ) -> Self:
        """Append the transform as constants of the dtype of `like`.

        `scale` is (H, W); `matrices` transform columns, (H, H), and rows, (W, W).
        """
        columns, rows = (ops.like(like, m) for m in matrices)
        columns_t, rows_t = (ops.like(like, m.T) for m in matrices)
        of_scale = ops.like(like, scale)
        return cls(Transform(columns, rows_t), Transform(columns_t, rows), of_scale)

    @classmethod
    def of_inputs(cls, ops: Ops, size: Sequence[int], dtype: ir.DataType) -> Self:
        """Declare the transform of planes of (H, W) as graph inputs.

        These are `spectral.scale` (H, W), the matrices `spectral.columns` (H, H) and
        `spectral.rows` (W, W), and their transposes `spectral.columns_t` and `spectral.rows_t`.
        """
        scale = add_input(ops.graph, "spectral.scale", size, dtype)
        forward, inverse = (_inputs(ops, size, dtype, inverse=it) for it in (False, True))
        return cls(forward, inverse, scale)

    def samples(self, ops: Ops, coefficients: ir.Value) -> ir.Value:
        """Append x = Cᵀ(s·z)."""
        return self.inverse.append(ops, ops.mul(coefficients, self.scale))

    def gradient(self, ops: Ops, gradient: ir.Value) -> ir.Value:
        """Append s·C(g), the gradient with respect to z, for the gradient g with respect to x."""
        return ops.mul(self.forward.append(ops, gradient), self.scale)


def samples_model(size: Sequence[int]) -> ir.Model:
    """Build the graph from `coefficients`, z, to `image`, x, both (1, 3, H, W), for a size (H, W).

    Other inputs: `spectral.scale`, s, `spectral.columns_t` and `spectral.rows`; see
    `CosineTransform.of_inputs`.
    """
    graph = new_graph("samples")
    ops = Ops(graph)
    z = add_input(graph, "coefficients", (1, 3, *size))
    scale = add_input(graph, "spectral.scale", size)
    inverse = _inputs(ops, size, ir.DataType.FLOAT, inverse=True)
    add_output(graph, "image", inverse.append(ops, ops.mul(z, scale)))
    return finish(graph)


def coefficients_model(size: Sequence[int]) -> ir.Model:
    """Build the graph from `image`, x, to `coefficients`, z = C(x)/s, both (1, 3, H, W).

    Other inputs: `spectral.inverse_scale` (H, W), 1/s, `spectral.columns` and `spectral.rows_t`;
    see `CosineTransform.of_inputs`.
    """
    graph = new_graph("coefficients")
    ops = Ops(graph)
    x = add_input(graph, "image", (1, 3, *size))
    scale = add_input(graph, "spectral.inverse_scale", size)
    forward = _inputs(ops, size, ir.DataType.FLOAT, inverse=False)
    add_output(graph, "coefficients", ops.mul(forward.append(ops, x), scale))
    return finish(graph)


def _inputs(ops: Ops, size: Sequence[int], dtype: ir.DataType, *, inverse: bool) -> Transform:
    """Declare the matrices of C, or of its inverse, as graph inputs."""
    (height, width), names = size, ("columns_t", "rows") if inverse else ("columns", "rows_t")
    left, right = (
        add_input(ops.graph, f"spectral.{name}", (n, n), dtype)
        for name, n in zip(names, (height, width), strict=True)
    )
    return Transform(left, right)
