"""Results that exist already: a new one gets another name, replaces them, or is refused."""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from ortstyle.cli.command import PaintCommand
from ortstyle.cli.intermediates import existing_intermediates
from ortstyle.cli.messages import say
from ortstyle.errors import OutputError
from ortstyle.files import writing_errors

_STEM_BYTES = 80  # of each of two, so that a number, suffixes and ".checkpoint.lock" have room


def default_path(content: str, style: str) -> Path:
    """Return the default name of a result, `CONTENT-STYLE.png`, from the stems of two pictures.

    Most file systems take names of 255 bytes; stems that would not leave room are shortened.
    """
    if len(os.fsencode(content + style)) > 2 * _STEM_BYTES:
        content, style = _shortened(content), _shortened(style)
    return Path(f"{content}-{style}.png")


def _shortened(stem: str) -> str:
    while len(os.fsencode(stem)) > _STEM_BYTES:
        stem = stem[:-1]
    return stem


def output_path(given: Path | None, default: Path, *, overwrite: bool | None) -> Path:
    """Return where to write the result, and say so if it is another name than usual.

    Parameters
    ----------
    given
        The path that was asked for, if any. It is taken as it is.
    default
        The path to take otherwise. If there is such a file, the path is numbered.
    overwrite
        Whether files may be replaced, as `--overwrite` says; None if nothing was said.

    Raises
    ------
    OutputError
        The file system refuses the name.
    """
    if given or overwrite:
        return given or default
    with writing_errors(default):
        found = next(path for path in _numbered(default) if not path.exists())
    if found != default:
        say(
            f"{default} exists, so the result goes to {found}; --overwrite would replace the old "
            "one"
        )
    return found


def claim_path(chosen: Path, default: Path) -> Path:
    """Create an empty file for a result with a default name; return its path.

    Parameters
    ----------
    chosen
        The path that `output_path` chose when the run began. Another run may have taken it since.
    default
        The path that is numbered then.

    Raises
    ------
    OSError
        No file can be created.
    """
    for path in chain((chosen,), _numbered(default)):
        with suppress(FileExistsError):
            path.open("xb").close()
            return path
    raise AssertionError  # the numbers do not end


def _numbered(default: Path) -> Iterator[Path]:
    """Yield a default path, then the same with the numbers from 2."""
    yield default
    for number in count(2):
        yield default.with_name(f"{default.stem}-{number}{default.suffix}")


def refuse_existing(command: PaintCommand) -> None:
    """Raise an `OutputError` if a file that a run will write exists, for `--no-overwrite`."""
    reports = command.reports
    paths = [command.output, *existing_intermediates(command)]
    paths += [path for path in (reports.trace, reports.plot, reports.compare) if path]
    for path in paths:
        with writing_errors(path):
            exists = path.exists()
        if exists:
            raise OutputError(
                f"{path} exists, and --no-overwrite keeps it; choose another name, or give "
                "--overwrite"
            )
