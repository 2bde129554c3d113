"""`--explain`: the pictures, device and settings of a run, without running it."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ortstyle.cli.messages import show
from ortstyle.pictures.picture import scaled_size
from ortstyle.pictures.read import read_rgb
from ortstyle.run.settled import settle
from ortstyle.runtime.device_lookup import devices_named
from ortstyle.runtime.devices import DEVICES
from ortstyle.settings.checks import check_one_each
from ortstyle.settings.declaration import option_flag, options_of
from ortstyle.settings.presets import Origin, resolve
from ortstyle.settings.settings import Settings
from ortstyle.settings.text import as_text

_MASKS = ("content_mask", "style_mask")


def print_explanation(
    content: Path, styles: Sequence[Path], output: Path, *, origins: Sequence[Origin], device: str
) -> None:
    """Print what `explain` returns."""
    for line in explain(content, styles, output, origins=origins, device=device):
        show(line)


def explain(
    content: Path, styles: Sequence[Path], output: Path, *, origins: Sequence[Origin], device: str
) -> list[str]:
    """Return the pictures, device and settings of a run as lines in columns.

    ONNX Runtime is not loaded.

    Parameters
    ----------
    content, styles, output
        Files of the pictures that the run reads, and of the result.
    origins
        The settings of the run by their origins, such as a preset; later origins win.
    device
        Name of a device, or "auto", as `--device` takes it.

    Raises
    ------
    OrtStyleError
        A picture can't be read, or a setting or the device's name is wrong.
    """
    settings = resolve(origins)
    settings.blend(len(styles))
    for name in _MASKS:
        if masks := getattr(settings, name):
            check_one_each(option_flag(name), "masks", masks, len(styles))
    rows = [
        *_picture_rows(content, styles, settle(settings, content)),
        ("output", str(output), ""),
        ("device", _device_in_words(device), ""),
        ("", "", ""),
        *_setting_rows(settings, origins),
    ]
    widths = [max(len(row[i]) for row in rows if i == 0 or row[2]) for i in (0, 1)]
    return [f"{a:{widths[0]}}  {b:{widths[1]}}  {c}".rstrip() for a, b, c in rows]


def _picture_rows(
    content: Path, styles: Sequence[Path], settings: Settings
) -> Iterator[tuple[str, str, str]]:
    for what, path, scales in [
        ("content", content, (1.0,)),
        *(
            ("style", style, scales)
            for style, scales in zip(styles, settings.style_scales(len(styles)), strict=True)
        ),
    ]:
        size = read_rgb(path, name=what, max_pixels=settings.max_pixels).size
        shown = [_size_text(scaled_size(size, round(settings.side * scale))) for scale in scales]
        yield what, f"{path}, {_size_text(size)} → {' and '.join(shown)}", ""
    for what in _MASKS:
        for path in filter(None, getattr(settings, what)):
            name = what.replace("_", " ")
            size = read_rgb(path, name=name, max_pixels=settings.max_pixels).size
            yield name, f"{path}, {_size_text(size)}", ""
    yield "sizes", ", ".join(f"{side}: {n}" for side, n in settings.schedule()), ""


def _size_text(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def _device_in_words(name: str) -> str:
    if name != "auto":
        return " or ".join(f"{row.name}, {row.hardware}" for row in devices_named(name))
    rows = [row.name for row in DEVICES if row.automatic and sys.platform in row.systems]
    return f"auto: the first of {', '.join(rows)} that is ready and passes the check"


def _setting_rows(settings: Settings, origins: Sequence[Origin]) -> Iterator[tuple[str, str, str]]:
    for option in options_of(Settings):
        found = [origin for origin, values in origins if option.name in values]
        origin = found[-1] if found else "default"
        yield option.name, as_text(getattr(settings, option.name)), origin
