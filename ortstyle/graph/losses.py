"""The content loss and total variation; style losses are in `style_losses`."""

from collections.abc import Mapping

import onnx_ir as ir

from ortstyle.graph.distances import TINY, absolute, mean_square, mean_squared_error, sum_of_all
from ortstyle.graph.ops import Ops
from ortstyle.graph.values import shape_of
from ortstyle.settings.settings import Settings
from ortstyle.settings.value_types import Smoothness

# How steeply the content loss grows above the limit: its slope is 600·x where the cosine distance
# exceeds the limit by x. It was chosen by looking at pictures in sparse and in ordinary styles. A
# hinge that is not squared would have a kink at the limit, where a line search stops.
_STEEPNESS = 300


def content_statistics(
    ops: Ops, found: ir.Value, target: ir.Value, settings: Settings
) -> dict[str, ir.Value]:
    """Statistics of a layer that `content_loss` takes, each of shape (1,).

    "error" is the mean squared error of features (Gatys, Ecker, Bethge 2015, equation 1), and
    "square", for a limit only, the mean square of `found`. Both are relative to the mean square of
    the target if `settings.equalize`. The error stays a square, unlike `distances.distance`: a run
    starts from the content itself, where an unsquared distance has a kink that would stop the
    optimiser.
    """
    statistics = {"error": mean_squared_error(ops, found, target)}
    if has_limit(settings):
        statistics["square"] = mean_square(ops, found)
    if not settings.equalize:
        return statistics
    size = mean_square(ops, target)
    size = ops.add(size, ops.like(size, TINY))
    return {name: ops.div(value, size) for name, value in statistics.items()}


def content_loss(
    ops: Ops,
    statistics: Mapping[str, ir.Value],
    settings: Settings,
    *,
    limit: ir.Value | None = None,
) -> ir.Value:
    """Content loss of a layer whose `content_statistics` in the whole picture are given, (1,).

    It is the relative error e, and e + 300·(d − limit)² where the cosine distance d of the features
    from the content's exceeds the limit. The distance says how much of the content's structure is
    lost: unlike the error, it does not grow where a style has more contrast than the content.
    Errors that are not relative have no limit. The limit, (1,), is that of the settings if None.
    """
    error = statistics["error"]
    if not has_limit(settings):
        return error
    square = statistics["square"]
    one = ops.like(square, 1)
    # ‖f − t‖² = ‖f‖² − 2 f·t + ‖t‖², all divided by ‖t‖²
    product = ops.scale(ops.sub(ops.add(square, one), error), 0.5)
    cosine = ops.div(product, ops.sqrt(ops.add(square, ops.like(square, TINY))))
    least = ops.like(one, 1 - settings.content_limit) if limit is None else ops.sub(one, limit)
    excess = ops.relu(ops.sub(least, cosine))
    return ops.add(error, ops.scale(_square(ops, excess), _STEEPNESS))


def has_limit(settings: Settings) -> bool:
    """Return whether the content loss has a limit."""
    return bool(settings.equalize and settings.content_limit)


def tile_content_statistics(
    ops: Ops,
    found: ir.Value,
    target: ir.Value,
    root_weights: ir.Value,
    scale: ir.Value,
    *,
    settings: Settings,
) -> dict[str, ir.Value]:
    """Contribution of a tile to `content_statistics`.

    Parameters
    ----------
    ops
        The tape to append to.
    found, target
        Features of the tile, (1, C, H, W).
    root_weights
        (1, 1, H, W), the square roots of the spatial weights, as in `feature_statistics`.
    scale
        (1,), what `content_scale` returns for the whole picture.
    settings
        Whether the content loss is relative, and its limit.
    """
    of = {"error": ops.sub(found, target)}
    if has_limit(settings):
        of["square"] = found
    factor = ops.scale(scale, 1 / shape_of(found)[1])
    return {
        name: ops.mul(sum_of_all(ops, _square(ops, ops.mul(value, root_weights))), factor)
        for name, value in of.items()
    }


def content_scale(mean_square: float, *, relative: bool) -> float:
    """Return the factor of the content's statistics for a target of this mean square."""
    return 1 / (mean_square + TINY) if relative else 1.0


def total_variation(
    ops: Ops,
    image: ir.Value,
    kind: Smoothness = "sum",
    *,
    core: ir.Value | None = None,
    pixels: int | None = None,
) -> ir.Value:
    """Differences of pixels to those below and to the right, in pixel levels, of shape (1,).

    "sum", "l1" and "l2" are after Mahendran & Vedaldi 2015, section 3, with β = 1 and 2. They add
    up the two directions by themselves, so an edge along an axis costs least: smooth places break
    up into blocks. "isotropic" is the total variation of Rudin, Osher, Fatemi 1992, equation 2.1,
    of the three channels together (Bresson & Chan 2008, equation 3): an edge costs the same in
    all directions, and less where it is one of all channels.

    Parameters
    ----------
    ops
        The tape to append to.
    image
        (1, 3, H, W), RGB 0–255: a picture or a tile of one.
    kind
        "sum" is Σ|Δ| as in neural-style, which smooths a larger picture more. "l1" is the same
        divided by the number of values, which makes it comparable between sizes. "l2" is Σ Δ²
        divided by the number of values: strong edges cost more, weak ones less. "isotropic" is
        Σ √(|Δx|² + |Δy|² + 1) − 1 over pixels, divided by the number of values; the 1 is a squared
        pixel level, below which differences hardly count.
    core
        For a tile, (1, 1, H, W): 1 where the differences of a pixel count, 0 elsewhere.
    pixels
        For a tile, the number of pixels of the whole picture.
    """
    _, channels, height, width = shape_of(image)
    count = channels * (pixels or height * width)
    if kind == "isotropic":
        return ops.scale(_isotropic_variation(ops, image, core), 1 / count)
    measure = _square if kind == "l2" else absolute
    parts = []
    for axis, size in ((2, height), (3, width)):
        ahead = ops.slice(image, [1], [size], [axis])
        change = measure(ops, ops.sub(ahead, ops.slice(image, [0], [size - 1], [axis])))
        if core is not None:
            change = ops.mul(change, ops.slice(core, [0], [size - 1], [axis]))
        parts.append(sum_of_all(ops, change))
    total = ops.add(*parts)
    return total if kind == "sum" else ops.scale(total, 1 / count)


def _isotropic_variation(ops: Ops, image: ir.Value, core: ir.Value | None) -> ir.Value:
    """Σ √(|Δx|² + |Δy|² + 1) − 1 over the pixels of (1, 3, H, W), of shape (1,)."""
    squares = []
    for axis, size in ((2, shape_of(image)[2]), (3, shape_of(image)[3])):
        ahead = ops.slice(image, [1], [size], [axis])
        change = ops.sub(ahead, ops.slice(image, [0], [size - 1], [axis]))
        after = [int(axis == other) for other in range(4)]  # the last pixels have none ahead
        # Channels are added up first: the derivative of a pad of them all has ones of their shape.
        square = ops.reduce_sum(_square(ops, change), [1], keepdims=True)
        squares.append(ops.pad(square, [0] * 4, after))
    square = ops.add(*squares)
    one = ops.like(square, 1)
    length = ops.sub(ops.sqrt(ops.add(square, one)), one)
    return sum_of_all(ops, length if core is None else ops.mul(length, core))


def temporal_loss(
    ops: Ops, image: ir.Value, *, anchor: ir.Value, weights: ir.Value, pixels: int, relative: bool
) -> ir.Value:
    """Weighted mean square of the differences from an anchor, of shape (1,).

    It is the temporal loss of Ruder, Dosovitskiy, Brox 2016, equation 4. With several anchors a_k
    of weights w_k (equation 9) it takes their mean, weighted, and the sum of their weights:
    Σ w_k (x − a_k)² is (Σ w_k)·(x − ā)² plus a constant.

    Parameters
    ----------
    ops
        The tape to append to.
    image, anchor
        (1, 3, H, W), RGB 0–255: a picture or a tile of one, and what it is to stay close to.
    weights
        (1, 1, H, W), 0 where the anchor says nothing, and outside the core of a tile.
    pixels
        Number of pixels of the whole picture.
    relative
        Whether the other losses are relative to their targets. Then differences are measured in
        tens of levels, so that one of 10 levels everywhere costs 1; if not, the mean square in
        levels counts a thousandfold, as published.
    """
    channels = shape_of(image)[1]
    square = ops.reduce_sum(_square(ops, ops.sub(image, anchor)), [1], keepdims=True)
    factor = 1e-2 if relative else 1e3
    return ops.scale(sum_of_all(ops, ops.mul(square, weights)), factor / (channels * pixels))


def _square(ops: Ops, a: ir.Value) -> ir.Value:
    return ops.mul(a, a)
