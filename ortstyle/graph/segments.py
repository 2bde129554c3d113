"""The segments of a network: what is computed over all tiles before the next begins.

A network is cut where few numbers pass. What passes is kept for the whole picture, so that each
segment's tiles need margins only as wide as its own layers see, and the way back begins again at
the cut and not at the picture (Chen et al. 2016, *Training Deep Nets with Sublinear Memory Cost*,
section 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ortstyle.errors import SettingsError
from ortstyle.graph.loss_graph import features_of
from ortstyle.graph.network import Network
from ortstyle.graph.ops import shape_of
from ortstyle.graph.receptive_field import TileMargins, boundary_layer, tile_margins
from ortstyle.settings.record import Settings
from ortstyle.settings.value_types import Layers

Size = tuple[int, int]

# Places from one to the next at the first cut, and at each further one. With VGG-19 32 bytes a
# pixel pass the first, and half as many each further one.
_FIRST, _NEXT = 4, 2
_MOST = 9  # segments


@dataclass(frozen=True)
class Segment:
    """A part of a network, and which of its layers are compared.

    Attributes
    ----------
    network
        It begins with the picture or with the boundary of the segment before.
    style, content
        Layers of the losses, with their weights.
    boundary
        The layer that the next segment begins with; None in the last one.
    """

    network: Network
    style: Layers
    content: Layers
    boundary: str | None = None

    @property
    def of_pixels(self) -> bool:
        """Whether it begins with the picture."""
        return self.network.boundary is None

    @property
    def layers(self) -> Layers:
        """All layers that something is done with."""
        return self.style + self.content + self.passed

    @property
    def passed(self) -> Layers:
        """The boundary, if there is one, as layers are given."""
        return () if self.boundary is None else ((self.boundary, 1.0),)

    @cached_property
    def margins(self) -> TileMargins:
        """What its tiles need about their cores, in places of what it begins with."""
        return tile_margins(self.network, dict(self.layers))

    def shapes(self, size: tuple[int, int], settings: Settings) -> dict[str, tuple[int, ...]]:
        """Give the shapes of its layers where it begins with (H, W)."""
        if not self.layers:
            return {}
        _, _, features = features_of(self.network, size, self.layers, settings)
        return {layer: shape_of(value) for layer, value in features.items()}


def segments_of(network: Network, settings: Settings, *, most: int = _MOST) -> list[Segment]:
    """Give the segments of a network, `most` or as many as it can be cut into.

    Raises
    ------
    SettingsError
        The network lacks a layer.
    GraphError
        A layer sees the whole picture.
    """
    style = settings.style_layers if settings.style_weight else ()
    content = settings.content_layers if settings.content_weight else ()
    segments = [Segment(network, style, content)]
    while len(segments) < most:
        last, apart = segments[-1], _NEXT if len(segments) > 1 else _FIRST
        at = boundary_layer(last.network, dict(last.layers), apart=apart)
        if at is None:
            break
        segments[-1:] = _split(last, at)
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
    """Give (H, W) of what each segment begins with, for a picture of (H, W)."""
    sizes = [size]
    for segment in segments[:-1]:
        shape = segment.shapes(sizes[-1], settings)[str(segment.boundary)]
        sizes.append((shape[2], shape[3]))
    return sizes


def check_tileable(settings: Settings) -> None:
    """Raise a `SettingsError` where settings need the whole picture at once."""
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
