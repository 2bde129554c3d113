"""The files that a run writes: checked before the work."""

from ortstyle.cli.command import PaintCommand
from ortstyle.cli.intermediates import existing_intermediates, intermediates_among
from ortstyle.errors import OutputError
from ortstyle.files import check_file, remove_abandoned, same_file
from ortstyle.pictures.write import check_output
from ortstyle.report.trace import TRACE_SUFFIXES
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
    reports = command.reports
    written = [reports.trace, reports.plot, reports.compare, command.checkpointing.path]
    pictures = [command.output, *existing_intermediates(command)]
    pictures += intermediates_among(command, [path.name for path in (*read, *written) if path])
    if any(same_file(path, other) for path in pictures for other in read):
        raise OutputError(f"{command.output} would overwrite an input; choose another name with -o")
    taken = [*read, *pictures]
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
    if reports.trace:
        check_file(reports.trace, TRACE_SUFFIXES, option="trace")
