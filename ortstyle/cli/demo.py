"""`ortstyle demo`: paint the example pictures in the package."""

from pathlib import Path
from typing import Annotated, Any

from typer import Option

from ortstyle.cli.command import PaintCommand
from ortstyle.cli.existing_results import output_path, refuse_existing
from ortstyle.cli.options import (
    DeviceName,
    Explain,
    OptionsOf,
    Overwrite,
    Preset,
    Quiet,
    ShowPicture,
    Threads,
    with_options,
)
from ortstyle.packaged import packaged_path
from ortstyle.runtime.threads import limit_threads
from ortstyle.settings.presets import preset_file, read_preset, resolve
from ortstyle.settings.settings import Settings

_OUTPUT = Path("demo.png")
#: The longest side in pixels and the evaluations: at most two minutes on two cores.
DEMO = {"size": 384, "iterations": 100}


@with_options
def demo(
    *,
    output: Annotated[
        Path | None,
        Option(
            "--output", "-o", help="File of the result (demo.png, with a number if there is one)."
        ),
    ] = None,
    preset: Preset = None,
    overrides: Annotated[dict[str, Any], OptionsOf(Settings, tuple(DEMO), tuple(DEMO.items()))],
    device: DeviceName = "auto",
    threads: Threads = None,
    overwrite: Overwrite = None,
    thumbnail: ShowPicture = None,
    explain: Explain = False,
    quiet: Quiet = False,
) -> None:
    """Paint the example pictures in the package."""
    if threads:
        limit_threads(threads)
    keeps_others = output is None and not overwrite
    output = output_path(output, _OUTPUT, overwrite=overwrite)
    photo, painting = (packaged_path("examples", f"{name}.jpg") for name in ("photo", "painting"))
    origins = [*read_preset(preset or "default"), ("demo", DEMO), ("option", overrides)]
    if explain:
        from ortstyle.cli.explain import print_explanation  # noqa: PLC0415  loads Pillow

        print_explanation(photo, [painting], output, origins=origins, device=device)
        return
    from ortstyle.cli.paint import paint  # noqa: PLC0415  loads onnx
    from ortstyle.cli.settled import settle_and_say  # noqa: PLC0415  loads Pillow

    command = PaintCommand(
        content=photo,
        styles=(painting,),
        output=output,
        default_output=_OUTPUT if keeps_others else None,
        settings=settle_and_say(resolve(origins), photo),
        device=device,
        preset=preset_file(preset) if preset else None,
    )
    if overwrite is False:
        refuse_existing(command)
    paint(command, thumbnail=thumbnail, quiet=quiet)
