"""The rewrites of a graph for ONNX Runtime's kernels on the processor."""

import onnx_ir as ir

from ortstyle.graph.rewrites import winograd
from ortstyle.graph.rewrites.few_channels import transpose_few

#: Arrays that a rewritten graph takes as inputs, by name.
Kernels = winograd.Kernels


def rewrite_for_processor(model: ir.Model, transformed: Kernels | None = None) -> Kernels:
    """Replace the convolutions of a model that become faster, in place; see `winograd.rewrite`."""
    transpose_few(model)
    return winograd.rewrite(model, transformed)
