"""The statistics of whole pictures: each graph is built once, those of styles are cached."""

from collections.abc import Hashable, Sequence
from functools import partial
from hashlib import sha256

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.graph.loss_graph import style_model
from ortstyle.graph.network import Network
from ortstyle.graph.segments import segments_of
from ortstyle.graph.tile_graphs import statistics_model
from ortstyle.objective.graph_sessions import GraphKey, GraphSession, graph_key
from ortstyle.objective.objective import Style
from ortstyle.objective.spatial_weights import picture_weights
from ortstyle.objective.style_targets import Statistics
from ortstyle.runtime.session_factory import SessionFactory


class PictureStatistics:
    """Computes the statistics of styles, and of contents as styles.

    The constructor builds the graphs and raises their errors; each picture is computed once.

    Parameters
    ----------
    network
        The feature network.
    styles
        The styles, whose statistics are taken from the cache and put there.
    contents
        What `style_targets.contents_as_styles` returned.
    sessions
        Makes the sessions, whose settings are those of the statistics.

    Raises
    ------
    SettingsError, GraphError
        The network lacks a layer, or a picture is too small.
    """

    def __init__(
        self,
        network: Network,
        styles: Sequence[Style],
        *,
        contents: Sequence[Style],
        sessions: SessionFactory,
    ) -> None:
        self._network, self._sessions = network, sessions
        self._graphs: dict[Hashable, GraphSession] = {}
        self._uses: dict[Hashable, int] = {}
        self._keys: dict[int, Hashable] = {}
        self._known: dict[int, Statistics] = {}
        for style in styles:
            found = None
            if sessions.cache is not None:
                key = self._keys[id(style)] = self._key_of_arrays(style)
                found = sessions.cache.get_arrays(key)
            if found is None:
                self._add_graph(style)
            else:
                self._known[id(style)] = found
        for content in contents:
            self._add_graph(content)

    def __call__(self, style: Style) -> Statistics:
        """Return the statistics of a picture, by the name `<layer>/<statistic>`."""
        if (known := self._known.get(id(style))) is not None:
            return known
        key = self._graph_key(style)
        graph = self._graphs[key]
        weights = {} if style.mask is None else picture_weights(graph.shapes, style.mask)
        found = graph.open().run(image=style.pixels, **weights)
        self._uses[key] -= 1
        if self._uses[key] <= 0:
            graph.close()
        if self._sessions.cache is not None and id(style) in self._keys:
            self._sessions.cache.put_arrays(self._keys[id(style)], found)
        return found

    def close(self) -> None:
        """Put all sessions into the cache, or close them."""
        for graph in self._graphs.values():
            graph.close()

    def _add_graph(self, style: Style) -> None:
        key = self._graph_key(style)
        if key not in self._graphs:
            build = partial(self._model, style)
            self._graphs[key] = GraphSession(key, build, sessions=self._sessions)
        self._uses[key] = self._uses.get(key, 0) + 1

    def _model(self, style: Style) -> ir.Model:
        size, settings = style.pixels.shape[2:], self._sessions.settings
        if style.mask is None:
            return style_model(self._network, size, settings=settings)
        (segment,) = segments_of(self._network, settings, most=1)
        return statistics_model(segment, size, settings=settings)

    def _graph_key(self, style: Style) -> GraphKey | None:
        return graph_key(
            "style" if style.mask is None else "masked style",
            style.pixels.shape[2:],
            network=self._network,
            settings=self._sessions.settings,
            device=self._sessions.device,
        )

    def _key_of_arrays(self, style: Style) -> Hashable:
        """Return the key of a style's statistics in the cache."""
        mask = "" if style.mask is None else _hash(style.mask)
        return "statistics", self._graph_key(style), _hash(style.pixels), mask


def _hash(array: NDArray[np.float32]) -> str:
    return sha256(np.ascontiguousarray(array).data).hexdigest()
