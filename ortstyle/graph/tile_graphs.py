"""The graphs for a picture in tiles: statistics of a tile, the losses, the gradient of a tile.

The first computes a tile's share of the statistics, which add up over the tiles; the errors of the
content layers are among them. The second computes the style and content loss of the sums and their
derivative with respect to them. The third computes a tile's share of the gradient from this
derivative. The sums of all shares are the loss and gradient of the whole picture (Galerne et al.
2024, *Scaling Painting Style Transfer*, section 3, for Gram matrices). A network in segments has
the first and the third graph for each segment.
"""

from collections.abc import Mapping, Sequence
from functools import reduce

import onnx_ir as ir

from ortstyle.graph.autodiff import gradient, pullback
from ortstyle.graph.feature_statistics import append_statistics, weights_name
from ortstyle.graph.loss_graph import Region, feature_graph, finish_for
from ortstyle.graph.losses import (
    content_loss,
    temporal_loss,
    tile_content_statistics,
    total_variation,
)
from ortstyle.graph.network import InputCrop
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites.comparisons import Comparisons
from ortstyle.graph.segments import Segment
from ortstyle.graph.style_loss import append_style_loss
from ortstyle.graph.style_losses import style_loss
from ortstyle.graph.values import shape_of
from ortstyle.settings.settings import Settings

Shapes = Mapping[str, tuple[int, ...]]


def statistic_name(region: str, layer: str, statistic: str) -> str:
    """Return the name of a statistic of a layer in a region."""
    return f"{region}.{layer}/{statistic}" if region else f"{layer}/{statistic}"


def statistics_model(
    segment: Segment,
    size: Sequence[int],
    *,
    settings: Settings,
    regions: Sequence[str] = ("",),
    content: bool = False,
    crop: InputCrop | None = None,
) -> ir.Model:
    """Build the graph from a tile to its share of the statistics of regions.

    Parameters
    ----------
    segment
        The part of the network.
    size
        (H, W) of the tile, margins included, in spatial positions of the segment's input.
    settings
        Layers, pooling, the style loss.
    regions
        Names of the regions; "" stands for a picture without regions.
    content
        Whether to add the statistics of the content layers.
    crop
        Crops the inputs of nodes; see `Network.append`.

    Returns
    -------
    ir.Model
        Inputs: `image` (1, C, H, W) and, named by `weights_name`, (1, 1, h, w) of each layer: the
        square roots of the spatial weights, 0 outside the core. With `content`, for each content
        layer, `content.<layer>`, its features, `content.<layer>.root_weights` and
        `content.<layer>.scale`, (1,). Outputs: the statistics, named by `statistic_name`, those of
        the content, (1,), as of a region "content", and `boundary`, the features that the next
        segment takes.
    """
    content_layers = segment.content if content else ()
    layers = segment.style + content_layers + segment.passed
    graph, ops, features = feature_graph(segment.network, size, layers, settings, crop=crop)
    for region in regions:
        for layer, _ in segment.style:
            found = _append_statistics(ops, region, layer, features[layer], settings)
            for name, statistic in found.items():
                add_output(graph, name, statistic)
    for layer, _ in content_layers:
        for name, statistic in _append_content(ops, layer, features[layer], settings).items():
            add_output(graph, name, statistic)
    _output_boundary(ops, segment, features)
    return finish(graph)


def content_features_model(
    segment: Segment, size: Sequence[int], *, settings: Settings, crop: InputCrop | None = None
) -> ir.Model:
    """Build the graph from a tile of (H, W) to `content.<layer>`, its features, and `boundary`."""
    layers = segment.content + segment.passed
    graph, ops, features = feature_graph(segment.network, size, layers, settings, crop=crop)
    for layer, _ in segment.content:
        add_output(graph, f"content.{layer}", ops.emit("Identity", [features[layer]])[0])
    _output_boundary(ops, segment, features)
    return finish(graph)


def _output_boundary(ops: Ops, segment: Segment, features: Mapping[str, ir.Value]) -> None:
    if segment.boundary is not None:
        add_output(ops.graph, "boundary", ops.emit("Identity", [features[segment.boundary]])[0])


def _append_statistics(
    ops: Ops, region: str, layer: str, features: ir.Value, settings: Settings
) -> dict[str, ir.Value]:
    """Append the statistics of a layer, by `statistic_name`, with an input for its weights."""
    shape = (1, 1, *shape_of(features)[2:])
    weights = add_input(ops.graph, weights_name(region, layer), shape)
    needed = style_loss(settings.style_loss).statistics
    found = append_statistics(ops, features, needed, weights)
    return {statistic_name(region, layer, name): value for name, value in found.items()}


def statistics_loss_model(
    shapes: Shapes,
    *,
    settings: Settings,
    regions: Sequence[Region],
    comparisons: Comparisons = "compare",
) -> ir.Model:
    """Build the graph from the statistics of the whole picture to the losses.

    Parameters
    ----------
    shapes
        Shapes of the statistics, by `statistic_name`.
    settings
        Weights, the style loss.
    regions
        The parts of the picture that have styles of their own.
    comparisons
        How masks are computed: "compare", or "arithmetic" for a device without comparisons.

    Returns
    -------
    ir.Model
        Inputs: the statistics, and the targets, named as in `loss_graph.loss_model`. Outputs:
        `content` and `style`, (1,), those of weight above 0, and `d.<statistic>`, the derivative
        of their sum with respect to each statistic.
    """
    graph = new_graph("losses")
    ops, terms = Ops(graph), {}
    inputs = {name: add_input(graph, name, shape) for name, shape in shapes.items()}
    if settings.content_weight:
        losses = [
            ops.scale(
                content_loss(ops, _of_layer(inputs, "content", layer), settings),
                settings.content_weight * weight,
            )
            for layer, weight in settings.content_layers
        ]
        terms["content"] = reduce(ops.add, losses)
    if settings.style_weight:
        losses = [
            ops.scale(
                _style_loss(ops, inputs, names=(region.name, layer), settings=settings),
                settings.style_weight * region.share * weight,
            )
            for region in regions
            for layer, weight in settings.style_layers
        ]
        terms["style"] = reduce(ops.add, losses)
    total = reduce(ops.add, terms.values())
    derivatives = {name: gradient(graph, total, value) for name, value in inputs.items()}
    for name, term in terms.items():
        add_output(graph, name, term)
    for name, derivative in derivatives.items():
        add_output(graph, f"d.{name}", derivative)
    return finish_for(graph, comparisons)


def _style_loss(
    ops: Ops, statistics: Mapping[str, ir.Value], *, names: tuple[str, str], settings: Settings
) -> ir.Value:
    """Append the style loss of a layer in a region, `names`, of its statistics among all."""
    kind, found = style_loss(settings.style_loss), _of_layer(statistics, *names)
    return append_style_loss(ops, kind, found, names=names, relative=settings.equalize)[0]


def _of_layer(statistics: Mapping[str, ir.Value], region: str, layer: str) -> dict[str, ir.Value]:
    """Return the statistics of a layer in a region among all, without the beginning of the name."""
    start = statistic_name(region, layer, "")
    return {n.removeprefix(start): v for n, v in statistics.items() if n.startswith(start)}


def pullback_model(
    segment: Segment,
    size: Sequence[int],
    *,
    pixels: int,
    settings: Settings,
    regions: Sequence[Region],
    anchored: bool = False,
    comparisons: Comparisons = "compare",
    crop: InputCrop | None = None,
) -> ir.Model:
    """Build the graph from a tile to its share of the losses of pixels and of the gradient.

    Parameters
    ----------
    segment
        The part of the network.
    size
        (H, W) of the tile, margins included, in spatial positions of the segment's input.
    pixels
        Number of pixels of the whole picture.
    settings
        Weights, pooling, losses.
    regions
        The parts of the picture that have styles of their own.
    anchored
        Whether the picture is held to another one; see `losses.temporal_loss`.
    comparisons
        How masks are computed: "compare", or "arithmetic" for a device without comparisons.
    crop
        Crops the inputs of nodes; see `Network.append`.

    Returns
    -------
    ir.Model
        Inputs: `image` (1, C, H, W) and the other inputs of `statistics_model` with the content;
        `d.<statistic>`, the outputs of `statistics_loss_model`; `d.boundary`, the gradient of the
        boundary, 0 outside the core; in the first segment `core`, (1, 1, H, W), 1 in the core, if
        total variation has a weight, and, if anchored, the tile of `anchor`, (1, 3, H, W), and
        `anchor.weights`, (1, 1, H, W), 0 outside the core. Outputs: `gradient` (1, C, H, W), to be
        added to the gradient of the whole picture at the tile, margins included; in the first
        segment `tv`, if its weight is above 0, and `temporal`, if anchored, both (1,).
    """
    layers = segment.layers
    graph, ops, features = feature_graph(segment.network, size, layers, settings, crop=crop)
    image = graph.inputs[0]
    cotangents: dict[ir.Value, ir.Value] = {}
    if segment.boundary is not None:
        boundary = features[segment.boundary]
        cotangents[boundary] = add_input(graph, "d.boundary", shape_of(boundary))
    for region in regions:
        for layer, _ in segment.style:
            found = _append_statistics(ops, region.name, layer, features[layer], settings)
            for name, value in found.items():
                cotangents[value] = add_input(graph, f"d.{name}", shape_of(value))
    for layer, _ in segment.content:
        for name, value in _append_content(ops, layer, features[layer], settings).items():
            cotangents[value] = add_input(graph, f"d.{name}", (1,))
    terms = {}
    if segment.of_pixels:
        terms = _append_pixel_terms(ops, image, settings, pixels=pixels, anchored=anchored)
    cotangents |= {term: ops.like(term, [1]) for term in terms.values()}
    add_output(graph, "gradient", pullback(graph, cotangents, image))
    for name, term in terms.items():
        add_output(graph, name, term)
    return finish_for(graph, comparisons)


def _append_pixel_terms(
    ops: Ops, image: ir.Value, settings: Settings, *, pixels: int, anchored: bool
) -> dict[str, ir.Value]:
    """Append a tile's share of the losses of pixels, weighted, with inputs for what they take."""
    terms, of_pixels = {}, (1, 1, *shape_of(image)[2:])
    if settings.tv_weight:
        core = add_input(ops.graph, "core", of_pixels)
        variation = total_variation(ops, image, settings.tv, core=core, pixels=pixels)
        terms["tv"] = ops.scale(variation, settings.tv_weight)
    if anchored:
        terms["temporal"] = temporal_loss(
            ops,
            image,
            anchor=add_input(ops.graph, "anchor", shape_of(image)),
            weights=add_input(ops.graph, "anchor.weights", of_pixels),
            pixels=pixels,
            relative=settings.equalize,
        )
    return terms


def _append_content(
    ops: Ops, layer: str, features: ir.Value, settings: Settings
) -> dict[str, ir.Value]:
    """Append a tile's share of a content layer's statistics, with inputs for what they take."""
    name, shape = f"content.{layer}", shape_of(features)
    target = add_input(ops.graph, name, shape)
    weights = add_input(ops.graph, weights_name("content", layer), (1, 1, *shape[2:]))
    scale = add_input(ops.graph, f"{name}.scale", (1,))
    found = tile_content_statistics(ops, features, target, weights, scale, settings=settings)
    return {statistic_name("content", layer, name): value for name, value in found.items()}
