"""The jobs that a `BatchCommand` stands for: its names are looked up, and its manifest is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from ortstyle.cli.batch_command import BatchCommand
from ortstyle.cli.messages import say
from ortstyle.errors import OutputError
from ortstyle.files import follow_links, reason_of
from ortstyle.jobs.batch_plan import BatchPlanner
from ortstyle.jobs.batch_wanted import every_pair, rows_of, without_results
from ortstyle.jobs.folders import FoundPictures, find_pictures, is_folder
from ortstyle.jobs.planned_job import PlannedJob, Wanted
from ortstyle.pictures.file_kinds import PICTURE_SUFFIXES


def find_jobs(command: BatchCommand, console: Console) -> tuple[list[PlannedJob], list[str]]:
    """Return the jobs of a batch, and a line for each name that stands for nothing.

    Raises
    ------
    OrtStyleError
        The folder of the results is a file, the contact sheet lies among the pictures, the manifest
        can't be used, or an option that all jobs share is wrong.
    """
    _check_folder(command.folder)
    if command.sheet:
        _check_sheet(command.sheet, command)
    with _waiting(console, quiet=command.quiet):
        wanted, problems, searched = _find(command)
        planner = BatchPlanner(
            folder=command.folder,
            pattern=command.pattern,
            preset=command.preset,
            values=command.values,
            encoding=command.encoding,
            films=command.films,
            job_options={
                "device": command.devices[0],
                "threads": command.threads,
                "memory": command.memory,
                "checkpoint_minutes": command.checkpoint_minutes,
            },
            searched=searched,
        )
        planner.check()
        return planner.plan(wanted), problems


def _check_folder(folder: Path) -> None:
    """Raise an `OutputError` if a path can't be that of the folder of the results."""
    try:
        Path.cwd()
    except OSError as error:
        raise OutputError("the current folder has been removed; leave it") from error
    try:
        is_file = folder.exists() and not folder.is_dir()
    except OSError as error:  # the name is too long
        raise OutputError(f"-o {folder} can't be a folder ({reason_of(error)})") from error
    if is_file:
        raise OutputError(f"-o {folder} is a file; name a folder for the results")


def _check_sheet(sheet: Path, command: BatchCommand) -> None:
    """Raise an `OutputError` if a contact sheet would be taken for a picture the next time."""
    place, results = follow_links(sheet).parent, follow_links(command.folder)
    if sheet.suffix.lower() not in PICTURE_SUFFIXES or place.is_relative_to(results):
        return
    for name in (*command.contents, *command.styles):
        folder = follow_links(Path(name))
        is_below = command.recursive and place.is_relative_to(folder)
        if is_folder(folder) and (is_below or place == folder):
            raise OutputError(
                f"sheet {sheet} lies among the pictures of {name}, and would be taken for one; "
                "choose another folder"
            )


def _find(command: BatchCommand) -> tuple[list[Wanted], list[str], list[Path]]:
    """Return what to paint, what is wrong with names, and the folders that were searched."""
    recursive, folder, contents = command.recursive, command.folder, FoundPictures()
    styles = find_pictures(command.styles, recursive=recursive, results=folder)
    if command.manifest is None:
        contents = find_pictures(command.contents, recursive=recursive, results=folder, films=True)
        new = without_results(contents.pictures, folder)
        if left_out := len(contents.pictures) - len(new):
            say(f"{left_out} of the contents are results of this folder; left out")
        wanted = every_pair(new, styles.pictures)
    else:
        wanted = rows_of(command.manifest, styles.pictures)
    for notice in (*contents.notices, *styles.notices):
        say(notice)
    problems = [*contents.problems, *styles.problems]
    return wanted, problems, [*contents.roots, *styles.roots]


@contextmanager
def _waiting(console: Console, *, quiet: bool) -> Iterator[None]:
    """Tell on a terminal that the pictures are being looked at."""
    if quiet or not console.is_terminal:
        yield
        return
    with console.status("reading the pictures", spinner="line"):
        yield
