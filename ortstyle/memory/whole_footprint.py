"""How much memory the objective of a whole picture takes, for any size, from graphs of two."""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from math import prod

import onnx_ir as ir

from ortstyle.errors import GraphError
from ortstyle.graph.loss_graph import content_model, loss_model, style_model
from ortstyle.graph.network import Network
from ortstyle.graph.segments import Size
from ortstyle.graph.values import shape_of
from ortstyle.memory.graph_memory import RUNTIME_BYTES, objective_bytes
from ortstyle.memory.run_memory import PictureRunMemory
from ortstyle.settings.settings import Settings

# Sides of the squares whose graphs are measured. They are multiples of the steps of nearly all
# networks, so that no position is lost in pools.
_SIDES = 1024, 2048


class WholeFootprint:
    """Predicts the memory of `objective.whole.WholeObjective`; sizes are (H, W).

    Parameters
    ----------
    network
        The feature network; weights that take no memory are enough.
    settings
        The settings of the objective, with the engine "portable" and the precision float32.
    anchored
        Whether pictures are held to an anchor.
    """

    def __init__(self, network: Network, settings: Settings, *, anchored: bool = False) -> None:
        self._network, self._settings, self._anchored = network, settings, anchored

    def objective_bytes(self, size: Size, styles: Sequence[Size]) -> int:
        """Predict what `graph_memory.objective_bytes` returns for a content and styles.

        Raises
        ------
        GraphError
            An operator of the network has no derivative.
        """
        graphs = [(self._loss, size)]
        if self._settings.content_weight:
            graphs.append((self._content, size))
        if self._settings.style_weight:
            own = [size] if self._settings.variance_floor else []
            graphs += [(self._style, style) for style in dict.fromkeys([*styles, *own])]
        if any(memory is None for memory, _ in graphs):
            return objective_bytes(
                self._network,
                size,
                styles=styles,
                settings=self._settings,
                anchored=self._anchored,
            )
        measured = [(memory, of) for memory, of in graphs if memory is not None]
        weights = [memory.weight_bytes(of) for memory, of in measured]
        (loss, _), *targets = measured
        # While a graph for targets runs, the weights of all other graphs are in memory too.
        return RUNTIME_BYTES + max(
            loss.running_bytes(size),
            *(
                memory.running_bytes(of) + sum(weights) - own
                for (memory, of), own in zip(targets, weights[1:], strict=True)
            ),
        )

    def content_bytes(self, size: Size) -> int:
        """Predict the bytes of the content's features."""
        if not self._settings.content_weight:
            return 0
        if self._content is not None:
            return self._content.output_bytes(size)
        model = content_model(self._network, size, settings=self._settings)
        return sum(4 * prod(shape_of(value)) for value in model.graph.outputs)

    @cached_property
    def _loss(self) -> PictureRunMemory | None:
        return self._measured(partial(loss_model, anchored=self._anchored))

    @cached_property
    def _content(self) -> PictureRunMemory | None:
        return self._measured(content_model)

    @cached_property
    def _style(self) -> PictureRunMemory | None:
        return self._measured(style_model)

    def _measured(self, build: Callable[..., ir.Model]) -> PictureRunMemory | None:
        """Return the memory of a graph; None where it is no simple function of the size."""
        try:
            return PictureRunMemory.measured(
                partial(build, self._network, settings=self._settings), _SIDES
            )
        except GraphError:  # such as a network that takes pictures of one size only
            return None
