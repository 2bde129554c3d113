"""The graphs for a whole picture, not in tiles: features, statistics, loss and gradient."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import onnx_ir as ir

from ortstyle.graph.adapt import Adaptation
from ortstyle.graph.autodiff import gradient, pullback
from ortstyle.graph.distances import absolute
from ortstyle.graph.feature_statistics import append_statistics, weights_name
from ortstyle.graph.losses import (
    content_loss,
    content_statistics,
    has_limit,
    temporal_loss,
    total_variation,
)
from ortstyle.graph.network import InputCrop, Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites.comparisons import Comparisons, without_comparisons
from ortstyle.graph.style_loss import append_style_loss
from ortstyle.graph.style_losses import style_loss
from ortstyle.graph.term_weights import TermWeights
from ortstyle.graph.values import shape_of
from ortstyle.settings.settings import Settings
from ortstyle.settings.value_types import Layers


@dataclass(frozen=True)
class Region:
    """A part of the picture with styles of its own, as it appears in the graph of the losses.

    Attributes
    ----------
    name
        The beginning of the names of its graph inputs, such as "style" or "style2".
    masked
        Whether spatial positions have weights. If so, inputs `<name>.<layer>.root_weights`,
        (1, 1, H, W) of the layer, take the square roots of weights whose sum is 1.
    share
        Factor of the region's style loss.
    """

    name: str = "style"
    masked: bool = False
    share: float = 1.0


#: The regions of a picture without masks.
EVERYWHERE = (Region(),)


def content_model(network: Network, size: Sequence[int], *, settings: Settings) -> ir.Model:
    """Build the graph from a picture of (H, W) to its content features, `content.<layer>`."""
    graph, ops, features = feature_graph(network, size, settings.content_layers, settings)
    for name, value in features.items():
        add_output(graph, f"content.{name}", ops.emit("Identity", [value])[0])
    return finish(graph)


def style_model(network: Network, size: Sequence[int], *, settings: Settings) -> ir.Model:
    """Build the graph from a picture of (H, W) to its statistics, `<layer>/<statistic>`.

    All positions weigh the same; `tile_graphs.statistics_model` takes spatial weights.
    """
    graph, ops, features = feature_graph(network, size, settings.style_layers, settings)
    needed = style_loss(settings.style_loss).statistics
    for layer, value in features.items():
        for name, statistic in append_statistics(ops, value, needed).items():
            add_output(graph, f"{layer}/{name}", statistic)
    return finish(graph)


def loss_model(
    network: Network,
    size: Sequence[int],
    *,
    settings: Settings,
    regions: Sequence[Region] = EVERYWHERE,
    anchored: bool = False,
    statistics: bool = False,
    weight_inputs: bool = False,
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
        The parts of the picture that have styles, and so targets, of their own.
    anchored
        Whether the picture is held to another one, as a frame of a film is; see
        `losses.temporal_loss`.
    statistics
        Whether to add, for each target input, an output `statistics.<input>`: the values of the
        picture that the loss compares with that target. For the picture to resemble, these values
        are the targets, or `StyleLoss.make_targets` makes the targets from them.
    weight_inputs
        Whether the weights of the terms are inputs, each (1,), instead of constants:
        `weight.content`, `weight.style` and `weight.tv`, those of the terms whose weight in the
        settings is above 0, and `limit.content`, if the settings have a content limit. The weights
        of layers and the shares of regions stay constants.
    comparisons
        How masks are computed: "compare", or "arithmetic" for a device without comparisons.

    Returns
    -------
    ir.Model
        Inputs: `image` (1, 3, H, W) RGB 0–255; `content.<layer>`, the features of the content;
        `style.<layer>` and `style.<layer>.<target>`, the targets of the style loss; if anchored,
        `anchor` (1, 3, H, W) and `anchor.weights` (1, 1, H, W). With `weight_inputs` the limit and
        the weights. Outputs: `loss`, its terms `content`, `style`, `tv` (those of weight above 0)
        and `temporal`, all (1,), and `gradient` (1, 3, H, W), which the engine "training" derives
        itself.
    """
    content = settings.content_layers if settings.content_weight else ()
    style = settings.style_layers if settings.style_weight else ()
    graph, ops, features = feature_graph(network, size, content + style, settings)
    image = graph.inputs[0]
    losses = _Losses(ops, features, settings)
    losses.append_content(content, is_limit_input=weight_inputs and has_limit(settings))
    for region in regions:
        losses.append_style(style, region)
    losses.append_smoothness(image)
    if anchored:
        losses.append_temporal(image)

    weights = TermWeights(ops, settings, are_inputs=weight_inputs)
    weighted = {
        loss: weights.apply(loss.value, loss.term, share=loss.share) for loss in losses.appended
    }
    total = reduce(ops.add, weighted.values())
    if settings.normalize_gradients:
        derivative = _normalized_gradient(ops, losses.appended, image, weights)
    elif settings.engine == "portable":
        derivative = gradient(graph, total, image)
    else:
        derivative = None
    add_output(graph, "loss", total)
    for term in dict.fromkeys(loss.term for loss in losses.appended):
        parts = [value for loss, value in weighted.items() if loss.term == term]
        add_output(graph, term, reduce(ops.add, parts))
    if derivative is not None:
        add_output(graph, "gradient", derivative)
    for name, found in losses.compared.items() if statistics else ():
        add_output(graph, f"statistics.{name}", ops.emit("Identity", [found])[0])
    return finish_for(graph, comparisons)


def finish_for(graph: ir.Graph, comparisons: Comparisons) -> ir.Model:
    """Return the finished model of a graph; "arithmetic" replaces its comparisons."""
    model = finish(graph)
    if comparisons == "arithmetic":
        without_comparisons(model)
    return model


@dataclass(frozen=True)
class _Loss:
    """A loss: its term, the layer or image it is a function `of`, and its value (1,).

    `share` is the factor by which it counts within its term.
    """

    term: str
    of: ir.Value
    value: ir.Value
    share: float = 1.0


@dataclass
class _Losses:
    """The losses appended so far, and the values that they compare, by name of the target input."""

    ops: Ops
    features: dict[str, ir.Value]
    settings: Settings
    appended: list[_Loss] = field(default_factory=list)
    compared: dict[str, ir.Value] = field(default_factory=dict)

    def append_content(self, layers: Layers, *, is_limit_input: bool) -> None:
        """Append the content loss of each layer, and its limit as an input, if it is one."""
        limit = None
        if layers and is_limit_input:
            limit = add_input(self.ops.graph, "limit.content", (1,))
        for layer, weight in layers:
            found = self.features[layer]
            target = add_input(self.ops.graph, f"content.{layer}", shape_of(found))
            statistics = content_statistics(self.ops, found, target, self.settings)
            loss = content_loss(self.ops, statistics, self.settings, limit=limit)
            self.compared[str(target.name)] = found
            self.appended.append(_Loss("content", found, loss, weight))

    def append_style(self, layers: Layers, region: Region) -> None:
        """Append the style loss of each layer for one region."""
        kind, ops = style_loss(self.settings.style_loss), self.ops
        for layer, weight in layers:
            features = self.features[layer]
            weights = None
            if region.masked:
                name, shape = weights_name(region.name, layer), shape_of(features)
                weights = add_input(ops.graph, name, (1, 1, *shape[2:]))
            statistics = append_statistics(ops, features, kind.statistics, weights)
            loss, compared = append_style_loss(
                ops, kind, statistics, names=(region.name, layer), relative=self.settings.equalize
            )
            self.compared |= compared
            self.appended.append(_Loss("style", features, loss, region.share * weight))

    def append_smoothness(self, image: ir.Value) -> None:
        """Append total variation, if it has a weight."""
        if self.settings.tv_weight:
            loss = total_variation(self.ops, image, self.settings.tv)
            self.appended.append(_Loss("tv", image, loss))

    def append_temporal(self, image: ir.Value) -> None:
        """Append the temporal loss, with inputs for the anchor and its weights."""
        height, width = shape_of(image)[2:]
        loss = temporal_loss(
            self.ops,
            image,
            anchor=add_input(self.ops.graph, "anchor", shape_of(image)),
            weights=add_input(self.ops.graph, "anchor.weights", (1, 1, height, width)),
            pixels=height * width,
            relative=self.settings.equalize,
        )
        self.appended.append(_Loss("temporal", image, loss))


def _normalized_gradient(
    ops: Ops, losses: Sequence[_Loss], image: ir.Value, weights: TermWeights
) -> ir.Value:
    """Append the gradient from those of the losses at their layers, scaled to L1 norm 1, weighted.

    This is neural-style's option `-normalize_gradients`; total variation is not scaled, nor is the
    temporal loss.
    """
    cotangents: dict[ir.Value, ir.Value] = {}
    for loss in losses:
        g = gradient(ops.graph, loss.value, loss.of)
        if loss.term not in ("tv", "temporal"):
            norm = ops.reduce_sum(absolute(ops, g), keepdims=True)
            g = ops.div(g, ops.add(norm, ops.like(norm, 1e-8)))
        g = weights.apply(g, loss.term, share=loss.share)
        cotangents[loss.of] = ops.add(cotangents[loss.of], g) if loss.of in cotangents else g
    return pullback(ops.graph, cotangents, image)


def feature_graph(
    network: Network,
    size: Sequence[int],
    layers: Layers,
    settings: Settings,
    *,
    crop: InputCrop | None = None,
) -> tuple[ir.Graph, Ops, dict[str, ir.Value]]:
    """Begin a graph with the layers of a network.

    Parameters
    ----------
    network
        The feature network, or a part of one.
    size
        (H, W) of the graph input `image`: a picture, or the layer that a part of a network takes.
    layers
        The layers to compute; their weights are ignored.
    settings
        Pooling and padding.
    crop
        Crops the inputs of nodes; see `Network.append`.

    Returns
    -------
    tuple
        The graph, the `Ops` that append to it, and the features by layer.
    """
    graph = new_graph("ortstyle")
    ops = Ops(graph)
    image = add_input(graph, "image", (1, network.channels, *size))
    names = dict.fromkeys(name for name, _ in layers)
    features = network.append(ops, image, names, adapt=adaptation(settings), crop=crop)
    return graph, ops, features


def adaptation(settings: Settings) -> Adaptation:
    """Return the changes that settings make to a network."""
    return Adaptation(settings.pooling, settings.rescale_pooling, settings.padding)
