"""`ortstyle render`: paint a photograph in the manner of a painting."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from typer import Option

from ortstyle.cli.cluster import Scheduler, tile_workers
from ortstyle.cli.command import Checkpointing, PaintCommand, Reports
from ortstyle.cli.existing_results import default_path, output_path, refuse_existing
from ortstyle.cli.options import (
    Content,
    DeviceName,
    Explain,
    Memory,
    OptionsOf,
    Overrides,
    Overwrite,
    Preset,
    Quiet,
    ShowPicture,
    Styles,
    Threads,
    with_options,
)
from ortstyle.cli.pipes import STANDARD_OUTPUT, check_pipes, result_file, stem_of
from ortstyle.errors import SettingsError
from ortstyle.memory.amounts import parse_memory
from ortstyle.pictures.encode import Encoding
from ortstyle.runtime.threads import limit_threads
from ortstyle.settings.presets import Origin, preset_file, read_preset, resolve


@with_options
def render(
    content: Content,
    style: Styles,
    *,
    output: Annotated[
        Path | None,
        Option(
            "--output",
            "-o",
            help="File of the result, or - for standard output (CONTENT-STYLE.png in the current "
            "folder, with a number if there is one).",
        ),
    ] = None,
    preset: Preset = None,
    overrides: Overrides,
    device: DeviceName = "auto",
    scheduler: Scheduler = None,
    like: Annotated[
        Path | None,
        Option(
            help="Take the settings from a picture that ortstyle wrote.",
            metavar="PATH",
            rich_help_panel="Files",
        ),
    ] = None,
    like_paths: Annotated[
        bool,
        Option(
            "--like-paths",
            help="Take the masks, the picture of --init and the model from the picture of --like "
            "too, which names files on this machine (off).",
            rich_help_panel="Files",
        ),
    ] = False,
    overwrite: Overwrite = None,
    encoding: Annotated[Encoding, OptionsOf(Encoding)],
    memory: Memory = None,
    threads: Threads = None,
    checkpointing: Annotated[Checkpointing, OptionsOf(Checkpointing)],
    reports: Annotated[Reports, OptionsOf(Reports)],
    thumbnail: ShowPicture = None,
    explain: Explain = False,
    quiet: Quiet = False,
) -> None:
    """Paint CONTENT in the manner of STYLE."""
    if threads:
        limit_threads(threads)
    default = default_path(stem_of(content), stem_of(style[0]))
    keeps_others = output is None and not overwrite
    output = output_path(output, default, overwrite=overwrite)
    origins, expected_model, notice = _base(preset, like, with_paths=like_paths, given=overrides)
    origins = [*origins, ("option", overrides)]
    if explain:
        from ortstyle.cli.explain import print_explanation  # noqa: PLC0415  loads Pillow

        print_explanation(content, style, output, origins=origins, device=device)
        return
    from ortstyle.cli.paint import paint  # noqa: PLC0415  loads onnx
    from ortstyle.cli.settled import settle_and_say  # noqa: PLC0415  loads Pillow

    with result_file(output, default) as path, tile_workers(scheduler, device) as workers:
        command = PaintCommand(
            content=content,
            styles=tuple(style),
            output=path,
            settings=settle_and_say(resolve(origins), content),
            encoding=encoding,
            checkpointing=checkpointing,
            reports=reports,
            device="cpu" if scheduler else device,  # of this process
            memory=None if memory is None else parse_memory(memory, option="--memory"),
            preset=preset_file(preset) if preset else None,
            like=like,
            default_output=default if keeps_others else None,
            to_standard_output=output == STANDARD_OUTPUT,
        )
        check_pipes(command)
        if overwrite is False:
            refuse_existing(command)
        paint(
            command,
            workers=workers,
            expected_model=expected_model,
            notice=notice,
            thumbnail=thumbnail,
            quiet=quiet,
        )


def _base(
    preset: str | None, like: Path | None, *, with_paths: bool, given: Collection[str]
) -> tuple[list[Origin], str, str]:
    """Return the settings to start from, the hash of the network of `like`, and a notice.

    The latter two are empty without `like`. `given` are the settings that the command line names.
    """
    if like is None:
        if with_paths:
            raise SettingsError("--like-paths needs --like, the picture to take them from")
        return read_preset(preset or "default"), "", ""
    if preset is not None:
        raise SettingsError("--preset and --like both give settings to start from; use one of them")
    from ortstyle.cli.embedded import values_like  # noqa: PLC0415  loads Pillow

    values, left_out, model_hash = values_like(like, with_paths=with_paths, given=given)
    left = f"--like {like}: left out are {', '.join(left_out)}; --like-paths takes them too"
    return [("like", values)], model_hash, left if left_out else ""
