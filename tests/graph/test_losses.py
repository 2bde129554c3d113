"""Content loss, total variation and temporal loss, compared with NumPy."""

from functools import partial
from typing import get_args

import numpy as np
import pytest
from numeric import evaluator, run
from style_reference import FOUND, STYLE, WEIGHTS, check, evaluate

from ortstyle.errors import GraphError
from ortstyle.graph.autodiff import gradient
from ortstyle.graph.losses import (
    content_loss,
    content_scale,
    content_statistics,
    temporal_loss,
    tile_content_statistics,
    total_variation,
)
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.settings.settings import Settings
from ortstyle.settings.value_types import Smoothness

VERTICAL, HORIZONTAL = np.diff(FOUND, axis=2), np.diff(FOUND, axis=3)
SUM = abs(VERTICAL).sum() + abs(HORIZONTAL).sum()
SQUARES = (VERTICAL**2).sum() + (HORIZONTAL**2).sum()
LENGTHS = np.sqrt(
    (np.pad(VERTICAL, [(0, 0), (0, 0), (0, 1), (0, 0)]) ** 2).sum(1)
    + (np.pad(HORIZONTAL, [(0, 0), (0, 0), (0, 0), (0, 1)]) ** 2).sum(1)
    + 1
)
ERROR, SIZE = ((FOUND - STYLE) ** 2).sum(), (STYLE**2).sum()
RELATIVE = ERROR / SIZE
DISTANCE = 1 - (FOUND * STYLE).sum() / np.sqrt((FOUND**2).sum() * SIZE)


def content(*, relative=True, limit=0.0):
    """Return a function that appends a content loss."""
    settings = Settings(equalize=relative, content_limit=limit)

    def build(ops, x):
        return content_loss(ops, content_statistics(ops, x, ops.like(x, STYLE), settings), settings)

    return build


def temporal(*, relative):
    """Return a function that appends the temporal loss, with STYLE as the anchor."""

    def build(ops, x):
        anchor, weights = ops.like(x, STYLE), ops.like(x, WEIGHTS)
        pixels = FOUND[0, 0].size
        return temporal_loss(
            ops, x, anchor=anchor, weights=weights, pixels=pixels, relative=relative
        )

    return build


HELD = (WEIGHTS * (FOUND - STYLE) ** 2).sum() / FOUND.size
LOSSES = {
    "temporal, in levels": (temporal(relative=False), 1000 * HELD),
    "temporal, in tens of levels": (temporal(relative=True), HELD / 100),
    "content": (content(relative=False), ERROR / FOUND.size),
    "content, relative": (content(), RELATIVE),
    "content, above the limit": (
        content(limit=0.7 * DISTANCE),
        RELATIVE + 300 * (0.3 * DISTANCE) ** 2,
    ),
    "content, below the limit": (content(limit=1.1 * DISTANCE), RELATIVE),
    "content, not relative": (content(limit=1e-3, relative=False), ERROR / FOUND.size),
    "total variation": (total_variation, SUM),
    "total variation, l1": (lambda ops, x: total_variation(ops, x, "l1"), SUM / FOUND.size),
    "total variation, l2": (lambda ops, x: total_variation(ops, x, "l2"), SQUARES / FOUND.size),
    "total variation, isotropic": (
        lambda ops, x: total_variation(ops, x, "isotropic"),
        (LENGTHS - 1).sum() / FOUND.size,
    ),
}


@pytest.mark.parametrize(("build", "expected"), LOSSES.values(), ids=LOSSES)
def test_losses_are_numpys(build, expected):
    check(build, expected)


@pytest.mark.parametrize(("relative", "limit"), [(False, 0.0), (True, 0.0), (True, 0.1)])
def test_the_content_loss_of_a_tile_weighs_positions(relative, limit):
    settings = Settings(equalize=relative, content_limit=limit)
    scale = content_scale((STYLE**2).mean(), relative=relative)

    def build(ops, x):
        roots, target = ops.like(x, np.sqrt(WEIGHTS)), ops.like(x, STYLE)
        found = tile_content_statistics(
            ops, x, target, roots, ops.like(x, [scale]), settings=settings
        )
        return content_loss(ops, found, settings)

    error, square = (
        (difference**2).mean(1, keepdims=True).ravel() @ WEIGHTS.ravel() * scale
        for difference in (FOUND - STYLE, FOUND)
    )
    distance = 1 - (square + 1 - error) / 2 / np.sqrt(square)
    check(build, error + (300 * max(distance - limit, 0) ** 2 if limit else 0))


@pytest.mark.parametrize("kind", ["l1", "l2", "isotropic"])
def test_the_cores_of_two_tiles_have_the_variation_of_the_picture(kind):
    whole = evaluate(lambda ops, x: total_variation(ops, x, kind), FOUND)
    parts = 0.0
    for start, stop, first, last in ((0, 3, 0, 2), (1, 5, 2, 5)):
        tile = FOUND[:, :, start:stop]
        core = np.zeros((1, 1, *tile.shape[2:]))
        core[:, :, first - start : last - start] = 1

        def build(ops, x, core=core):
            core = ops.like(x, core)
            return total_variation(ops, x, kind, core=core, pixels=20)

        parts += evaluate(build, tile)
    np.testing.assert_allclose(parts, whole)


@pytest.mark.parametrize("kind", get_args(Smoothness))
@pytest.mark.parametrize("size", [(1, 5), (5, 1)])
def test_one_row_has_no_variation_to_sum(size, kind):
    graph = new_graph("tv")
    with pytest.raises(GraphError, match="too small"):
        total_variation(Ops(graph), add_input(graph, "x", (1, 3, *size)), kind)


def test_an_edge_costs_nearly_the_same_in_all_directions_if_isotropic():
    rows, columns = np.mgrid[:64, :64] - 31.5
    costs = {kind: [] for kind in ("l1", "isotropic")}
    for angle in np.radians(range(0, 91, 15)):
        across = np.cos(angle) * columns + np.sin(angle) * rows
        disc = np.hypot(rows, columns) < 24  # the edge has the same length at all angles
        ramp = 100 * np.clip(across / 6 + 0.5, 0, 1) * disc
        for kind, cost in costs.items():
            image = np.broadcast_to(ramp, (1, 3, 64, 64))
            rim = np.broadcast_to(50.0 * disc, (1, 3, 64, 64))
            build = partial(total_variation, kind=kind)
            cost.append((evaluate(build, image) - evaluate(build, rim)).item())
    assert max(costs["l1"]) > 1.2 * min(costs["l1"])
    assert max(costs["isotropic"]) < 1.05 * min(costs["isotropic"])


@pytest.mark.parametrize("kind", get_args(Smoothness))
def test_a_flat_picture_has_no_variation_and_no_gradient_of_it(kind):
    graph = new_graph("tv")
    x = add_input(graph, "x", (1, 3, 4, 5))
    loss = total_variation(Ops(graph), x, kind)
    add_output(graph, "gradient", gradient(graph, loss, x))
    add_output(graph, "loss", loss)
    found = run(evaluator(finish(graph)), {"x": np.full((1, 3, 4, 5), 7, np.float32)})
    assert found["loss"] == 0
    assert not found["gradient"].any()


@pytest.mark.parametrize("kind", get_args(Smoothness))
@pytest.mark.parametrize("is_tile", [False, True])
def test_a_graph_of_variation_holds_no_constant_as_large_as_the_picture(kind, is_tile):
    graph = new_graph("tv")
    x = add_input(graph, "x", (1, 3, 40, 50))
    core = add_input(graph, "core", (1, 1, 40, 50)) if is_tile else None
    loss = total_variation(Ops(graph), x, kind, core=core, pixels=9999 if is_tile else None)
    add_output(graph, "gradient", gradient(graph, loss, x))
    constants = finish(graph).graph.initializers.values()
    assert max(value.const_value.size for value in constants) < 40 * 50 / 10  # but for rows of it
