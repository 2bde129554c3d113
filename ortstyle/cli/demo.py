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
    with_options,
)
from ortstyle.packaged import packaged_path
from ortstyle.settings.presets import preset_file, read_preset, resolve
from ortstyle.settings.settings import Settings

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
    overwrite: Overwrite = None,
    thumbnail: ShowPicture = None,
    explain: Explain = False,
    quiet: Quiet = False,
) -> None:
    """Paint the example pictures in the package."""
    output = output_path(output, Path("demo.png"), overwrite=overwrite)
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
        settings=settle_and_say(resolve(origins), photo),
        device=device,
        preset=preset_file(preset) if preset else None,
    )
    if overwrite is False:
        refuse_existing(command)
    paint(command, thumbnail=thumbnail, quiet=quiet)
