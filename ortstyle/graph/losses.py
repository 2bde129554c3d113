"""Content, style and smoothness of a picture, as functions of features and statistics.

A style is what remains of features when places are forgotten: their `statistics`. Its loss looks at
nothing else, so a region, or a tile, is a matter of the statistics alone.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import onnx_ir as ir

from ortstyle.graph.ops import Ops, shape_of

StyleLoss = Literal["gram", "moments", "wasserstein"]
Smoothness = Literal["sum", "l1", "l2"]
Statistics = Mapping[str, ir.Value]

_NOTHING = 1e-12  # added to a mean square that may be 0
_FLAT = 1e-6  # of a squared relative distance: below its root a distance is round, not a cone
_FLAT_CHANNEL = 1e-6  # a variance below the root, which has no slope at 0
_LOADING = 1e-3  # of the mean variance, added to each, so that no covariance is singular
_STEPS = 16  # of Newton–Schulz: eigenvalues down to 2e-6 of the norm


def mean_squared_error(ops: Ops, a: ir.Value, b: ir.Value) -> ir.Value:
    """Mean over all elements of (a − b)², of shape (1,)."""
    difference = ops.sub(a, b)
    return _sum(ops, ops.mul(difference, difference), mean=True)


def distance(ops: Ops, found: ir.Value, target: ir.Value, *, relative: bool) -> ir.Value:
    """Mean squared error, or ‖found − target‖ / ‖target‖, of shape (1,).

    The relative distance is no square, so its gradient keeps its size until it is nearly there:
    layers, pictures and sizes weigh alike. Gatys et al. take squares; style-transfer-pytorch
    (K. Crowson) scales the gradient of the square to the same end, which is then no gradient of a
    loss any more, and a line search needs one.
    """
    error = mean_squared_error(ops, found, target)
    return _relative(ops, error, _mean_square(ops, target)) if relative else error


def content_loss(ops: Ops, found: ir.Value, target: ir.Value, *, relative: bool) -> ir.Value:
    """Mean squared error of features (Gatys, Ecker, Bethge 2015, equation 1), of shape (1,).

    `relative` divides it by the mean square of the target. It stays a square, unlike a style's
    `distance`: a run starts from the content itself, where a distance has a kink to be stuck in.
    """
    error = mean_squared_error(ops, found, target)
    if not relative:
        return error
    size = _mean_square(ops, target)
    return ops.div(error, ops.add(size, ops.like(size, _NOTHING)))


def content_part(
    ops: Ops, found: ir.Value, target: ir.Value, roots: ir.Value, scale: ir.Value
) -> ir.Value:
    """Give a tile's part of `content_loss`, of shape (1,).

    `roots` are those of the places' weights, as in `statistics`; `scale`, (1,), is 1, or what
    `content_scale` gives.
    """
    difference = ops.mul(ops.sub(found, target), roots)
    square = _sum(ops, ops.mul(difference, difference))
    return ops.mul(ops.scale(square, 1 / shape_of(found)[1]), scale)


def content_scale(mean_square: float, *, relative: bool) -> float:
    """Give what the mean squared error of features with a target is multiplied by."""
    return 1 / (mean_square + _NOTHING) if relative else 1.0


def _relative(ops: Ops, square: ir.Value, of: ir.Value) -> ir.Value:
    ratio = ops.div(square, ops.add(of, ops.like(of, _NOTHING)))
    return ops.sqrt(ops.add(ratio, ops.like(ratio, _FLAT)))


def _mean_square(ops: Ops, a: ir.Value) -> ir.Value:
    return _sum(ops, ops.mul(a, a), mean=True)


def _sum(ops: Ops, a: ir.Value, *, mean: bool = False) -> ir.Value:
    """Sum or average all elements: (1,), for OpenVINO reduces nothing to a scalar of no axes.

    The last axis goes first: ONNX Runtime adds millions of numbers one after the other, which costs
    digits, in WebAssembly four of seven at 512² (microsoft/onnxruntime#28450).
    """
    reduce = ops.reduce_mean if mean else ops.reduce_sum
    rows = reduce(a, [len(shape_of(a)) - 1], keepdims=True)
    return ops.reshape(reduce(rows, range(len(shape_of(a))), keepdims=True), (1,))


# statistics


def statistics(
    ops: Ops, features: ir.Value, kind: StyleLoss, roots: ir.Value | None = None
) -> dict[str, ir.Value]:
    """Give what a style loss rests on, by name; those of parts of a picture add up.

    Parameters
    ----------
    ops
        The tape to append to.
    features
        (1, C, H, W).
    kind
        Of the loss.
    roots
        (1, 1, H, W), the square roots of the weights of the places, whose sum is 1; without them
        all weigh the same. After the guided Gram matrices of Gatys, Ecker, Bethge, Hertzmann,
        Shechtman 2017, *Controlling Perceptual Factors in Neural Style Transfer*, equation 5.

    Returns
    -------
    dict
        "gram" (C, C): Σ w·f·fᵀ / C. Gatys, Ecker, Bethge 2015, equation 3, with the published
        implementation's divisor, which makes layers and sizes comparable; and where the kind
        needs it, "mean" (C, 1): Σ w·f.
    """
    _, channels, height, width = shape_of(features)
    columns = ops.reshape(features, (channels, height * width))
    if roots is None:
        found = {"gram": _outer(ops, columns, 1 / (channels * height * width))}
    else:
        weighted = ops.reshape(ops.mul(features, roots), shape_of(columns))
        found = {"gram": _outer(ops, weighted, 1 / channels)}
    if kind == "gram":
        return found
    if roots is None:
        found["mean"] = ops.reduce_mean(columns, [1], keepdims=True)
    else:
        weights = ops.reshape(ops.mul(roots, roots), (1, height * width))
        found["mean"] = ops.reduce_sum(ops.mul(columns, weights), [1], keepdims=True)
    return found


def gram(ops: Ops, features: ir.Value) -> ir.Value:
    """Correlations of the channels of (1, C, H, W) features over all places: (C, C)."""
    return statistics(ops, features, "gram")["gram"]


def _outer(ops: Ops, columns: ir.Value, scale: float) -> ir.Value:
    product = ops.matmul(columns, ops.transpose(columns, (1, 0)))
    return ops.scale(product, scale)


# style


def compared(ops: Ops, found: Statistics, kind: StyleLoss) -> dict[str, ir.Value]:
    """Give what `style_loss` looks at, from `statistics`.

    For "moments" also "deviation" (C, 1), √(Σ w·f² − mean²), whose squares are the diagonal of the
    Gram matrix.
    """
    if kind != "moments":
        return dict(found)
    channels, mean = shape_of(found["gram"])[0], found["mean"]
    diagonal = ops.mul(found["gram"], ops.like(mean, channels * np.eye(channels)))
    squares = ops.reduce_sum(diagonal, [1], keepdims=True)
    variance = ops.relu(ops.sub(squares, ops.mul(mean, mean)))  # rounding leaves a little below 0
    deviation = ops.sqrt(ops.add(variance, ops.like(variance, _FLAT_CHANNEL)))
    return {**found, "deviation": deviation}


def style_loss(
    ops: Ops, found: Statistics, target: Statistics, kind: StyleLoss, *, relative: bool
) -> ir.Value:
    """Tell how far statistics are from a style's, of shape (1,).

    "gram"
        The distance of the Gram matrices; Gatys, Ecker, Bethge 2015, equation 4.
    "moments"
        The sum of the distances of Gram matrices, means and deviations; for the latter two Li,
        Wang, Liu, Hou 2017, *Demystifying Neural Style Transfer*, equation 10. A Gram matrix alone
        does not tell a larger mean from a larger deviation (Risser et al. 2017, section 3).
    "wasserstein"
        W₂² between the normal distributions of the same mean and covariance, divided by C; `target`
        holds "mean" and "root", of `target_of`.
    """
    if kind == "wasserstein":
        return _wasserstein(ops, found, target, relative=relative)
    losses = [distance(ops, found[name], target[name], relative=relative) for name in found]
    total = losses[0]
    for loss in losses[1:]:
        total = ops.add(total, loss)
    return total


def _wasserstein(ops: Ops, found: Statistics, target: Statistics, *, relative: bool) -> ir.Value:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2·(Σ₂^½·Σ₁·Σ₂^½)^½), by the channel.

    Olkin & Pukelsheim 1982, *The distance between two random matrices with given dispersion
    matrices*; for styles Mroueh 2020, *Wasserstein Style Transfer*, section 3.
    """
    root, channels = target["root"], shape_of(target["root"])[0]
    covariance = _covariance(ops, found)
    between = ops.matmul(ops.matmul(root, covariance), root)
    wanted = _sum(ops, ops.mul(root, root))  # tr(Σ₂)
    spread = ops.sub(
        ops.add(_trace(ops, covariance), wanted), ops.scale(trace_of_root(ops, between), 2)
    )
    means = ops.sub(found["mean"], target["mean"])
    # Rounding leaves a little below 0 where there is nothing.
    total = ops.relu(ops.add(_sum(ops, ops.mul(means, means)), spread))
    if not relative:
        return ops.scale(total, 1 / channels)
    size = ops.add(wanted, _sum(ops, ops.mul(target["mean"], target["mean"])))
    return _relative(ops, total, size)


def _covariance(ops: Ops, found: Statistics) -> ir.Value:
    channels = shape_of(found["gram"])[0]
    mean = found["mean"]
    square = ops.matmul(mean, ops.transpose(mean, (1, 0)))
    return ops.sub(ops.scale(found["gram"], channels), square)


def _trace(ops: Ops, a: ir.Value) -> ir.Value:
    return _sum(ops, ops.mul(a, ops.like(a, np.eye(shape_of(a)[0]))))


def trace_of_root(ops: Ops, a: ir.Value) -> ir.Value:
    """Give tr(A^½) of a symmetric positive definite matrix, of shape (1,).

    The coupled Newton–Schulz iteration Y → A^½, Z → A^−½ (Higham 2008, *Functions of Matrices*,
    equation 6.35, on A/‖A‖) takes only products. Its derivative needs no walk back through the
    steps: d tr(A^½) = ½·tr(A^−½·dA), so the result is ½·tr(Y) + ½·tr(Z·A) with Y and Z held
    constant.
    """
    identity = np.eye(shape_of(a)[0])
    half_more = ops.like(a, 1.5 * identity)
    norm = ops.reshape(ops.sqrt(_sum(ops, ops.mul(a, a))), (1, 1))
    y, z = ops.div(a, norm), ops.like(a, identity)
    for _ in range(_STEPS):
        t = ops.sub(half_more, ops.scale(ops.matmul(z, y), 0.5))
        y, z = ops.matmul(y, t), ops.matmul(t, z)
    root_norm = ops.sqrt(norm)
    y = ops.detach(ops.mul(y, root_norm))
    z = ops.detach(ops.div(z, root_norm))
    return ops.scale(ops.add(_trace(ops, y), _sum(ops, ops.mul(z, a))), 0.5)


def target_of(statistics: Mapping[str, np.ndarray], kind: StyleLoss) -> dict[str, np.ndarray]:
    """Give what `style_loss` compares with, from the statistics of a style or a mean of several.

    For "wasserstein" the matrix "root" (C, C), Σ^½, and the mean; else what `compared` gives.
    """
    if kind == "gram":
        return dict(statistics)
    if kind == "moments":
        gram, mean = (statistics[name].astype(np.float64) for name in ("gram", "mean"))
        variance = np.maximum(len(mean) * np.diag(gram)[:, None] - mean**2, 0)
        deviation = np.sqrt(variance + _FLAT_CHANNEL).astype(np.float32)
        return {**statistics, "deviation": deviation}
    mean = statistics["mean"].astype(np.float64)
    covariance = len(mean) * statistics["gram"].astype(np.float64) - mean @ mean.T
    values, vectors = np.linalg.eigh(covariance)
    loaded = np.maximum(values, 0) + _LOADING * max(values.mean(), np.finfo(np.float32).tiny)
    root = (vectors * np.sqrt(loaded)) @ vectors.T
    return {"root": root.astype(np.float32), "mean": statistics["mean"]}


# smoothness


def total_variation(
    ops: Ops,
    image: ir.Value,
    kind: Smoothness = "sum",
    *,
    core: ir.Value | None = None,
    pixels: int | None = None,
) -> ir.Value:
    """Differences between neighbouring pixels, below and beside, in pixel units, of shape (1,).

    "sum"
        Σ|Δ|, as published: neural-style's; a larger picture is smoothed more.
    "l1"
        The same divided by the number of values, which makes it comparable between sizes.
    "l2"
        Σ Δ² divided by the number of values: strong edges cost more, weak ones less.

    Anisotropic; after Mahendran & Vedaldi 2015, section 3, with β = 1 and 2. Of a tile, `core`
    (1, 1, H, W) says with 1 and 0 whose differences count, and `pixels` how many the whole picture
    has.
    """
    _, channels, height, width = shape_of(image)
    of: Callable[[Ops, ir.Value], ir.Value] = _square if kind == "l2" else absolute
    parts = []
    for axis, size in ((2, height), (3, width)):
        ahead = ops.slice(image, [1], [size], [axis])
        change = of(ops, ops.sub(ahead, ops.slice(image, [0], [size - 1], [axis])))
        if core is not None:
            change = ops.mul(change, ops.slice(core, [0], [size - 1], [axis]))
        parts.append(_sum(ops, change))
    total = ops.add(*parts)
    count = channels * (pixels or height * width)
    return total if kind == "sum" else ops.scale(total, 1 / count)


def _square(ops: Ops, a: ir.Value) -> ir.Value:
    return ops.mul(a, a)


def absolute(ops: Ops, a: ir.Value) -> ir.Value:
    """Absolute value, as relu(a) + relu(−a): CoreML has no Abs."""
    return ops.add(ops.relu(a), ops.relu(ops.scale(a, -1)))
