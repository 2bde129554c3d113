"""`ortstyle batch`: paint many photographs and films in the manner of many paintings."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Argument, Option

from ortstyle.cli.arguments import command_line_arguments
from ortstyle.cli.batch_command import BatchCommand, parse_devices, parse_resources
from ortstyle.cli.batch_order import check_order
from ortstyle.cli.command import Checkpointing
from ortstyle.cli.options import (
    Memory,
    OptionsOf,
    Overrides,
    Preset,
    Quiet,
    Threads,
    with_options,
)
from ortstyle.jobs.film_options import FilmOptions
from ortstyle.jobs.naming import DEFAULT_PATTERN, NamePattern
from ortstyle.memory.amounts import parse_memory
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.film import FilmSettings
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.times import parse_time

_FILES, _CLUSTER, _DISPLAY = "Files", "Cluster", "Display"
FilmBegin = Annotated[
    str | None,
    Option(
        "--from",
        help="Where in each film to begin, such as 12.5, 0:12 or 1:02:03 (its beginning).",
        metavar="TIME",
        rich_help_panel="Film",
    ),
]
FilmEnd = Annotated[
    str | None,
    Option(
        "--to",
        help="Where in each film to end (its end).",
        metavar="TIME",
        rich_help_panel="Film",
    ),
]


@with_options
def batch(
    content: Annotated[
        list[str] | None,
        Argument(
            help="Photographs and films, folders of them, or patterns in quotes, such as "
            "'photos/**/*.jpg'.",
            show_default=False,
        ),
    ] = None,
    *,
    style: Annotated[
        list[str] | None,
        Option(
            help="A painting, a folder of paintings, or a pattern in quotes; may be repeated. Each "
            "painting is a picture of its own with each photograph.",
            metavar="PAINTING",
        ),
    ] = None,
    output: Annotated[
        Path,
        Option("--output", "-o", help="Folder of the results; it is made if it is missing."),
    ],
    recursive: Annotated[
        bool, Option("--recursive", "-r", help="Search folders within folders too (off).")
    ] = False,
    manifest: Annotated[
        Path | None,
        Option(
            help="A table of the pictures to paint, as .csv or .jsonl, in place of CONTENT.",
            metavar="FILE",
        ),
    ] = None,
    name: Annotated[
        str,
        Option(
            help="Names of the results, of {content}, {style}, {preset} and {number} "
            f"({DEFAULT_PATTERN}; films keep the suffix of their clip, or are .mp4).",
            metavar="PATTERN",
            show_default=False,
        ),
    ] = DEFAULT_PATTERN,
    preset: Preset = None,
    overrides: Overrides,
    device: Annotated[
        str,
        Option(
            help="Devices to run on, one for each worker process, such as cuda:0,cuda:1 (auto).",
            metavar="NAME,…",
            show_default=False,
        ),
    ] = "auto",
    dry_run: Annotated[
        bool, Option("--dry-run", help="List what would be painted, and write nothing.")
    ] = False,
    retry_failed: Annotated[
        bool, Option("--retry-failed", help="Paint again what has failed before.")
    ] = False,
    sheet: Annotated[
        Path | None,
        Option(
            help="Write a contact sheet of the results in the end, as .html or .png.",
            metavar="FILE",
            rich_help_panel=_FILES,
        ),
    ] = None,
    begin: FilmBegin = None,
    end: FilmEnd = None,
    film: Annotated[dict[str, Any], OptionsOf(FilmSettings, prefix="film_", prefixed=("every",))],
    film_encoding: Annotated[
        dict[str, Any], OptionsOf(FilmEncoding, prefix="film_", prefixed=("quality",))
    ],
    encoding: Annotated[dict[str, Any], OptionsOf(Encoding)],
    memory: Memory = None,
    threads: Threads = None,
    checkpointing: Annotated[Checkpointing, OptionsOf(Checkpointing, only=("every",))],
    scheduler: Annotated[
        str | None,
        Option(
            help="Paint on the workers of a Dask cluster, such as tcp://host:8786.",
            metavar="ADDRESS",
            rich_help_panel=_CLUSTER,
        ),
    ] = None,
    shared: Annotated[
        bool,
        Option(
            "--shared",
            help="All machines see the same folders: send no files (off).",
            rich_help_panel=_CLUSTER,
        ),
    ] = False,
    resources: Annotated[
        str | None,
        Option(
            help="What a picture takes of a worker's Dask resources, such as GPU=1.",
            metavar="NAME=N,…",
            rich_help_panel=_CLUSTER,
        ),
    ] = None,
    as_json: Annotated[
        bool,
        Option(
            "--json",
            help="Print what happens as lines of JSON to standard output.",
            rich_help_panel=_DISPLAY,
        ),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Paint every CONTENT in the manner of every --style, into a folder."""
    check_order(command_line_arguments(), content or ())
    command = BatchCommand(
        contents=tuple(content or ()),
        styles=tuple(style or ()),
        folder=output,
        recursive=recursive,
        manifest=manifest,
        pattern=NamePattern.read(name),
        preset=preset or "default",
        values=overrides,
        encoding=encoding,
        films=FilmOptions(
            values=film,
            encoding=film_encoding,
            begin=None if begin is None else parse_time(begin, option="--from"),
            end=None if end is None else parse_time(end, option="--to"),
        ),
        devices=parse_devices(device),
        threads=threads or 0,
        memory=None if memory is None else parse_memory(memory, option="--memory"),
        checkpoint_minutes=checkpointing.every,
        scheduler=scheduler,
        is_shared=shared,
        resources=parse_resources(resources or ""),
        sheet=sheet,
        dry_run=dry_run,
        retry_failed=retry_failed,
        as_json=as_json,
        quiet=quiet,
    )
    from ortstyle.cli.batch_run import run_batch  # noqa: PLC0415  loads Pillow

    if not run_batch(command):
        raise typer.Exit(1)
