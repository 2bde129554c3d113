"""The files that a run writes: checked before the work; and the pictures of `--save-every`."""

from pathlib import Path

from ortstyle.cli.command import PaintCommand
from ortstyle.errors import OutputError
from ortstyle.files import check_file, remove_abandoned, same_file
from ortstyle.pictures.write import check_output
from ortstyle.report.result_writer import ResultWriter
from ortstyle.run.iterate import Iterate
from ortstyle.settings.serialization import files_named_by


def check_outputs(command: PaintCommand) -> None:
    """Make sure, before the work, that all files can be written and none overwrites another.

    The checkpoint's file is not opened here; the checkpointer does that when it locks the file.

    Raises
    ------
    OutputError
        A file can't be written, or two names mean one file.
    """
    read = [command.content, *command.styles]
    read += [path for path in (command.preset, command.like) if path]
    read += [path for _, path in files_named_by(command.settings)]
    pictures = [command.output, *_intermediate_outputs(command)]
    if any(same_file(path, other) for path in pictures for other in read):
        raise OutputError(f"{command.output} would overwrite an input; choose another name with -o")
    taken, reports = [*read, *pictures], command.reports
    for what, path in (
        ("trace", reports.trace),
        ("plot", reports.plot),
        ("compare", reports.compare),
        ("checkpoint", command.checkpointing.path),
    ):
        if path and any(same_file(path, other) for other in taken):
            raise OutputError(
                f"{what} {path} would overwrite a picture or another file of this run; "
                "choose another name"
            )
        taken += [path] if path else []
    check_output(command.output, encoding=command.encoding)
    remove_abandoned(command.output.parent)
    if reports.plot:
        check_file(reports.plot, (".png", ".svg", ".html"), option="plot")
    if reports.compare:
        check_file(reports.compare, (".html", ".htm"), option="compare")


def save_intermediate(command: PaintCommand, iterate: Iterate, writer: ResultWriter) -> None:
    """Save the picture so far, if `--save-every` says so.

    Raises
    ------
    OutputError
        The picture can't be written.
    """
    every = command.reports.save_every
    if every and iterate.evaluations % every == 0:
        writer.save(iterate, _intermediate_output(command, iterate.evaluations))


def _intermediate_output(command: PaintCommand, evaluations: int) -> Path:
    output = command.output
    return output.with_name(f"{output.stem}-{evaluations:04d}{output.suffix}")


def _intermediate_outputs(command: PaintCommand) -> list[Path]:
    every = command.reports.save_every
    if not every:
        return []
    counts = range(every, command.settings.evaluations + 1, every)
    return [_intermediate_output(command, count) for count in counts]
