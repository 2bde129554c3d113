"""`--explain`: the pictures, device and settings of a run, without running it."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ortstyle.cli.messages import show
from ortstyle.packaged import packaged_path
from ortstyle.pictures.header import PictureHeader
from ortstyle.pictures.read import read_rgb
from ortstyle.pictures.source_file import label_of
from ortstyle.run.settled import settle
from ortstyle.run.sizes import RunSizes, StyleSizes
from ortstyle.runtime.device_lookup import devices_named
from ortstyle.runtime.devices import DEVICES
from ortstyle.settings.checks import check_one_each
from ortstyle.settings.declaration import option_flag, options_of
from ortstyle.settings.presets import Origin, resolve
from ortstyle.settings.settings import Settings
from ortstyle.settings.text import as_text

_LARGE = 64  # pixels of a side; networks for features take as many, so that onnx is not loaded
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
    return in_columns(
        [
            *_picture_rows(content, styles, settle(settings, content)),
            ("output", str(output), ""),
            ("device", device_in_words(device), ""),
            ("", "", ""),
            *setting_rows(settings, origins),
        ]
    )


def in_columns(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return rows of three cells as lines; a row without a third cell may be wide."""
    widths = [max(len(row[i]) for row in rows if i == 0 or row[2]) for i in (0, 1)]
    return [f"{a:{widths[0]}}  {b:{widths[1]}}  {c}".rstrip() for a, b, c in rows]


def _picture_rows(
    content: Path, styles: Sequence[Path], settings: Settings
) -> Iterator[tuple[str, str, str]]:
    sizes = _sizes(content, styles, settings)
    _check_small(sizes)
    result = _size_text(sizes.size(settings.side))
    yield "content", f"{content}, {_size_text(sizes.content.size)} → {result}", ""
    for path, style in zip(styles, sizes.styles, strict=True):
        shown = [_size_text(sizes.style_size(style, settings.side, s)) for s in style.scales]
        yield "style", f"{path}, {_size_text(style.header.size)} → {' and '.join(shown)}", ""
    for what in _MASKS:
        for path in filter(None, getattr(settings, what)):
            name = what.replace("_", " ")
            size = read_rgb(path, name=name, max_pixels=settings.max_pixels).size
            yield name, f"{path}, {_size_text(size)}", ""
    yield "sizes", ", ".join(f"{side}: {n}" for side, n in settings.schedule()), ""


def _sizes(content: Path, styles: Sequence[Path], settings: Settings) -> RunSizes:
    """Return the sizes of a run's pictures, reading each of them once, as it may be a pipe."""

    def header(path: Path, name: str) -> PictureHeader:
        size = read_rgb(path, name=name, max_pixels=settings.max_pixels).size
        return PictureHeader(label_of(name, path), size)

    first = header(content, "content")
    scales = zip(styles, settings.style_scales(len(styles)), strict=True)
    others = tuple(StyleSizes(header(path, "style"), of_style) for path, of_style in scales)
    return RunSizes(first, others, settings)


def _check_small(sizes: RunSizes) -> None:
    """Raise the error of a run whose pictures are too small for the network."""
    if min(side for size in sizes.at(sizes.settings.side) for side in size) >= _LARGE:
        return
    from ortstyle.graph.network import Network  # noqa: PLC0415  loads onnx
    from ortstyle.run.size_checks import check_smallest  # noqa: PLC0415  loads onnx

    network = Network.open(sizes.settings.model or packaged_path("models", "vgg19.onnx"))
    check_smallest(network, sizes)


def _size_text(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def device_in_words(name: str) -> str:
    """Say on which device a run will be, from the name that `--device` takes."""
    if name != "auto":
        return " or ".join(f"{row.name}, {row.hardware}" for row in devices_named(name))
    rows = [row.name for row in DEVICES if row.automatic and sys.platform in row.systems]
    return f"auto: the first of {', '.join(rows)} that is ready and passes the check"


def setting_rows(record: Any, origins: Sequence[Origin]) -> Iterator[tuple[str, str, str]]:
    """Yield the name, value and origin of each setting of a record of declared options."""
    for option in options_of(type(record)):
        found = [origin for origin, values in origins if option.name in values]
        origin = found[-1] if found else "default"
        yield option.name, as_text(getattr(record, option.name)), origin
