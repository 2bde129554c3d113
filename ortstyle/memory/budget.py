"""Memory before a run: what an objective will take, and amounts of memory as people write them."""

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.liveness import held_bytes, peak_bytes, weight_bytes
from ortstyle.graph.loss_graph import EVERYWHERE, Region, content_model, loss_model, style_model
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites import winograd
from ortstyle.runtime.arena import reserved_bytes
from ortstyle.settings.record import Settings

#: Bytes of a process that has imported what there is to import and opened VGG-19, no more.
PROCESS = 155_000_000
#: Bytes of ONNX Runtime itself.
RUNTIME = 25_000_000
# What its arena takes, as a multiple of what is alive: the rest is in holes between tensors. 1.2 to
# 1.6 was measured in one of its regions. Where there are more, about as much as one region is in
# holes; and where a region has room for one of the largest tensors but not for two, half of it all.
_HOLES, _HALF_EMPTY = 1.4, 2.0
_LARGE = 2.5  # regions alive at once, from where the largest tensors are so large


def objective_bytes(
    network: Network,
    size: Sequence[int],
    *,
    styles: Sequence[Sequence[int]],
    settings: Settings,
    regions: Sequence[Region] = EVERYWHERE,
) -> int:
    """Predict what an `Objective` on the processor takes at most, from making it to evaluating.

    The graphs are built but nothing is run, which takes about a second at any size.

    Parameters
    ----------
    network
        The feature network.
    size
        (H, W) of the content.
    styles
        (H, W) of each style picture.
    settings
        As for the objective; its engine "portable", its precision float32.
    regions
        As for `terms.loss_model`.

    Returns
    -------
    int
        Bytes, beside what the process has already; the pictures are the caller's. A process is
        `PROCESS` before.

    Raises
    ------
    SettingsError, GraphError
        As `Objective`.
    """
    targets = []
    if settings.content_weight:
        targets.append(content_model(network, size, settings=settings))
    if settings.style_weight:
        sizes = dict.fromkeys(tuple(style) for style in styles)
        targets += [style_model(network, style, settings=settings) for style in sizes]
    loss = loss_model(network, size, settings=settings, regions=regions)
    weights = {model: weight_bytes(model) for model in (*targets, loss)}
    # A graph for targets runs while the weights of all others are there.
    others = {model: sum(weights.values()) - weights[model] for model in targets}
    return RUNTIME + max(running_bytes(model) + others.get(model, 0) for model in weights)


def running_bytes(model: ir.Model) -> int:
    """Predict the bytes of a graph, its inputs and weights while it runs; changes it."""
    held, alive = held_and_alive(model)
    return held + arena_bytes(alive)


def held_and_alive(model: ir.Model) -> tuple[int, int]:
    """Count the bytes of inputs and weights, and of the results alive at once; changes a graph."""
    winograd.rewrite(model, _Unneeded({"": _NOTHING}))
    return held_bytes(model), peak_bytes(model)


def arena_bytes(alive: int) -> int:
    """Predict what ONNX Runtime's arena takes for results of so many bytes."""
    if alive > _LARGE * reserved_bytes():
        return round(_HALF_EMPTY * alive)
    in_one = _HOLES * alive
    return round(in_one if in_one <= reserved_bytes() else max(in_one, alive + reserved_bytes()))


def constant_bytes(model: ir.Model) -> int:
    """Count the bytes of what a session keeps for itself, sharing only kernels; changes a graph."""
    winograd.rewrite(model, _Unneeded({"": _NOTHING}))
    return weight_bytes(model)


_NOTHING = np.zeros((0, 0, 0), np.float32)


class _Unneeded(dict[str, NDArray[np.float32]]):
    """Transformed kernels that nobody looks at, so that none is computed."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> NDArray[np.float32]:
        return _NOTHING
