"""How much memory ONNX Runtime takes on the processor for graphs and for a whole objective."""

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.liveness import held_bytes, peak_bytes, weight_bytes
from ortstyle.graph.loss_graph import EVERYWHERE, Region, content_model, loss_model, style_model
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites.processor import rewrite_for_processor
from ortstyle.runtime.arena import reserved_bytes
from ortstyle.settings.settings import Settings

#: Bytes of a process that has imported everything and opened VGG-19, without ONNX Runtime.
PROCESS_BYTES = 155_000_000
#: Bytes of ONNX Runtime itself.
RUNTIME_BYTES = 25_000_000
#: Bytes of a process before it reads a picture.
BASE_BYTES = PROCESS_BYTES + RUNTIME_BYTES
# The arena takes a multiple of the tensors that are alive: the rest is in holes between them. 1.2
# to 1.6 was measured where all tensors are in one region of the arena. With more regions, about as
# much as one region is in holes; and where a region has room for one of the largest tensors but not
# for two, half of every region is empty.
_HOLES, _HALF_EMPTY = 1.4, 2.0
_LARGE = 2.5  # regions' worth of tensors alive at once, above which the largest are so large


def objective_bytes(
    network: Network,
    size: Sequence[int],
    *,
    styles: Sequence[Sequence[int]],
    settings: Settings,
    regions: Sequence[Region] = EVERYWHERE,
    anchored: bool = False,
) -> int:
    """Predict the most memory that a `WholeObjective` takes on the processor.

    This builds the graphs, which takes about a second at any size, but runs nothing.

    Parameters
    ----------
    network
        The feature network.
    size
        (H, W) of the content.
    styles
        (H, W) of each style picture.
    settings
        The settings of the objective, with the engine "portable" and the precision float32.
    regions, anchored
        The regions of the content, and whether it is held to an anchor, as
        `graph.loss_graph.loss_model` takes them.

    Returns
    -------
    int
        Bytes, `RUNTIME_BYTES` included; the pictures and `PROCESS_BYTES` come on top.

    Raises
    ------
    SettingsError, GraphError
        `WholeObjective` would raise it.
    """
    target_graphs = []
    if settings.content_weight:
        target_graphs.append(content_model(network, size, settings=settings))
    if settings.style_weight:
        sizes = dict.fromkeys(tuple(style) for style in styles)
        if settings.variance_floor:
            sizes |= {tuple(size): None}
        target_graphs += [style_model(network, style, settings=settings) for style in sizes]
    loss = loss_model(network, size, settings=settings, regions=regions, anchored=anchored)
    weights = {model: weight_bytes(model) for model in (*target_graphs, loss)}
    # While a graph for targets runs, the weights of all other graphs are in memory too.
    others = {model: sum(weights.values()) - weights[model] for model in target_graphs}
    return RUNTIME_BYTES + max(running_bytes(model) + others.get(model, 0) for model in weights)


def running_bytes(model: ir.Model) -> int:
    """Predict the bytes of inputs, weights and results of a run; rewrites the graph in place."""
    held, alive = held_and_alive(model)
    return held + arena_bytes(alive)


def held_and_alive(model: ir.Model) -> tuple[int, int]:
    """Count the bytes of a graph's inputs and weights, and of the results alive at once.

    The graph is rewritten in place.
    """
    rewrite_without_kernels(model)
    return held_bytes(model), peak_bytes(model)


def arena_bytes(alive: int) -> int:
    """Predict the bytes that ONNX Runtime's arena takes for `alive` bytes of results."""
    return int(arena_bytes_of_each(np.array(float(alive))))


def arena_bytes_of_each(alive: NDArray[np.float64]) -> NDArray[np.float64]:
    """Predict the bytes that the arena takes for each number of bytes of results."""
    reserved, one_region = reserved_bytes(), _HOLES * alive
    found = np.where(one_region <= reserved, one_region, np.maximum(one_region, alive + reserved))
    return np.rint(np.where(alive > _LARGE * reserved, _HALF_EMPTY * alive, found))


def rewrite_without_kernels(model: ir.Model) -> None:
    """Rewrite a graph's convolutions as for a run, in place, without computing kernels."""
    rewrite_for_processor(model, _NoKernels({"": _EMPTY}))


_EMPTY = np.zeros((0, 0, 0), np.float32)


class _NoKernels(dict[str, NDArray[np.float32]]):
    """Stands in for all transformed kernels, so that none of them is computed."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> NDArray[np.float32]:
        return _EMPTY
