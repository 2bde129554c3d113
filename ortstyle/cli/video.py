"""`ortstyle video`: paint a film in the manner of a painting, with calm strokes."""

from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from ortstyle.cli.batch_command import parse_resources
from ortstyle.cli.options import (
    DeviceName,
    Explain,
    Memory,
    OptionsOf,
    Overwrite,
    Preset,
    Quiet,
    ShowPicture,
    Threads,
    with_options,
)
from ortstyle.cli.video_command import VideoCommand, parse_style_time
from ortstyle.errors import SettingsError
from ortstyle.memory.amounts import parse_memory
from ortstyle.runtime.threads import limit_threads
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.presets import read_preset, resolve
from ortstyle.settings.settings import Settings
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.times import parse_rate, parse_time

_CLIP = "CLIP"
_FILES, _CLUSTER = "Files", "Cluster"


@with_options
def video(
    clip: Annotated[
        Path,
        Argument(
            help="The film to repaint: a video, an animation, or a folder of pictures.",
            show_default=False,
        ),
    ],
    style: Annotated[
        list[Path] | None,
        Argument(
            help="One painting or several; with --style-at none, or the one at the beginning.",
            show_default=False,
        ),
    ] = None,
    *,
    output: Annotated[
        Path | None,
        Option(
            "--output",
            "-o",
            help="The film, as .mp4, .mov, .mkv, .webm, .gif, .apng or .webp; or a folder, or a "
            "name such as frame-%05d.png, for a PNG of each frame (CLIP-STYLE.mp4 in the current "
            "folder, with a number if there is one).",
        ),
    ] = None,
    begin: Annotated[
        str | None,
        Option(
            "--from",
            help="Where in the clip to begin, such as 12.5, 0:12 or 1:02:03 (its beginning).",
            metavar="TIME",
        ),
    ] = None,
    end: Annotated[
        str | None, Option("--to", help="Where in the clip to end (its end).", metavar="TIME")
    ] = None,
    preset: Preset = None,
    overrides: Annotated[dict[str, Any], OptionsOf(Settings, content=_CLIP)],
    film: Annotated[dict[str, Any], OptionsOf(FilmSettings, content=_CLIP)],
    style_at: Annotated[
        list[str] | None,
        Option(
            help="A time in the clip at which a painting counts alone; may be repeated. Between "
            "two, one blends into the other.",
            metavar="TIME PATH",
            rich_help_panel="Several styles and masks",
        ),
    ] = None,
    device: DeviceName = "auto",
    rate: Annotated[
        str | None,
        Option(
            help="Frames a second of a folder of pictures (25).",
            metavar="N|N/N",
            rich_help_panel=_FILES,
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        Option(
            help="Folder for frames while the film is painted (OUTPUT.frames).",
            metavar="FOLDER",
            rich_help_panel=_FILES,
        ),
    ] = None,
    keep_frames: Annotated[
        bool,
        Option(
            "--keep-frames",
            help="Keep the folder of frames when the film is written (off).",
            rich_help_panel=_FILES,
        ),
    ] = False,
    restart: Annotated[
        bool,
        Option(
            "--restart",
            help="Throw away what an earlier run of the film has painted, and begin anew (off).",
            rich_help_panel=_FILES,
        ),
    ] = False,
    overwrite: Overwrite = None,
    encoding: Annotated[FilmEncoding, OptionsOf(FilmEncoding, content=_CLIP)],
    memory: Memory = None,
    threads: Threads = None,
    scheduler: Annotated[
        str | None,
        Option(
            help="Paint scenes on the workers of a Dask cluster, such as tcp://host:8786.",
            metavar="ADDRESS",
            rich_help_panel=_CLUSTER,
        ),
    ] = None,
    shared: Annotated[
        bool,
        Option(
            "--shared",
            help="All machines see the folder of frames: send none to them (off).",
            rich_help_panel=_CLUSTER,
        ),
    ] = False,
    resources: Annotated[
        str | None,
        Option(
            help="What a scene takes of a worker's Dask resources, such as GPU=1.",
            metavar="NAME=N,…",
            rich_help_panel=_CLUSTER,
        ),
    ] = None,
    thumbnail: ShowPicture = None,
    explain: Explain = False,
    quiet: Quiet = False,
) -> None:
    """Paint CLIP in the manner of STYLE, frame by frame, with strokes that move with things.

    The same command again goes on where an earlier one was stopped.
    """
    if threads:
        limit_threads(threads)
    styles = tuple(style or ())
    style_times = tuple(map(parse_style_time, style_at or ()))
    first = styles[0] if styles else min(style_times)[1] if style_times else None
    if first is None:
        raise SettingsError("there is no style; name a painting, or give --style-at")
    origins = [*read_preset(preset or "default"), ("option", overrides)]
    from ortstyle.cli.video_output import default_film_path, film_path  # noqa: PLC0415  NumPy

    default = default_film_path(clip, first)
    order = FilmOrder(
        source=clip,
        styles=styles,
        output=output or film_path(default, overwrite=overwrite),
        settings=resolve(origins),
        film=FilmSettings(**film),
        encoding=encoding,
        folder=folder,
        begin=None if begin is None else parse_time(begin, option="--from"),
        end=None if end is None else parse_time(end, option="--to"),
        rate=None if rate is None else parse_rate(rate, option="--rate"),
        style_times=style_times,
        keep="all" if keep_frames else "nothing",
        restart=restart,
    )
    if explain:
        from ortstyle.cli.video_explain import print_film_explanation  # noqa: PLC0415  of an extra

        print_film_explanation(order, origins=[*origins, ("option", film)], device=device)
        return
    from ortstyle.cli.video_run import run_video  # noqa: PLC0415  loads onnx

    run_video(
        VideoCommand(
            order=order,
            device=device,
            memory=None if memory is None else parse_memory(memory, option="--memory"),
            overwrite=overwrite,
            thumbnail=thumbnail,
            quiet=quiet,
            scheduler=scheduler,
            is_shared=shared,
            resources=parse_resources(resources or ""),
            threads=threads or 0,
        )
    )
