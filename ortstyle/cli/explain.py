"""What a run would do, told without doing it."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from ortstyle.pictures.read import read_rgb, scaled_size
from ortstyle.runtime.devices import DEVICES, named
from ortstyle.settings.presets import Origin, as_text, resolve
from ortstyle.settings.record import Settings, check_one_each


def explain(
    content: Path, styles: Sequence[Path], output: Path, *, origins: Sequence[Origin], device: str
) -> list[str]:
    """Tell pictures, device and settings of a run as lines in columns; ONNX Runtime isn't loaded.

    Parameters
    ----------
    content, styles, output
        The run's pictures.
    origins
        Where its settings come from.
    device
        As `--device` takes it.

    Raises
    ------
    OrtStyleError
        A picture can't be read, or a setting or the device's name is wrong.
    """
    settings = resolve(origins)
    settings.blend(len(styles))
    for name in ("content_mask", "style_mask"):
        if masks := getattr(settings, name):
            check_one_each("--" + name.replace("_", "-"), "masks", masks, len(styles))
    rows = [
        *_pictures(content, styles, settings),
        ("output", str(output), ""),
        ("device", _device(device), ""),
        ("", "", ""),
        *_settings(settings, origins),
    ]
    widths = [max(len(row[i]) for row in rows if i == 0 or row[2]) for i in (0, 1)]
    return [f"{a:{widths[0]}}  {b:{widths[1]}}  {c}".rstrip() for a, b, c in rows]


def _pictures(
    content: Path, styles: Sequence[Path], settings: Settings
) -> Iterator[tuple[str, str, str]]:
    for what, path, sides in [
        ("content", content, (1.0,)),
        *(
            ("style", style, scales)
            for style, scales in zip(styles, settings.style_scales(len(styles)), strict=True)
        ),
    ]:
        size = read_rgb(path, name=what, max_pixels=settings.max_pixels).size
        shown = [_by(scaled_size(size, round(settings.size * side))) for side in sides]
        yield what, f"{path}, {_by(size)} → {' and '.join(shown)}", ""
    for what in ("content_mask", "style_mask"):
        for path in filter(None, getattr(settings, what)):
            name = what.replace("_", " ")
            size = read_rgb(path, name=name, max_pixels=settings.max_pixels).size
            yield name, f"{path}, {_by(size)}", ""
    yield "sizes", ", ".join(f"{side}: {n}" for side, n in settings.schedule()), ""


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def _device(name: str) -> str:
    if name != "auto":
        return " or ".join(f"{row.name}, {row.hardware}" for row in named(name))
    rows = [row.name for row in DEVICES if row.automatic and sys.platform in row.systems]
    return f"auto: the first that is ready and passes of {', '.join(rows)}"


def _settings(settings: Settings, origins: Sequence[Origin]) -> Iterator[tuple[str, str, str]]:
    for field in fields(settings):
        found = [origin for origin, values in origins if field.name in values]
        origin = found[-1] if found else "default"
        yield field.name, as_text(getattr(settings, field.name)), origin
