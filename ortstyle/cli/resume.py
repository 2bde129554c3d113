"""`ortstyle resume`: resume an interrupted run from its checkpoint."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from ortstyle.cli.options import Quiet, ShowPicture


def resume(
    checkpoint: Annotated[Path, Argument(help="The checkpoint of the run.", metavar="FILE")],
    *,
    device: Annotated[
        str | None,
        Option(help="Device to run on (the same as before).", metavar="auto|cpu|cuda[:N]|webgpu|…"),
    ] = None,
    thumbnail: ShowPicture = None,
    quiet: Quiet = False,
) -> None:
    """Resume an interrupted run from its checkpoint."""
    from dataclasses import replace  # noqa: PLC0415

    from ortstyle.cli.paint import Resumption, paint  # noqa: PLC0415  loads onnx
    from ortstyle.cli.stored_run import StoredRun, check_inputs  # noqa: PLC0415  the same
    from ortstyle.run.checkpoint import read_checkpoint, read_header  # noqa: PLC0415  loads NumPy
    from ortstyle.run.lock import CheckpointLock  # noqa: PLC0415

    read_header(checkpoint)  # a file that is no checkpoint gets no lock beside it
    with CheckpointLock(checkpoint) as lock:
        stored = StoredRun.of(read_checkpoint(checkpoint)).enter_folder()
        check_inputs(stored.checkpoint)
        command = replace(stored.command, device=device or stored.command.device)
        resumption = Resumption(stored=stored, lock=lock, any_device=device is not None)
        paint(command, resumption=resumption, thumbnail=thumbnail, quiet=quiet)
