"""The record that defines a style loss, and appending one; `style_losses` has the losses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.distances import distance
from ortstyle.graph.feature_statistics import Statistic
from ortstyle.graph.ops import Ops, add_input
from ortstyle.graph.values import shape_of

Values = Mapping[str, ir.Value]
Arrays = Mapping[str, NDArray[Any]]

#: The meaning of a target that is a statistic of the style itself; see `StyleLoss.targets`.
STATISTIC_OF_STYLE = "statistics.{name} of a run whose image is the style picture"


class _AppendLoss(Protocol):
    """A function that appends a loss, (1,), of values and targets, by name of the target."""

    def __call__(self, ops: Ops, found: Values, target: Values, *, relative: bool) -> ir.Value: ...


def sum_of_distances(ops: Ops, found: Values, target: Values, *, relative: bool) -> ir.Value:
    """Sum of the distances of all values from their targets, of shape (1,)."""
    total, *others = (distance(ops, found[name], target[name], relative=relative) for name in found)
    for other in others:
        total = ops.add(total, other)
    return total


@dataclass(frozen=True, kw_only=True)
class StyleLoss:
    """A way to measure how far statistics of features are from those of a style.

    Attributes
    ----------
    module
        `__name__` of the module that defines it.
    description
        What the loss does, as a sentence without its subject, for the help and the docs.
    statistics
        The statistics of features that it needs, by name.
    targets
        What each target holds, by the name of the target, for the description of an exported
        graph. `{name}` stands for the name of the graph input. The first target is the main one:
        its graph input is called after the layer alone.
    append_compared
        A function that appends the values to compare with the targets, made from the statistics,
        by the name of the target. A target has the shape of its value. By default the values are
        the statistics.
    make_targets
        A NumPy function that makes the targets, by name, from the statistics of a style, or from
        the weighted mean of the statistics of several styles. By default the targets are the
        statistics.
    append_loss
        A function that appends the loss, of shape (1,), of the values and their targets; relative
        to the size of the targets if `relative`. By default `sum_of_distances`.
    """

    module: str
    description: str
    statistics: Mapping[str, Statistic]
    targets: Mapping[str, str]
    append_compared: Callable[[Ops, Values], dict[str, ir.Value]] = lambda _, statistics: dict(
        statistics
    )
    make_targets: Callable[[Arrays], dict[str, NDArray[Any]]] = dict
    append_loss: _AppendLoss = sum_of_distances

    @property
    def name(self) -> str:
        """Name of the loss, which is that of its file."""
        return self.module.rpartition(".")[2]

    def input_name(self, region: str, layer: str, target: str) -> str:
        """Return the name of the graph input that takes a target of a layer in a region."""
        main = f"{region}.{layer}"
        return main if target == next(iter(self.targets)) else f"{main}.{target}"


def append_style_loss(
    ops: Ops,
    kind: StyleLoss,
    statistics: Values,
    *,
    names: tuple[str, str],
    relative: bool,
) -> tuple[ir.Value, dict[str, ir.Value]]:
    """Append a style loss of statistics, with an input for each target.

    Parameters
    ----------
    ops
        The tape to append to.
    kind
        The style loss.
    statistics
        The statistics of one layer, by name.
    names
        (region, layer), from which the names of the inputs are made.
    relative
        Whether the loss is relative to the size of the targets.

    Returns
    -------
    tuple
        The loss, (1,), and the values that it compares, each by the name of its target's input.
    """
    found = kind.append_compared(ops, statistics)
    inputs = {target: kind.input_name(*names, target) for target in found}
    targets = {
        target: add_input(ops.graph, inputs[target], shape_of(value))
        for target, value in found.items()
    }
    loss = kind.append_loss(ops, found, targets, relative=relative)
    return loss, {inputs[target]: value for target, value in found.items()}
