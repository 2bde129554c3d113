"""`ortstyle plan`: predict the memory and the checkpoints of a run without running it."""

from typing import Annotated, Any

from ortstyle.cli.options import Content, Memory, OptionsOf, Preset, Styles, with_options
from ortstyle.memory.amounts import parse_memory
from ortstyle.settings.presets import read_preset, resolve
from ortstyle.settings.settings import Settings

#: The settings that determine how much memory a run takes.
_SETTINGS = (
    *("size", "scales", "iterations", "content_weight", "style_weight", "style_loss"),
    *("style_scale", "content_layers", "style_layers", "pooling", "optimizer", "history"),
    *("spectral", "model", "max_pixels"),
)


@with_options
def plan(
    content: Content,
    style: Styles,
    *,
    memory: Memory = None,
    preset: Preset = None,
    overrides: Annotated[dict[str, Any], OptionsOf(Settings, _SETTINGS)],
) -> None:
    """Predict how much memory each scale of a run takes on the processor, without running it."""
    from rich.table import Table  # noqa: PLC0415

    from ortstyle.memory.amounts import format_memory  # noqa: PLC0415
    from ortstyle.memory.optimizer_memory import checkpoint_bytes  # noqa: PLC0415  loads NumPy
    from ortstyle.report.console import open_console  # noqa: PLC0415
    from ortstyle.run.objective_factory import predict  # noqa: PLC0415  loads onnx

    settings = resolve([*read_preset(preset or "default"), ("option", overrides)])
    limit = None if memory is None else parse_memory(memory, option="--memory")
    table = Table("size", "evaluations", "painted", "storage", "memory", "checkpoint")
    for evaluations, scale in predict(content, style, settings, memory=limit):
        height, width = scale.size
        row = str(evaluations), scale.tile_text, scale.storage_text, scale.memory_text
        pairs = min(scale.history, evaluations)
        checkpoint = checkpoint_bytes(settings, scale.size, history=pairs, storage=scale.vectors)
        table.add_row(f"{width}×{height}", *row, format_memory(checkpoint))
    open_console().print(table)
