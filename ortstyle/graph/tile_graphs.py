"""The graphs of a picture in tiles: the statistics of each, the judgement of all, the way back.

The first gives a tile's share of the statistics, which add up over the tiles. The second tells the
loss of the sums and its derivative with respect to them. The third takes this derivative and gives
a tile's share of the gradient; so the sums of all shares are loss and gradient of the whole picture
(Galerne et al. 2024, *Scaling Painting Style Transfer*, section 3, for Gram matrices). A network in
segments has the first and the third graph for each of them.
"""

from collections.abc import Mapping, Sequence
from functools import reduce

import onnx_ir as ir

from ortstyle.graph.autodiff import gradient, pullback
from ortstyle.graph.loss_graph import Region, features_of, finished, target_name
from ortstyle.graph.losses import compared, content_part, statistics, style_loss, total_variation
from ortstyle.graph.network import InputCrop
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph, shape_of
from ortstyle.graph.rewrites.comparisons import Comparisons
from ortstyle.graph.segments import Segment
from ortstyle.settings.record import Settings

Shapes = Mapping[str, tuple[int, ...]]


def weights_name(region: str, layer: str) -> str:
    """Name the input that takes the roots of the weights of a layer's weights."""
    return f"{region}.{layer}.root_weights" if region else f"{layer}.root_weights"


def statistic_name(region: str, layer: str, statistic: str) -> str:
    """Name a statistic of a region."""
    return f"{region}.{layer}/{statistic}" if region else f"{layer}/{statistic}"


def statistics_model(
    segment: Segment,
    size: Sequence[int],
    *,
    settings: Settings,
    regions: Sequence[str] = ("",),
    crop: InputCrop | None = None,
) -> ir.Model:
    """Build the graph from a tile of (H, W) to its share of the statistics of regions.

    Inputs `image` and, by `weights_name`, (1, 1, h, w) of each layer: the square roots of the
    weights of its places, 0 outside the core. Outputs by `statistic_name`, and `boundary`, what the
    next segment takes. `crop` cuts layers, as for `Network.append`.
    """
    layers = segment.style + segment.passed
    graph, ops, features = features_of(segment.network, size, layers, settings, crop=crop)
    for region in regions:
        for layer, _ in segment.style:
            for name, found in _statistics(ops, region, layer, features[layer], settings).items():
                add_output(graph, name, found)
    _pass_on(ops, segment, features)
    return finish(graph)


def content_features_model(
    segment: Segment, size: Sequence[int], *, settings: Settings, crop: InputCrop | None = None
) -> ir.Model:
    """Build the graph from a tile of (H, W) to its content features, and `boundary`."""
    layers = segment.content + segment.passed
    graph, ops, features = features_of(segment.network, size, layers, settings, crop=crop)
    for layer, _ in segment.content:
        add_output(graph, f"content.{layer}", ops.emit("Identity", [features[layer]])[0])
    _pass_on(ops, segment, features)
    return finish(graph)


def _pass_on(ops: Ops, segment: Segment, features: Mapping[str, ir.Value]) -> None:
    if segment.boundary is not None:
        add_output(ops.graph, "boundary", ops.emit("Identity", [features[segment.boundary]])[0])


def _statistics(
    ops: Ops, region: str, layer: str, features: ir.Value, settings: Settings
) -> dict[str, ir.Value]:
    shape = (1, 1, *shape_of(features)[2:])
    weights = add_input(ops.graph, weights_name(region, layer), shape)
    found = statistics(ops, features, settings.style_loss, weights)
    return {statistic_name(region, layer, name): value for name, value in found.items()}


def statistics_loss_model(
    shapes: Shapes,
    *,
    settings: Settings,
    regions: Sequence[Region],
    comparisons: Comparisons = "compare",
) -> ir.Model:
    """Build the graph from the statistics of the whole picture to the style's loss.

    Parameters
    ----------
    shapes
        Of the statistics, by `statistic_name`.
    settings
        Weights, the kind of style loss.
    regions
        Where styles go.
    comparisons
        As for `terms.loss_model`.

    Returns
    -------
    ir.Model
        Inputs: the statistics, and the targets as `terms.loss_model` names them. Outputs: `style`,
        (1,), and `d.<statistic>`, its derivative with respect to each.
    """
    graph = new_graph("judgement")
    ops, kind, losses = Ops(graph), settings.style_loss, []
    inputs = {name: add_input(graph, name, shape) for name, shape in shapes.items()}
    for region in regions:
        for layer, weight in settings.style_layers:
            start = statistic_name(region.name, layer, "")
            found = {n.removeprefix(start): v for n, v in inputs.items() if n.startswith(start)}
            found, target = compared(ops, found, kind), {}
            for name, value in found.items():
                wanted = "root" if kind == "wasserstein" and name == "gram" else name
                key = target_name(region.name, layer, wanted)
                target[wanted] = add_input(graph, key, shape_of(value))
            loss = style_loss(ops, found, target, kind, relative=settings.equalize)
            losses.append(ops.scale(loss, settings.style_weight * region.share * weight))
    total = reduce(ops.add, losses)
    derivatives = {name: gradient(graph, total, value) for name, value in inputs.items()}
    add_output(graph, "style", total)
    for name, derivative in derivatives.items():
        add_output(graph, f"d.{name}", derivative)
    return finished(graph, comparisons)


def pullback_model(
    segment: Segment,
    size: Sequence[int],
    *,
    pixels: int,
    settings: Settings,
    regions: Sequence[Region],
    comparisons: Comparisons = "compare",
    crop: InputCrop | None = None,
) -> ir.Model:
    """Build the graph from a tile of (H, W) to its share of loss and gradient.

    Parameters
    ----------
    segment
        What part of the network.
    size
        (H, W) of the tile, margins and all, in places of what the segment begins with.
    pixels
        How many the whole picture has.
    settings
        Weights, pooling, losses.
    regions
        Where styles go.
    comparisons
        As for `terms.loss_model`.
    crop
        Cuts layers, as for `Network.append`.

    Returns
    -------
    ir.Model
        Inputs: `image` (1, C, H, W); what `statistics_model` takes; `d.<statistic>`, what
        `statistics_loss_model` gives; `d.boundary`, the gradient of the boundary, 0 outside the core; for each
        content layer its features `content.<layer>`, the roots of the weights of their places, and
        `content.<layer>.scale`, (1,); `core`, (1, 1, H, W), 1 in the core. Outputs: `gradient`
        (1, C, H, W), to be added where the tile is, margins and all; `content` and `tv`, (1,),
        those of weight above 0.
    """
    layers = segment.layers
    graph, ops, features = features_of(segment.network, size, layers, settings, crop=crop)
    image = graph.inputs[0]
    cotangents: dict[ir.Value, ir.Value] = {}
    if segment.boundary is not None:
        passed = features[segment.boundary]
        cotangents[passed] = add_input(graph, "d.boundary", shape_of(passed))
    for region in regions:
        for layer, _ in segment.style:
            for name, value in _statistics(
                ops, region.name, layer, features[layer], settings
            ).items():
                cotangents[value] = add_input(graph, f"d.{name}", shape_of(value))
    terms = {}
    if segment.content:
        parts = [
            ops.scale(_content(ops, layer, features[layer]), settings.content_weight * weight)
            for layer, weight in segment.content
        ]
        terms["content"] = reduce(ops.add, parts)
    if settings.tv_weight and segment.of_pixels:
        core = add_input(graph, "core", (1, 1, *size))
        found = total_variation(ops, image, settings.tv, core=core, pixels=pixels)
        terms["tv"] = ops.scale(found, settings.tv_weight)
    for term in terms.values():
        cotangents[term] = ops.like(term, [1])
    add_output(graph, "gradient", pullback(graph, cotangents, image))
    for name, term in terms.items():
        add_output(graph, name, term)
    return finished(graph, comparisons)


def _content(ops: Ops, layer: str, features: ir.Value) -> ir.Value:
    name, shape = f"content.{layer}", shape_of(features)
    target = add_input(ops.graph, name, shape)
    weights = add_input(ops.graph, weights_name("content", layer), (1, 1, *shape[2:]))
    scale = add_input(ops.graph, f"{name}.scale", (1,))
    return content_part(ops, features, target, weights, scale)
