"""The files that a checkpoint names, which may come from a stranger: what `resume` does to them.

It reads files anywhere on this machine if they have the hashes that the checkpoint holds, and
writes only beside the checkpoint, or below, unless the user names the file himself.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from ortstyle.cli.command import PaintCommand
from ortstyle.cli.intermediates import existing_intermediates
from ortstyle.cli.messages import quoted
from ortstyle.errors import CheckpointError, OrtStyleError
from ortstyle.pictures.read import read_embedded_text
from ortstyle.report.trace import TRACE_SUFFIXES
from ortstyle.settings.foreign_paths import check_host
from ortstyle.settings.serialization import files_named_by

_MARKS = (b'{"run": ', b"ortstyle")  # one of which is at the beginning of ortstyle's reports
_BEGINNING = 2000  # bytes of a report in which a mark is


def files_read(command: PaintCommand) -> Iterator[tuple[str, Path]]:
    """Yield the role and path of each file that shapes the result of a command."""
    yield "content", command.content
    for style in command.styles:
        yield "style", style
    yield from files_named_by(command.settings)


def files_written(command: PaintCommand) -> Iterator[tuple[str, Path]]:
    """Yield the option and path of each file that a command writes but the checkpoint."""
    yield "--output", command.output
    reports = command.reports
    for option, path in (
        ("--trace", reports.trace),
        ("--plot", reports.plot),
        ("--compare", reports.compare),
    ):
        if path:
            yield option, path


def describe_files(command: PaintCommand) -> list[str]:
    """Return a line that says what a resumed run reads, and one that says what it writes."""
    read = ", ".join(f"{role} {path}" for role, path in files_read(command))
    written = [f"{option.removeprefix('--')} {path}" for option, path in files_written(command)]
    written.append(f"checkpoint {command.checkpointing.path}")
    every = command.reports.save_every
    if every:
        written.append(f"a picture every {every} evaluations")
    return [f"reads {read}", f"writes {', '.join(written)}"]


def check_hosts(command: PaintCommand, folder: Path, *, checkpoint: Path) -> None:
    """Raise an error if a checkpoint names a file on another machine than its own.

    No path is looked at. `folder` is the folder in which the command was given.

    Raises
    ------
    SettingsError
        A path is on a machine that is neither the checkpoint's nor the current folder's.
    """
    named = [path for _, path in (*files_read(command), *files_written(command))]
    named += [path for path in (folder, command.preset, command.like) if path]
    for path in named:
        check_host(f"checkpoint {checkpoint}", str(path), known=[checkpoint, Path.cwd()])


def check_written(command: PaintCommand, *, checkpoint: Path, named: Collection[str]) -> None:
    """Make sure that a run writes nothing but what the user may expect of its checkpoint.

    Parameters
    ----------
    command
        The command of the run; its paths are relative to the current folder.
    checkpoint
        The checkpoint.
    named
        The options by which the user has named files himself.

    Raises
    ------
    CheckpointError
        A file that the user has not named is neither beside the checkpoint nor below its folder,
        is hidden, or exists and is not one that ortstyle wrote.
    """
    for option, _, why in _unexpected(command, checkpoint):
        if option not in named:
            raise CheckpointError(f"checkpoint {checkpoint} {why}")


def options_to_name(command: PaintCommand, checkpoint: Path) -> str:
    """Return the options by which the user has to name files to `resume`, as he types them."""
    found = {option: path for option, path, _ in _unexpected(command, checkpoint)}
    return "".join(f" {option} {quoted(path)}" for option, path in found.items())


def _unexpected(command: PaintCommand, checkpoint: Path) -> Iterator[tuple[str, Path, str]]:
    """Yield the option and path of each file that only the user himself may name, and why."""
    for option, path in files_written(command):
        advice = f"give {option} {quoted(path)} to"
        others = existing_intermediates(command) if option == "--output" else ()
        for other in (path, *others):  # each may be a link to another folder
            if not _is_below(other, checkpoint) or not _is_harmless(option, other):
                why = f"names {other} to be written, which is not beside it; {advice} write there"
                yield option, path, why
            if _exists(other) and not _is_ours(other, picture=option == "--output"):
                why = f"names {other} to be written, which holds no sign that ortstyle wrote it; "
                yield option, path, f"{why}{advice} replace it"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # the file system refuses the name, which is said when it is written
        return False


def _is_below(path: Path, checkpoint: Path) -> bool:
    """Return whether a file is in the folder of the checkpoint or below, and nowhere hidden."""
    try:
        target = path.resolve()
        inside = target.relative_to(checkpoint.resolve().parent)
        if target.is_symlink():  # since Python 3.13 a circle is no error
            return False
    except (OSError, ValueError, RuntimeError):  # elsewhere, too long, or its links form a circle
        return False
    return not any(part.startswith(".") for part in inside.parts)


def _is_harmless(option: str, path: Path) -> bool:
    """Return whether the name is one of its kind; those of other kinds are checked elsewhere."""
    return option != "--trace" or path.suffix.lower() in TRACE_SUFFIXES


def _is_ours(path: Path, *, picture: bool) -> bool:
    """Return whether ortstyle wrote a file, as far as it tells."""
    if not path.is_file():
        return False
    try:
        if picture:
            return read_embedded_text(path) is not None
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
    except (OSError, OrtStyleError):
        return False
    return any(mark in beginning for mark in _MARKS)
