"""The graphs of a site: for each kind and each canvas one, without weights.

All are of opset 17, with static shapes. Inputs and outputs are float32.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import onnx_ir as ir

from ortstyle.graph.liveness import held_bytes, peak_bytes
from ortstyle.graph.loss_graph import Region, loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites.compact_constants import compact_constants
from ortstyle.graph.rewrites.cosine_coefficients import take_coefficients_and_transform
from ortstyle.graph.segments import segments_of
from ortstyle.graph.spectral_graphs import coefficients_model, samples_model
from ortstyle.graph.tile_graphs import statistics_model
from ortstyle.graph.vector_graphs import advance_model, measure_model, norms_model
from ortstyle.memory.graph_memory import arena_bytes
from ortstyle.settings.settings import Settings
from ortstyle.web.canvases import Size, canvases_of, sides_of, style_sides_of
from ortstyle.web.packing import pack
from ortstyle.web.weights import SharedWeights

#: The side whose canvases the page checks a device on; see `recorded`.
RECORDED_SIDE = 48
#: Numbers of curvature pairs that L-BFGS keeps in the page; the smaller takes less memory.
HISTORIES = (20, 8)
_REGION = "style"
_DEFAULT_HISTORY = HISTORIES[0]


@dataclass(frozen=True, kw_only=True)
class Pack:
    """The graphs of one kind for the canvases of one side.

    Attributes
    ----------
    kind
        What they compute; see `GraphMaker`.
    side
        Longest side of the pictures, in pixels.
    path
        The path of the file in a site, with forward slashes.
    data
        The file, which `packing.unpack` reads.
    canvases
        (H, W) of each graph.
    evaluation_bytes
        By canvas, the memory that an evaluation takes; only of the kind "loss".
    """

    kind: str
    side: int
    path: str
    data: bytes = field(repr=False)
    canvases: tuple[Size, ...]
    evaluation_bytes: Mapping[Size, int] = field(default_factory=dict, repr=False)


class GraphMaker:
    """Makes the graphs of a site, by kind, for a canvas (H, W).

    Parameters
    ----------
    network
        The feature network, which the graphs refer to as external data.
    settings
        The losses, layers and pooling. Of the weights only those of layers are in the graphs.
    weights
        The external data.

    Attributes
    ----------
    of_scales
        The kinds of graphs that work on the result. "loss" is from `coefficients` to `loss`, its
        terms, `gradient` and the values that are compared with targets; "samples" and
        "coefficients" are `graph.spectral_graphs`; "norms", "measure" and "advance" are
        `graph.vector_graphs` for 20 curvature pairs, "measure-9" and "advance-9" for 8.
    of_pictures
        The kinds of graphs that work on style pictures too: "statistics" is from `image` and
        `style.<layer>.root_weights` to `<layer>/<statistic>`.
    """

    def __init__(self, network: Network, settings: Settings, *, weights: SharedWeights) -> None:
        self._network, self._settings = network.without_weights(), settings
        self._weights = weights
        (self._segment,) = segments_of(self._network, settings, most=1)
        self.of_pictures: dict[str, Callable[[Size], ir.Model]] = {"statistics": self._statistics}
        self.of_scales: dict[str, Callable[[Size], ir.Model]] = {
            "loss": self._loss,
            "samples": samples_model,
            "coefficients": coefficients_model,
            "norms": lambda canvas: norms_model((1, 3, *canvas)),
        }
        for history in HISTORIES:
            suffix = "" if history == _DEFAULT_HISTORY else f"-{history + 1}"
            for kind, build in (("measure", measure_model), ("advance", advance_model)):
                self.of_scales[kind + suffix] = partial(_vectors, build, rows=history + 1)

    def build(self, kind: str, canvas: Size) -> ir.Model:
        """Return the graph of a kind for a canvas (H, W), with weights that take no memory."""
        return (self.of_scales | self.of_pictures)[kind](canvas)

    def file(self, model: ir.Model) -> bytes:
        """Return the ONNX file of a graph with weights in external data; the graph is changed.

        It lacks the shapes that a runtime infers itself.
        """
        self._weights.externalise(model)
        compact_constants(model)
        proto = ir.to_proto(model)
        proto.graph.ClearField("value_info")
        return bytes(proto.SerializeToString(deterministic=True))

    def _loss(self, canvas: Size) -> ir.Model:
        model = loss_model(
            self._network,
            canvas,
            settings=self._settings,
            regions=(Region(_REGION, masked=True),),
            statistics=True,
            weight_inputs=True,
        )
        take_coefficients_and_transform(model)
        return model

    def _statistics(self, canvas: Size) -> ir.Model:
        model = statistics_model(self._segment, canvas, settings=self._settings, regions=(_REGION,))
        for value in model.graph.outputs:
            value.name = str(value.name).removeprefix(f"{_REGION}.")
        return model


def packs(sizes: Iterable[int], *, settings: Settings, network: Network) -> Iterator[Pack]:
    """Make the graphs for results of these longest sides, and those that check a device.

    Parameters
    ----------
    sizes
        Longest sides in pixels; the scales of all of them get graphs.
    settings
        The losses, layers and pooling, and the scales.
    network
        The feature network.

    Raises
    ------
    SettingsError, ModelError, GraphError
        The network lacks a layer, can't be read, or has an operator without a derivative.
    """
    maker = GraphMaker(network, settings, weights=SharedWeights.of(network, settings))
    sides = sides_of(sizes, settings)
    for side in sorted({RECORDED_SIDE, *sides}):
        for kind in maker.of_scales:
            yield _packed(maker, kind, side)
    for side in sorted({RECORDED_SIDE, *style_sides_of(sides)}):
        for kind in maker.of_pictures:
            yield _packed(maker, kind, side)


def _packed(maker: GraphMaker, kind: str, side: int) -> Pack:
    files, taken = {}, {}
    for canvas in canvases_of(side):
        model = maker.build(kind, canvas)
        if kind == "loss":
            taken[canvas] = held_bytes(model) + arena_bytes(peak_bytes(model))
        files[canvas] = maker.file(model)
    return Pack(
        kind=kind,
        side=side,
        path=f"graphs/{kind}-{side}.json.gz",
        data=pack(files),
        canvases=tuple(files),
        evaluation_bytes=taken,
    )


def _vectors(build: Callable[..., ir.Model], canvas: Size, *, rows: int) -> ir.Model:
    return build((1, 3, *canvas), rows)
