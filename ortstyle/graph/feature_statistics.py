"""Statistics of the features of a layer over all spatial positions.

Statistics are weighted sums over positions, so those of the parts of a picture add up to those of
the whole. A style loss depends on nothing else, which is why every style loss works with masks and
in tiles.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.ops import Ops
from ortstyle.graph.values import shape_of

MOST_CHANNELS = 4096  # of a style layer; most networks for pictures have 512 to 2048


@dataclass(frozen=True)
class WeightedFeatures:
    """The features of a layer, with the weights of their spatial positions.

    Attributes
    ----------
    features
        (1, C, H, W).
    columns
        The features reshaped to (C, H·W).
    root_weights
        (1, 1, H, W), the square roots of the spatial weights, whose sum is 1; None where all
        positions weigh the same.
    """

    features: ir.Value
    columns: ir.Value
    root_weights: ir.Value | None

    @classmethod
    def of(cls, ops: Ops, features: ir.Value, root_weights: ir.Value | None = None) -> Self:
        """Append the columns of features, (1, C, H, W), and return both with their weights.

        Raises
        ------
        GraphError
            The layer has another form, or so many channels that matrices of them fill the memory.
        """
        shape = shape_of(features)
        if len(shape) != 4 or shape[0] != 1 or shape[1] > MOST_CHANNELS:
            raise GraphError(
                f"layer {features.name!r} is {shape}, but a style layer is (1, channels, height, "
                f"width) with at most {MOST_CHANNELS} channels; choose another in --style-layers"
            )
        _, channels, height, width = shape
        return cls(features, ops.reshape(features, (channels, height * width)), root_weights)

    @property
    def channels(self) -> int:
        """C, the number of channels."""
        return shape_of(self.columns)[0]

    @property
    def positions(self) -> int:
        """H·W, the number of spatial positions."""
        return shape_of(self.columns)[1]


#: A function that appends a statistic; those of parts of a picture must add up to the whole's.
Statistic = Callable[[Ops, WeightedFeatures], ir.Value]


def gram(ops: Ops, layer: WeightedFeatures) -> ir.Value:
    """Gram matrix Σ w·f·fᵀ / C, (C, C).

    Gatys, Ecker, Bethge 2015, equation 3, with the divisor of the published implementation, which
    makes layers and sizes comparable. With spatial weights it is a guided Gram matrix: Gatys,
    Ecker, Bethge, Hertzmann, Shechtman 2017, *Controlling Perceptual Factors in Neural Style
    Transfer*, equation 5.
    """
    if layer.root_weights is None:
        columns, scale = layer.columns, 1 / (layer.channels * layer.positions)
    else:
        weighted = ops.mul(layer.features, layer.root_weights)
        columns, scale = ops.reshape(weighted, shape_of(layer.columns)), 1 / layer.channels
    product = ops.matmul(columns, ops.transpose(columns, (1, 0)))
    return ops.scale(product, scale)


def mean(ops: Ops, layer: WeightedFeatures) -> ir.Value:
    """Mean of each channel Σ w·f, (C, 1)."""
    if layer.root_weights is None:
        return ops.reduce_mean(layer.columns, [1], keepdims=True)
    squares = ops.mul(layer.root_weights, layer.root_weights)
    weights = ops.reshape(squares, (1, layer.positions))
    return ops.reduce_sum(ops.mul(layer.columns, weights), [1], keepdims=True)


def append_statistics(
    ops: Ops,
    features: ir.Value,
    statistics: Mapping[str, Statistic],
    root_weights: ir.Value | None = None,
) -> dict[str, ir.Value]:
    """Append statistics of features, by name.

    Parameters
    ----------
    ops
        The tape to append to.
    features
        (1, C, H, W).
    statistics
        The statistics to compute, by name.
    root_weights
        (1, 1, H, W), the square roots of the spatial weights, whose sum is 1; without them all
        positions weigh the same.
    """
    layer = WeightedFeatures.of(ops, features, root_weights)
    return {name: statistic(ops, layer) for name, statistic in statistics.items()}


def weights_name(region: str, layer: str) -> str:
    """Return the name of the input that takes the square roots of a layer's spatial weights."""
    return f"{region}.{layer}.root_weights" if region else f"{layer}.root_weights"
