"""`ortstyle export`: write the graph of loss and gradient for other programs."""

from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from ortstyle.cli.messages import show
from ortstyle.cli.options import OptionsOf, Preset, with_options
from ortstyle.settings.presets import read_preset, resolve
from ortstyle.settings.settings import Settings

#: The settings on which the graph depends.
_SETTINGS = (
    *("content_weight", "content_limit", "style_weight", "equalize", "style_loss"),
    *("tv_weight", "tv"),
    *("content_layers", "style_layers", "pooling", "rescale_pooling", "padding"),
    *("normalize_gradients", "model"),
)


@with_options
def export(
    output: Annotated[Path, Argument(help="File for the graph.", metavar="OUT.onnx")],
    *,
    width: Annotated[int, Option(help="Width of the pictures in pixels.", min=1)] = 512,
    height: Annotated[int, Option(help="Height of the pictures in pixels.", min=1)] = 512,
    preset: Preset = None,
    overrides: Annotated[dict[str, Any], OptionsOf(Settings, _SETTINGS)],
) -> None:
    """Write the graph of loss and gradient, for use from C#, C++ or JavaScript."""
    from ortstyle.export import export_graph  # noqa: PLC0415  loads onnx

    settings = resolve([*read_preset(preset or "default"), ("option", overrides)])
    for path in export_graph(output, width=width, height=height, settings=settings):
        show(f"wrote {path}")
