"""Standard input and output, and pipes, as pictures of a run; they can be read and written once."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import typer

from ortstyle.cli.command import PaintCommand
from ortstyle.cli.existing_results import claim_path
from ortstyle.cli.messages import say
from ortstyle.errors import OutputError, SettingsError
from ortstyle.files import reason_of
from ortstyle.pictures.source_file import STANDARD_INPUT, is_pipe

STANDARD_OUTPUT = Path("-")
"""The output that stands for standard output; a file of this name is ``./-``."""

_NAMES = {STANDARD_INPUT: "stdin"}
_ALIASES = {"/dev/stdin": STANDARD_INPUT, "/dev/fd/0": STANDARD_INPUT}


def stem_of(path: Path) -> str:
    """Return the name of a picture without its suffix, for the default name of a result."""
    return _NAMES.get(str(path), path.stem)


def reads_pipe(command: PaintCommand) -> bool:
    """Tell whether a run reads a picture that can't be read again."""
    return any(map(is_pipe, (command.content, *command.styles)))


def check_pipes(command: PaintCommand) -> None:
    """Make sure that nothing is read twice from a pipe, and that nothing else needs a file.

    Raises
    ------
    SettingsError
        An option needs a file, or two pictures are one pipe.
    """
    reports, checkpoint = command.reports, command.checkpointing.path
    pipes = [path for path in (command.content, *command.styles) if is_pipe(path)]
    names = [_ALIASES.get(str(path), str(path)) for path in pipes]
    for name in names:
        if names.count(name) > 1:
            shown = "standard input" if name == STANDARD_INPUT else name
            raise SettingsError(f"{shown} is given twice and can be read once; name a file")
    if pipes and (reports.compare or checkpoint):
        option = "--compare" if reports.compare else "--checkpoint"
        raise SettingsError(f"{option} reads the pictures again; save what comes from a pipe first")
    if command.to_standard_output and (reports.save_every or checkpoint):
        option = "--save-every" if reports.save_every else "--checkpoint"
        raise SettingsError(f"{option} writes beside the result; name a file with -o instead of -")


@contextmanager
def result_file(output: Path, default: Path) -> Iterator[Path]:
    """Yield where to write the result; one for standard output is copied there in the end.

    Parameters
    ----------
    output
        The path that was asked for; `STANDARD_OUTPUT` for standard output.
    default
        The path to save the result at if standard output takes nothing any more.

    Raises
    ------
    SettingsError
        Standard output is a terminal, or closed.
    OutputError
        There is no folder for temporary files.
    typer.Exit
        Standard output does not take the result, which is saved elsewhere, as is said.
    """
    if output != STANDARD_OUTPUT:
        yield output
        return
    if sys.stdout is None or getattr(sys.stdout, "is_missing", False):
        raise SettingsError("-o -: standard output is closed; redirect it, or name a file")
    if sys.stdout.isatty():
        raise SettingsError("-o -: standard output is a terminal; redirect it, or name a file")
    with _temporary_folder() as folder:
        path = Path(folder, "result.png")
        try:
            yield path
        except BaseException:
            _copy_to_standard_output(path, default)
            raise
        if not _copy_to_standard_output(path, default):
            raise typer.Exit(1)


def _temporary_folder() -> TemporaryDirectory[str]:
    try:
        return TemporaryDirectory(prefix="ortstyle-", ignore_cleanup_errors=True)
    except OSError as error:
        raise OutputError(
            f"-o -: there is no folder for temporary files ({reason_of(error)}); set TMPDIR to "
            "one, or name a file"
        ) from error


def _copy_to_standard_output(path: Path, default: Path) -> bool:
    """Copy a result to standard output, or save it elsewhere and say so; return whether it went."""
    if not path.exists():  # the run had not begun
        return True
    try:
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.flush()
    except OSError as error:
        place = _save_elsewhere(path, default)
        told = f"the result is saved as {place}" if place else "nor does any folder take the result"
        say(f"standard output takes nothing ({reason_of(error)}); {told}")
        return False
    return True


def _save_elsewhere(path: Path, default: Path) -> Path | None:
    """Copy a result to the first folder that takes it; return where, or None."""
    for folder in (Path, Path.home, lambda: Path(gettempdir())):
        with suppress(OSError, RuntimeError):  # there is no such folder
            wanted = folder() / default
            place = claim_path(wanted, wanted)
            try:
                shutil.copyfile(path, place)
            except OSError:
                place.unlink()
                raise
            return place
    return None
