"""The end of a batch: a table of what has become of its jobs, the report and the contact sheet."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL.Image import Image
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ortstyle.errors import OrtStyleError, OutputError
from ortstyle.jobs.batch_plan import identity_of_file
from ortstyle.jobs.batch_queue import BatchQueue
from ortstyle.jobs.batch_report import Fate, JobResult, group_failures
from ortstyle.jobs.planned_job import PlannedJob
from ortstyle.report.contact_grid import Cell
from ortstyle.report.contact_sheet import save_contact_sheet
from ortstyle.report.printable import printable
from ortstyle.video.still import read_still

_WORDS: Mapping[Fate, str] = {"done": "done", "skipped": "done before", "waiting": "not done"}
_STILL = 400  # pixels, of a film's frame on a sheet
_MOST_REASONS = 20  # in the table; the report has all
_MOST_NAMES = 3  # of outputs, for each reason


def check_overwriting(
    planned: Sequence[PlannedJob], *, report: Path, sheet: Path | None, manifest: Path | None
) -> None:
    """Make sure that the report and the contact sheet take the place of nothing else.

    Raises
    ------
    OutputError
        The sheet would overwrite a picture, or the report the manifest.
    """
    if manifest and identity_of_file(manifest) == identity_of_file(report):
        raise OutputError(f"the report would overwrite --manifest {manifest}; rename that file")
    if sheet is None:
        return
    named = {path for one in planned for path in (one.wanted.content, *one.wanted.styles)}
    named |= {file.path for one in planned if one.job for file in one.job.inputs}
    named |= {one.output for one in planned if one.output}
    if identity_of_file(sheet) in map(identity_of_file, named):
        raise OutputError(f"sheet {sheet} would overwrite a picture; choose another name")


def print_table(console: Console, results: Sequence[JobResult], *, report: Path) -> None:
    """Print how many jobs are done, were done before and have failed, and why."""
    table = Table("jobs", "state", "why")
    for state, words in _WORDS.items():
        for why, count in Counter(one.error for one in results if one.state == state).items():
            table.add_row(str(count), words, Text(printable(why)))
    groups = group_failures(results)
    for error, failed in list(groups.items())[:_MOST_REASONS]:
        names = [one.output for one in failed if one.output]
        shown = ", ".join(names[:_MOST_NAMES])
        more = len(names) - _MOST_NAMES
        which = f" ({shown}{f' and {more} more' if more > 0 else ''})" if names else ""
        table.add_row(str(len(failed)), "failed", Text(printable(f"{error}{which}")))
    if (left := len(groups) - _MOST_REASONS) > 0:
        table.add_row("", "failed", Text(printable(f"for {left} other reasons; see {report}")))
    console.print(table)


def save_sheet(path: Path, queue: BatchQueue, results: Sequence[JobResult]) -> str:
    """Save a contact sheet of the results; return in one line what it lacks, usually nothing.

    Raises
    ------
    OutputError
        It can't be written.
    """
    cells: list[Cell] = []
    contents: dict[str, Path | Image] = {}
    styles: dict[str, Path] = {}
    for planned, result in zip(queue.planned, results, strict=True):
        row = (planned.wanted.folder / planned.wanted.content.name).as_posix()
        column = " + ".join(style.name for style in planned.wanted.styles)
        is_film, content = planned.wanted.is_film, planned.wanted.content
        if row not in contents:
            contents[row] = _still(content) if is_film else content
        if len(planned.wanted.styles) == 1:
            styles.setdefault(column, planned.wanted.styles[0])
        is_there = result.state in ("done", "skipped")
        note = {"failed": result.error, "waiting": "not painted"}.get(result.state, "")
        picture: Path | Image | None = planned.output if is_there else None
        if is_film and isinstance(picture, Path):
            picture = _still(picture)
        cells.append(Cell(picture, note=note, row=row, column=column))
    return save_contact_sheet(
        path,
        cells,
        title=f"{len(cells)} pictures in {queue.folder.name}",
        row_pictures=contents,
        column_pictures=styles,
    )


def _still(film: Path) -> Path | Image:
    """Return a frame of a film; the film's path if it has none, of which the sheet says why."""
    try:
        return read_still(film, side=_STILL)
    except OrtStyleError:
        return film
