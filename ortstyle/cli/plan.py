"""`ortstyle plan`: predict the memory and the checkpoints of a run without running it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
    settings = resolve([*read_preset(preset or "default"), ("option", overrides)])
    limit = None if memory is None else parse_memory(memory, option="--memory")
    with _without_garbage_collection():
        _print_plan(content, style, settings, limit)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Do not look for garbage meanwhile.

    Imports and graphs make many objects, nearly all of which stay. Looking through them again and
    again was measured to take a sixth of the processor's time, and to free two megabytes.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _print_plan(content: Path, styles: list[Path], settings: Settings, limit: int | None) -> None:
    """Print a row for each scale of a run; `limit` is the bytes that it may take."""
    from rich.table import Table  # noqa: PLC0415

    from ortstyle.memory.amounts import format_memory  # noqa: PLC0415
    from ortstyle.memory.optimizer_memory import checkpoint_bytes  # noqa: PLC0415  loads NumPy
    from ortstyle.report.console import open_console  # noqa: PLC0415
    from ortstyle.run.prediction import predict  # noqa: PLC0415  loads onnx

    table = Table("size", "evaluations", "painted", "storage", "memory", "checkpoint")
    scales = predict(content, styles, settings, memory=limit)
    schedule = tuple((max(scale.size), evaluations) for evaluations, scale in scales)
    for evaluations, scale in scales:
        height, width = scale.size
        row = str(evaluations), scale.tile_text, scale.storage_text, scale.memory_text
        pairs = min(scale.history, evaluations)
        at_scale = settings.at(max(scale.size), schedule)
        checkpoint = checkpoint_bytes(at_scale, scale.size, history=pairs, storage=scale.vectors)
        table.add_row(f"{width}×{height}", *row, format_memory(checkpoint))
    open_console().print(table)
