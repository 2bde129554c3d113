"""Results that exist already: a new one gets another name, replaces them, or is refused."""

from itertools import count
from pathlib import Path

from ortstyle.cli.command import PaintCommand
from ortstyle.cli.intermediates import existing_intermediates
from ortstyle.cli.messages import say
from ortstyle.errors import OutputError


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
    """
    if given or overwrite or not default.exists():
        return given or default
    numbered = (default.with_name(f"{default.stem}-{n}{default.suffix}") for n in count(2))
    found = next(path for path in numbered if not path.exists())
    say(f"{default} exists, so the result goes to {found}; --overwrite would replace the old one")
    return found


def refuse_existing(command: PaintCommand) -> None:
    """Raise an `OutputError` if a file that a run will write exists, for `--no-overwrite`."""
    reports = command.reports
    paths = [command.output, *existing_intermediates(command)]
    paths += [path for path in (reports.trace, reports.plot, reports.compare) if path]
    for path in paths:
        if path.exists():
            raise OutputError(
                f"{path} exists, and --no-overwrite keeps it; choose another name, or give "
                "--overwrite"
            )
