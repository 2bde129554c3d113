"""`ortstyle sheet`: small drafts of one photograph, to choose a painting and a preset."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from ortstyle.cli.command import SheetCommand
from ortstyle.cli.existing_results import default_path, output_path
from ortstyle.cli.options import (
    DeviceName,
    Memory,
    OptionsOf,
    Overwrite,
    Quiet,
    Threads,
    with_options,
)
from ortstyle.errors import OutputError, SettingsError
from ortstyle.memory.amounts import parse_memory
from ortstyle.runtime.threads import limit_threads
from ortstyle.settings.presets import preset_file, preset_names, read_preset, resolve
from ortstyle.settings.settings import Settings

_SIZE = 192  # pixels, of a draft


@with_options
def sheet(
    content: Annotated[Path, Argument(help="The photograph to repaint.")],
    style: Annotated[
        list[str] | None,
        Argument(help='Paintings, folders of paintings, or patterns such as "*.jpg".'),
    ] = None,
    *,
    more_styles: Annotated[
        list[str] | None,
        Option("--style", help="The same as STYLE, as an option.", metavar="STYLE"),
    ] = None,
    recursive: Annotated[
        bool, Option("--recursive", "-r", help="Search folders within folders too (off).")
    ] = False,
    output: Annotated[
        Path | None,
        Option(
            "--output",
            "-o",
            help="File of the sheet, an image (.png) or a page (.html) (CONTENT-sheet.png in the "
            "current folder, with a number if there is one).",
        ),
    ] = None,
    preset: Annotated[
        str,
        Option(
            help='Presets, separated by commas; "ortstyle presets" lists them (default).',
            metavar=f"{','.join(preset_names()[:2])},…",
            show_default=False,
        ),
    ] = "default",
    overrides: Annotated[dict[str, Any], OptionsOf(Settings, defaults=(("size", _SIZE),))],
    device: DeviceName = "auto",
    overwrite: Overwrite = None,
    memory: Memory = None,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Paint small drafts of CONTENT with each STYLE and preset, and show them on one sheet."""
    if threads:
        limit_threads(threads)
    styles = (*(style or ()), *(more_styles or ()))
    if not styles:
        raise SettingsError(
            "no painting is named; name some, or a folder of them, after the photograph"
        )
    chosen = output_path(output, default_path(content.stem, "sheet"), overwrite=overwrite)
    if overwrite is False and chosen.exists():
        raise OutputError(
            f"{chosen} exists, and --no-overwrite keeps it; choose another name, or give "
            "--overwrite"
        )
    command = SheetCommand(
        content=content,
        styles=styles,
        recursive=recursive,
        presets=_settings_of(preset, overrides),
        output=chosen,
        device=device,
        threads=threads or 0,
        memory=None if memory is None else parse_memory(memory, option="--memory"),
        quiet=quiet,
    )
    from ortstyle.cli.draft_sheet import make_sheet  # noqa: PLC0415  loads onnx

    make_sheet(command)


def _settings_of(presets: str, overrides: Mapping[str, Any]) -> dict[str, Settings]:
    """Return the settings of each preset, by its name on the sheet.

    Raises
    ------
    SettingsError
        A preset does not exist, or its settings are out of range.
    """
    is_one = False
    with suppress(OSError, ValueError):  # the file system refuses some names
        is_one = Path(presets).is_file()
    names = [presets] if is_one else presets.split(",")
    names = list(dict.fromkeys(filter(None, (name.strip() for name in names))))
    if not names:
        raise SettingsError("--preset names no preset; leave it out for the default one")
    short = [path.stem if (path := preset_file(name)) else name for name in names]
    return {
        label if short.count(label) == 1 else name: resolve(
            [*read_preset(name), ("sheet", {"size": _SIZE}), ("option", overrides)]
        )
        for name, label in zip(names, short, strict=True)
    }
