"""The trace of a matrix square root, in matrix products that any device can compute."""

import numpy as np
import onnx_ir as ir

from ortstyle.graph.distances import sum_of_all
from ortstyle.graph.ops import Ops
from ortstyle.graph.values import shape_of

_STEPS = 16  # steps of the iteration: enough for eigenvalues down to 2e-6 of the norm


def trace(ops: Ops, a: ir.Value) -> ir.Value:
    """tr(A) of a square matrix, of shape (1,)."""
    return sum_of_all(ops, ops.mul(a, ops.like(a, np.eye(shape_of(a)[0]))))


def trace_of_root(ops: Ops, a: ir.Value) -> ir.Value:
    """tr(A^½) of a symmetric positive definite matrix, of shape (1,).

    The coupled Newton–Schulz iteration Y → A^½, Z → A^−½ (Higham 2008, *Functions of Matrices*,
    equation 6.35, on A/‖A‖) needs only products. Its derivative needs no backward pass through the
    steps: d tr(A^½) = ½·tr(A^−½·dA), so the result is ½·tr(Y) + ½·tr(Z·A) with Y and Z held
    constant.
    """
    identity = np.eye(shape_of(a)[0])
    one_and_a_half = ops.like(a, 1.5 * identity)
    norm = ops.reshape(ops.sqrt(sum_of_all(ops, ops.mul(a, a))), (1, 1))
    y, z = ops.div(a, norm), ops.like(a, identity)
    for _ in range(_STEPS):
        t = ops.sub(one_and_a_half, ops.scale(ops.matmul(z, y), 0.5))
        y, z = ops.matmul(y, t), ops.matmul(t, z)
    root_norm = ops.sqrt(norm)
    y = ops.detach(ops.mul(y, root_norm))
    z = ops.detach(ops.div(z, root_norm))
    return ops.scale(ops.add(trace(ops, y), sum_of_all(ops, ops.mul(z, a))), 0.5)
