"""The weights of the terms of a loss: constants of the settings, or inputs of the graph."""

import onnx_ir as ir

from ortstyle.graph.ops import Ops, add_input
from ortstyle.settings.settings import Settings


class TermWeights:
    """Appends products with the weights of the terms "content", "style" and "tv".

    A term of any other name has a weight of 1.

    Parameters
    ----------
    ops
        The tape to append to.
    settings
        The weights.
    are_inputs
        Whether the weights are graph inputs, `weight.<term>`, each (1,), which are declared when a
        term is first weighted. The weights of the settings then do not matter.
    """

    def __init__(self, ops: Ops, settings: Settings, *, are_inputs: bool) -> None:
        self._ops, self._are_inputs = ops, are_inputs
        self._of_settings = {
            "content": settings.content_weight,
            "style": settings.style_weight,
            "tv": settings.tv_weight,
        }
        self._inputs: dict[str, ir.Value] = {}

    def apply(self, value: ir.Value, term: str, *, share: float) -> ir.Value:
        """Append the product of a value, the weight of its term, and a share within the term."""
        if not self._are_inputs or term not in self._of_settings:
            return self._ops.scale(value, self._of_settings.get(term, 1.0) * share)
        if term not in self._inputs:
            self._inputs[term] = add_input(self._ops.graph, f"weight.{term}", (1,))
        return self._ops.mul(self._ops.scale(value, share), self._inputs[term])
