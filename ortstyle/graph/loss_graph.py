"""The graphs of an objective, from the settings: features, statistics, losses, the gradient."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import onnx_ir as ir

from ortstyle.graph.adapt import Adaptation
from ortstyle.graph.autodiff import gradient, pullback
from ortstyle.graph.losses import (
    absolute,
    compared,
    content_loss,
    statistics,
    style_loss,
    total_variation,
)
from ortstyle.graph.network import InputCrop, Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph, shape_of
from ortstyle.graph.rewrites.comparisons import Comparisons, without_comparisons
from ortstyle.settings.record import Settings
from ortstyle.settings.value_types import Layers


@dataclass(frozen=True)
class Region:
    """Where in the picture a style goes, in a graph of losses.

    Attributes
    ----------
    name
        What its inputs begin with, "style" or "style2".
    masked
        Whether the places have weights: inputs `<name>.<layer>.root_weights`, (1, 1, H, W) of
        the layer, which hold the square roots of weights that add up to 1.
    share
        Of the style's loss.
    """

    name: str = "style"
    masked: bool = False
    share: float = 1.0


EVERYWHERE = (Region(),)


def content_model(network: Network, size: Sequence[int], *, settings: Settings) -> ir.Model:
    """Build the graph from a picture of (H, W) to its content features."""
    graph, ops, features = features_of(network, size, settings.content_layers, settings)
    for name, value in features.items():
        add_output(graph, f"content.{name}", ops.emit("Identity", [value])[0])
    return finish(graph)


def style_model(network: Network, size: Sequence[int], *, settings: Settings) -> ir.Model:
    """Build the graph from a picture of (H, W) to its statistics, `<layer>/<statistic>`.

    `tile_terms.statistics_model` does it for a picture whose places have weights.
    """
    graph, ops, features = features_of(network, size, settings.style_layers, settings)
    for layer, value in features.items():
        for name, found in statistics(ops, value, settings.style_loss).items():
            add_output(graph, f"{layer}/{name}", found)
    return finish(graph)


def _spatial_weights(graph: ir.Graph, name: str, features: ir.Value) -> ir.Value:
    return add_input(graph, name, (1, 1, *shape_of(features)[2:]))


def target_name(region: str, layer: str, statistic: str) -> str:
    """Name the input that takes a target; the matrix of a layer needs no further name."""
    plain = f"{region}.{layer}"
    return plain if statistic in ("gram", "root") else f"{plain}.{statistic}"


def loss_model(
    network: Network,
    size: Sequence[int],
    *,
    settings: Settings,
    regions: Sequence[Region] = EVERYWHERE,
    statistics: bool = False,
    comparisons: Comparisons = "compare",
) -> ir.Model:
    """Build the graph of loss and gradient for one size.

    Parameters
    ----------
    network
        The feature network.
    size
        (H, W) of the picture.
    settings
        Weights, layers, pooling, losses.
    regions
        Where styles go; each has targets of its own.
    statistics
        Also output, as `statistics.<input>`, what the targets are compared with; run on the picture
        to resemble it gives the targets, from which `graph.losses.target_of` makes those of the
        style loss "wasserstein".
    comparisons
        "compare", or "arithmetic" where the device has no comparisons.

    Returns
    -------
    ir.Model
        Inputs: `image` (1, 3, H, W) RGB 0–255, `content.<layer>` the features of the content,
        `style.<layer>` the style's Gram matrices, or what else its loss looks at. Outputs: `loss`,
        its terms `content`, `style` and `tv` (those of weight above 0), all (1,), and `gradient`
        (1, 3, H, W), which is left to the engine "training".
    """
    content = settings.content_layers if settings.content_weight else ()
    style = settings.style_layers if settings.style_weight else ()
    graph, ops, features = features_of(network, size, content + style, settings)
    image = graph.inputs[0]
    built = _Terms(graph, ops, features, settings)
    built.content(content)
    for region in regions:
        built.style(style, region)
    built.smoothness(image)

    weighted = {loss: ops.scale(loss.value, loss.weight) for loss in built.losses}
    total = reduce(ops.add, weighted.values())
    if settings.normalize_gradients:
        derivative = _normalized_gradient(ops, built.losses, image)
    elif settings.engine == "portable":
        derivative = gradient(graph, total, image)
    else:
        derivative = None
    add_output(graph, "loss", total)
    for term in dict.fromkeys(loss.term for loss in built.losses):
        parts = [value for loss, value in weighted.items() if loss.term == term]
        add_output(graph, term, reduce(ops.add, parts))
    if derivative is not None:
        add_output(graph, "gradient", derivative)
    for name, found in built.compared.items() if statistics else ():
        add_output(graph, f"statistics.{name}", ops.emit("Identity", [found])[0])
    return finished(graph, comparisons)


def finished(graph: ir.Graph, comparisons: Comparisons) -> ir.Model:
    """Finish a graph for a device with comparisons or without."""
    model = finish(graph)
    if comparisons == "arithmetic":
        without_comparisons(model)
    return model


@dataclass(frozen=True)
class _Loss:
    """One loss: its term, the value it judges, itself of shape (1,), its weight."""

    term: str
    of: ir.Value
    value: ir.Value
    weight: float


@dataclass
class _Terms:
    """Appends losses, and keeps them and what they compare, by the name of the target."""

    graph: ir.Graph
    ops: Ops
    features: dict[str, ir.Value]
    settings: Settings
    losses: list[_Loss] = field(default_factory=list)
    compared: dict[str, ir.Value] = field(default_factory=dict)

    def content(self, layers: Layers) -> None:
        """Append the content's loss at each layer."""
        for layer, weight in layers:
            found = self.features[layer]
            target = add_input(self.graph, f"content.{layer}", shape_of(found))
            loss = content_loss(self.ops, found, target, relative=self.settings.equalize)
            self.compared[str(target.name)] = found
            self.losses.append(_Loss("content", found, loss, self.settings.content_weight * weight))

    def style(self, layers: Layers, region: Region) -> None:
        """Append the style's loss at each layer for one region."""
        kind, ops = self.settings.style_loss, self.ops
        for layer, weight in layers:
            features = self.features[layer]
            weights = None
            if region.masked:
                weights = _spatial_weights(
                    self.graph, f"{region.name}.{layer}.root_weights", features
                )
            found = compared(ops, statistics(ops, features, kind, weights), kind)
            target = {}
            for name, value in found.items():
                wanted = "root" if kind == "wasserstein" and name == "gram" else name
                key = target_name(region.name, layer, wanted)
                target[wanted] = add_input(self.graph, key, shape_of(value))
                self.compared[key] = value
            loss = style_loss(ops, found, target, kind, relative=self.settings.equalize)
            share = self.settings.style_weight * region.share
            self.losses.append(_Loss("style", features, loss, share * weight))

    def smoothness(self, image: ir.Value) -> None:
        """Append total variation."""
        if self.settings.tv_weight:
            loss = total_variation(self.ops, image, self.settings.tv)
            self.losses.append(_Loss("tv", image, loss, self.settings.tv_weight))


def _normalized_gradient(ops: Ops, losses: Sequence[_Loss], image: ir.Value) -> ir.Value:
    """Give each loss's gradient, where it enters the network, its weight as L1 norm.

    Neural-style's option `-normalize_gradients`, which leaves total variation alone.
    """
    entering: dict[ir.Value, ir.Value] = {}
    for loss in losses:
        g = gradient(ops.graph, loss.value, loss.of)
        if loss.term != "tv":
            norm = ops.reduce_sum(absolute(ops, g), keepdims=True)
            g = ops.div(g, ops.add(norm, ops.like(norm, 1e-8)))
        g = ops.scale(g, loss.weight)
        entering[loss.of] = ops.add(entering[loss.of], g) if loss.of in entering else g
    return pullback(ops.graph, entering, image)


def features_of(
    network: Network,
    size: Sequence[int],
    layers: Layers,
    settings: Settings,
    *,
    crop: InputCrop | None = None,
) -> tuple[ir.Graph, Ops, dict[str, ir.Value]]:
    """Begin a graph from a picture of (H, W): the graph, its tape, and the layers by name.

    The picture is what the network begins with; `crop` is as for `Network.append`.
    """
    graph = new_graph("ortstyle")
    ops = Ops(graph)
    image = add_input(graph, "image", (1, network.channels, *size))
    names = dict.fromkeys(name for name, _ in layers)
    found = network.append(ops, image, names, adapt=adaptation(settings), crop=crop)
    return graph, ops, found


def adaptation(settings: Settings) -> Adaptation:
    """Give what settings change in a network."""
    return Adaptation(settings.pooling, settings.rescale_pooling, settings.padding)
