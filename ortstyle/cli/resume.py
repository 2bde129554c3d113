"""`ortstyle resume`: resume an interrupted run from its checkpoint."""

from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from ortstyle.cli.cluster import Scheduler, tile_workers
from ortstyle.cli.command import Reports
from ortstyle.cli.messages import say
from ortstyle.cli.options import OptionsOf, Quiet, ShowPicture, Threads, with_options
from ortstyle.runtime.threads import limit_threads

_WRITTEN = ("trace", "plot", "compare")


@with_options
def resume(
    checkpoint: Annotated[Path, Argument(help="The checkpoint of the run.", metavar="FILE")],
    *,
    output: Annotated[
        Path | None,
        Option(
            "--output",
            "-o",
            help="File of the result (the same as before, if it is beside the checkpoint).",
        ),
    ] = None,
    device: Annotated[
        str | None,
        Option(help="Device to run on (the same as before).", metavar="auto|cpu|cuda[:N]|webgpu|…"),
    ] = None,
    scheduler: Scheduler = None,
    threads: Threads = None,
    reports: Annotated[dict[str, Any], OptionsOf(Reports, only=_WRITTEN)],
    thumbnail: ShowPicture = None,
    quiet: Quiet = False,
) -> None:
    """Resume an interrupted run from its checkpoint."""
    if threads:
        limit_threads(threads)
    from dataclasses import replace  # noqa: PLC0415

    from ortstyle.cli.paint import Resumption, paint  # noqa: PLC0415  loads onnx
    from ortstyle.cli.stored_files import check_hosts, check_written  # noqa: PLC0415  the same
    from ortstyle.cli.stored_run import StoredRun, check_inputs  # noqa: PLC0415  the same
    from ortstyle.run.checkpoint import read_checkpoint, read_header  # noqa: PLC0415  loads NumPy
    from ortstyle.run.lock import CheckpointLock  # noqa: PLC0415

    read_header(checkpoint)  # a file that is no checkpoint gets no lock beside it
    named = {f"--{name}": path.absolute() for name, path in reports.items()}
    if output:
        named["--output"] = output.absolute()
    with CheckpointLock(checkpoint) as lock:
        stored = StoredRun.of(read_checkpoint(checkpoint))
        check_hosts(stored.command, stored.folder, checkpoint=checkpoint)
        stored = stored.enter_folder()
        command = replace(
            stored.command,
            device="cpu" if scheduler else device or stored.command.device,
            output=named.get("--output", stored.command.output),
            default_output=None if output else stored.command.default_output,
            reports=replace(
                stored.command.reports,
                **{name: named[f"--{name}"] for name in _WRITTEN if f"--{name}" in named},
            ),
        )
        path = stored.command.checkpointing.path or checkpoint
        check_written(command, checkpoint=path, named=named.keys())
        check_inputs(stored.checkpoint, command)
        if quiet and stored.has_changed_folder and not output:
            say(f"the result goes to {command.output.absolute()}")
        resumption = Resumption(stored=stored, lock=lock, any_device=bool(device or scheduler))
        with tile_workers(scheduler, device or stored.device) as workers:
            paint(command, resumption=resumption, workers=workers, thumbnail=thumbnail, quiet=quiet)
