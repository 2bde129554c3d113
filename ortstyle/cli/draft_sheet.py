"""Carries out a `SheetCommand`: finds the paintings, has the drafts painted, writes the sheet."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

import typer

from ortstyle.cli.command import SheetCommand
from ortstyle.cli.draft_painter import DraftPainter
from ortstyle.cli.interrupts import Interrupts
from ortstyle.cli.messages import say, say_from_signal_handler, show
from ortstyle.errors import OutputError, PictureError, SettingsError
from ortstyle.files import same_file
from ortstyle.jobs.drafts import Draft, DraftFolder, plan_drafts
from ortstyle.jobs.folders import find_pictures
from ortstyle.pictures.header import read_header
from ortstyle.pictures.source_file import is_pipe
from ortstyle.report.batch_display import format_seconds
from ortstyle.report.console import open_console
from ortstyle.report.contact_grid import Cell
from ortstyle.report.contact_sheet import MOST_CELLS, check_contact_sheet, save_contact_sheet
from ortstyle.run.probe import choose_device
from ortstyle.run.settled import settle

_SIDES = (64, 512)  # pixels; the smallest and the largest side of a thumbnail


def make_sheet(command: SheetCommand) -> None:
    """Paint the drafts and write the sheet; drafts that an interrupted sheet has left are taken.

    Raises
    ------
    OrtStyleError
        The content can't be read, there is no painting, all drafts have failed, or the sheet can't
        be written.
    """
    began_at = perf_counter()
    with Interrupts(say_from_signal_handler) as interrupts:
        paintings, has_problems = _find_paintings(command)
        _check(command, paintings)
        lines: list[str] = []
        device = choose_device(command.device, lines.append).name
        with DraftFolder(command.output) as folder:
            drafts = plan_drafts(
                command.content.absolute(),
                paintings,
                command.presets,
                folder=folder.path,
                device=device,
                threads=command.threads,
                memory=command.memory,
            )
            for line in () if command.quiet else (*lines, _describe(command, len(paintings))):
                say(line)
            painter = DraftPainter(
                folder,
                drafts,
                console=open_console(stderr=True),
                is_stopping=lambda: interrupts.received,
                quiet=command.quiet,
            )
            interrupts.begin_painting(lambda: None)
            try:
                painter.paint()
                interrupts.raise_received()
            except (KeyboardInterrupt, SystemExit):
                done = f"{painter.painted} of {len(drafts)} drafts are painted"
                say(f"{done}; the same command paints the others")
                raise
            with interrupts.saving():
                _write(command, painter.drafts, paintings)
                folder.clear()
        interrupts.raise_received()
    if not command.quiet:
        seconds = format_seconds(perf_counter() - began_at)
        show(f"wrote {command.output} ({painter.painted} drafts, {seconds})")
    if has_problems or painter.painted < len(drafts):
        raise typer.Exit(1)


def _find_paintings(command: SheetCommand) -> tuple[dict[str, Path], bool]:
    """Return the paintings by their names on the sheet, and whether some were not found.

    The photograph and an older sheet, which may lie in the same folder, are no paintings.
    """
    found = find_pictures(command.styles, recursive=command.recursive)
    for line in (*found.problems, *found.notices):
        say(line)
    others = (command.content, command.output)
    kept = [
        picture
        for picture in found.pictures
        if str(picture.path) in command.styles
        or not any(same_file(picture.path, other) for other in others)
    ]
    if not kept:
        raise PictureError("there is no painting; name files, or a folder that holds some")
    short = [(picture.folder / picture.path.name).as_posix() for picture in kept]
    named = {
        name if short.count(name) == 1 else str(picture.path): picture.path.absolute()
        for name, picture in zip(short, kept, strict=True)
    }
    return named, bool(found.problems)


def _check(command: SheetCommand, paintings: Mapping[str, Path]) -> None:
    """Find out before the work what would fail: the content, the sheet's file, its size."""
    if is_pipe(command.content):
        raise SettingsError("every draft reads the photograph; save what comes from a pipe first")
    for preset in command.presets.values():
        read_header(command.content, name="content", max_pixels=preset.max_pixels)
    if any(same_file(command.output, path) for path in (command.content, *paintings.values())):
        raise OutputError(f"{command.output} would overwrite an input; choose another name with -o")
    check_contact_sheet(command.output, option="output")
    if (count := len(paintings) * len(command.presets)) > MOST_CELLS:
        raise SettingsError(f"{count} drafts are too many; a sheet holds {MOST_CELLS}")


def _describe(command: SheetCommand, paintings: int) -> str:
    """Return what will be painted, in one line."""
    presets = len(command.presets)
    evaluations = paintings * sum(preset.evaluations for preset in command.presets.values())
    return (
        f"{_counted(paintings * presets, 'draft')} of {_size(command)} pixels: "
        f"{_counted(paintings, 'painting')}, {_counted(presets, 'preset')}; "
        f"{_counted(evaluations, 'evaluation')} in all"
    )


def _write(command: SheetCommand, drafts: Sequence[Draft], paintings: Mapping[str, Path]) -> None:
    """Write the sheet."""
    if all(draft.error for draft in drafts):
        raise PictureError("no draft could be painted; no sheet is written")
    size = _size(command)
    cells = [
        Cell(
            None if draft.error or draft.job is None else draft.job.output,
            note=_without_folder(draft.error, command.content, paintings[draft.painting]),
            row=draft.painting,
            column=draft.preset,
            is_linked=False,  # to a file that will be removed
        )
        for draft in drafts
    ]
    notice = save_contact_sheet(
        command.output,
        cells,
        title=f"{command.content.name}: drafts of {size} pixels",
        side=min(max(size, _SIDES[0]), _SIDES[1]),
        corner=Cell(command.content, command.content.name),
        row_pictures=paintings,
        option="output",
    )
    if notice:
        say(notice)


def _without_folder(text: str, *paths: Path) -> str:
    """Return a text that names files without their folders, as others may see the sheet."""
    for path in paths:
        text = text.replace(str(path.absolute()), path.name)
    return text


def _size(command: SheetCommand) -> int:
    """Return the longest side of a draft in pixels; all presets have the same."""
    (settings, *_) = command.presets.values()
    return settle(settings, command.content).side


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
