"""The segments of a network, each of which is computed over all tiles before the next one.

A network is cut at layers with few values. The features at such a boundary are stored for the whole
picture. The margins of the tiles of a segment therefore need to cover only the receptive fields of
its own layers, and the backward pass recomputes features from the boundary and not from the picture
(Chen et al. 2016, *Training Deep
Nets with Sublinear Memory Cost*, section 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ortstyle.errors import SettingsError
from ortstyle.graph.loss_graph import feature_graph
from ortstyle.graph.network import Network
from ortstyle.graph.receptive_field import TileMargins, boundary_layer, tile_margins
from ortstyle.graph.values import shape_of
from ortstyle.settings.settings import Settings
from ortstyle.settings.value_types import Layers

Size = tuple[int, int]

# The least jump, the step between spatial positions, of the first boundary in pixels, and of each
# further one relative to the boundary before it.
# With VGG-19 the features at the first boundary take 32 bytes a pixel of the picture, those at each
# further one half as many.
_FIRST_JUMP, _NEXT_JUMP = 4, 2
_MOST = 9  # largest number of segments


@dataclass(frozen=True)
class Segment:
    """A part of a network between boundaries, with the layers of the losses that lie in it.

    Attributes
    ----------
    network
        The part of the network; it begins with the picture or with the boundary of the segment
        before.
    style, content
        The layers of the style and content loss, with their weights.
    boundary
        The layer that the next segment begins with; None in the last segment.
    """

    network: Network
    style: Layers
    content: Layers
    boundary: str | None = None

    @property
    def of_pixels(self) -> bool:
        """Whether the input of the segment is the picture."""
        return self.network.boundary is None

    @property
    def layers(self) -> Layers:
        """The layers of the losses and the boundary."""
        return self.style + self.content + self.passed

    @property
    def passed(self) -> Layers:
        """The boundary as a tuple of layers; empty in the last segment."""
        return () if self.boundary is None else ((self.boundary, 1.0),)

    @cached_property
    def margins(self) -> TileMargins:
        """The margins of the segment's tiles, in spatial positions of its input."""
        return tile_margins(self.network, dict(self.layers))

    def shapes(self, size: tuple[int, int], settings: Settings) -> dict[str, tuple[int, ...]]:
        """Return the shapes of `layers`, by name, for an input of (H, W)."""
        if not self.layers:
            return {}
        _, _, features = feature_graph(self.network, size, self.layers, settings)
        return {layer: shape_of(value) for layer, value in features.items()}


def segments_of(network: Network, settings: Settings, *, most: int = _MOST) -> list[Segment]:
    """Cut a network into as many segments as possible, at most `most`.

    Raises
    ------
    SettingsError
        The network lacks a layer that the settings name.
    GraphError
        The receptive field of a layer is the whole picture or unknown.
    """
    style = settings.style_layers if settings.style_weight else ()
    content = settings.content_layers if settings.content_weight else ()
    segments = [Segment(network, style, content)]
    while len(segments) < most:
        last, jump = segments[-1], _NEXT_JUMP if len(segments) > 1 else _FIRST_JUMP
        boundary = boundary_layer(last.network, dict(last.layers), least_jump=jump)
        if boundary is None:
            break
        segments[-1:] = _split(last, boundary)
    return segments


def _split(segment: Segment, boundary: str) -> tuple[Segment, Segment]:
    deeper = segment.network.after(boundary)

    def part(layers: Layers, *, deep: bool) -> Layers:
        return tuple(pair for pair in layers if (pair[0] in deeper.layers) is deep)

    style, content = segment.style, segment.content
    return (
        Segment(segment.network, part(style, deep=False), part(content, deep=False), boundary),
        Segment(deeper, part(style, deep=True), part(content, deep=True)),
    )


def segment_inputs(segments: Sequence[Segment], size: Size, settings: Settings) -> list[Size]:
    """Return (H, W) of the input of each segment, for a picture of (H, W)."""
    sizes = [size]
    for segment in segments[:-1]:
        shape = segment.shapes(sizes[-1], settings)[str(segment.boundary)]
        sizes.append((shape[2], shape[3]))
    return sizes


def check_tileable(settings: Settings) -> None:
    """Raise a `SettingsError` if a setting needs the whole picture at once."""
    for option, needs in (
        ("--normalize-gradients", settings.normalize_gradients),
        ("--engine training", settings.engine == "training"),
        ("--precision float16", settings.precision == "float16"),
    ):
        if needs:
            raise SettingsError(
                f"{option} can't be painted in tiles; leave it out, allow more --memory or give "
                "a smaller --size"
            )
