"""The graphs that ortstyle emits for all kinds of settings, to check execution providers with."""

from functools import partial

import onnx_ir as ir
from networks import VGG19

from ortstyle.graph import vector_graphs
from ortstyle.graph.loss_graph import Region, content_model, loss_model, style_model
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites.cosine_coefficients import take_cosine_coefficients
from ortstyle.graph.rewrites.float16 import peaks_model, to_half
from ortstyle.graph.segments import segment_inputs, segments_of
from ortstyle.graph.tile_graphs import pullback_model, statistics_loss_model, statistics_model
from ortstyle.graph.values import shape_of
from ortstyle.optim.cosine_transform import cosine_matrix
from ortstyle.optim.spectral import frequency_scales
from ortstyle.settings.settings import Settings

CONTENT, STYLE = (("relu2_1", 1.0),), (("relu1_1", 1.0), ("relu2_2", 0.5), ("relu3_1", 2.0))
SQUEEZENET = {
    "content_layers": (("r11", 1.0),),
    "style_layers": (("r3", 1.0), ("r13", 1.0)),
    "tv_weight": 1e-2,
}
SETTINGS = {
    "default": {},
    "without smoothing": {"tv_weight": 0.0},
    "content alone": {"content_layers": CONTENT, "style_weight": 0.0, "tv_weight": 0.0},
    "style alone": {"style_layers": STYLE, "content_weight": 0.0, "tv_weight": 0.0},
    "several content layers": {"content_layers": STYLE, "style_layers": STYLE},
    "one layer for both": {"content_layers": CONTENT, "style_layers": CONTENT},
    "unrectified layer": {"content_layers": (("conv2_1", 1.0),), "style_layers": STYLE},
    "normalised gradients": {"normalize_gradients": True, "style_layers": STYLE},
    "Gram matrices": {"style_loss": "gram", "style_layers": STYLE, "tv": "l2"},
    "wasserstein": {"style_loss": "wasserstein", "style_layers": STYLE, "equalize": True},
    "relative, mirrored": {"equalize": True, "padding": "reflect", "tv": "l1"},
    "isotropic smoothness": {"tv": "isotropic", "style_weight": 0.0},
}
REGIONS = [Region(f"style{k}", masked=True, share=0.5) for k in (1, 2)]
NAMES = [region.name for region in REGIONS]
EVEN, ODD = (32, 48), (33, 47)
CASES = {
    f"{pooling}, {name}": (VGG19, ODD, {"pooling": pooling, **settings})
    for pooling in ("max", "avg", "l2")
    for name, settings in SETTINGS.items()
} | {
    f"{network}, {pooling}, {'odd' if size == ODD else 'even'}": (
        path,
        size,
        {"pooling": pooling, **settings},
    )
    for network, path, settings, sizes in (
        ("vgg19", VGG19, {}, [EVEN]),
        ("squeezenet", "squeezenet", SQUEEZENET, [EVEN, ODD]),
    )
    for pooling in ("max", "avg")
    for size in sizes
}


# Other pools are in the graphs of whole pictures.
TILES = {
    name: case
    for name, case in CASES.items()
    if case[2]["pooling"] == "max" and not case[2].get("normalize_gradients")
}


WHOLE = ("content", "style", "regions", "loss", "arithmetic", "half")


def whole_graphs(
    network: Network, size: tuple[int, int], settings: Settings, *, names: tuple[str, ...] = WHOLE
) -> dict[str, ir.Model]:
    """Return graphs of a picture that is painted whole, by what they are for."""
    loss = partial(loss_model, network, size, settings=settings)
    make = {
        "content": lambda: content_model(network, size, settings=settings),
        "style": lambda: style_model(network, size, settings=settings),
        "regions": lambda: loss(regions=REGIONS, anchored=True),
        "loss": lambda: loss(statistics=True),
        "arithmetic": lambda: loss(statistics=True, comparisons="arithmetic", anchored=True),
        "half": lambda: in_half(loss(anchored=True)),
    }
    return {name: make[name]() for name in names}


def in_half(model: ir.Model) -> ir.Model:
    """Convert a graph to float16, with scales that no run has measured."""
    peaks = {value.name.removeprefix("peak."): 1.0 for value in peaks_model(model).graph.outputs}
    to_half(model, peaks)
    return model


def tile_graphs(network: Network, size: tuple[int, int], settings: Settings) -> list[ir.Model]:
    """Return the graphs of a picture in tiles: two of each segment, and that of the losses."""
    segments = segments_of(network, settings)
    same = {"settings": settings, "regions": REGIONS, "comparisons": "arithmetic"}
    found, shapes = [], {}
    for segment, of in zip(segments, segment_inputs(segments, size, settings), strict=True):
        statistics = statistics_model(segment, of, settings=settings, regions=NAMES, content=True)
        outputs = [value for value in statistics.graph.outputs if value.name != "boundary"]
        shapes |= {str(value.name): shape_of(value) for value in outputs}
        found += [statistics] if statistics.graph.outputs else []
        found.append(pullback_model(segment, of, pixels=9999, anchored=True, **same))
    return [*found, statistics_loss_model(shapes, **same)] if shapes else found


def optimiser_graphs(shape: tuple[int, ...], rows: int = 21) -> list[ir.Model]:
    """Return the vector operations of L-BFGS for a shape, (1, 3, H, W)."""
    return [
        vector_graphs.copy_model(shape),
        vector_graphs.norms_model(shape),
        vector_graphs.measure_model(shape, rows),
        vector_graphs.advance_model(shape, rows),
    ]


def graph_of_coefficients(network: Network, size: tuple[int, int], settings: Settings) -> ir.Model:
    """Return the graph of loss and gradient on cosine coefficients."""
    model = loss_model(network, size, settings=settings)
    take_cosine_coefficients(model, frequency_scales(size, 0.5), [cosine_matrix(n) for n in size])
    return model
