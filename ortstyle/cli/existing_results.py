"""Results that exist already: a new one gets another name, replaces them, or is refused."""

import re
from itertools import count
from pathlib import Path

from ortstyle.cli.command import PaintCommand
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
    paths = [command.output, *_intermediate(command)]
    paths += [path for path in (reports.trace, reports.plot, reports.compare) if path]
    for path in paths:
        if path.exists():
            raise OutputError(
                f"{path} exists, and --no-overwrite keeps it; choose another name, or give "
                "--overwrite"
            )


def _intermediate(command: PaintCommand) -> list[Path]:
    """List the pictures that are there and that `--save-every` would replace."""
    output, every = command.output, command.reports.save_every
    if not every or not output.parent.is_dir():
        return []
    pattern = re.compile(rf"{re.escape(output.stem)}-(\d{{4,}}){re.escape(output.suffix)}")
    found = ((path, pattern.fullmatch(path.name)) for path in sorted(output.parent.iterdir()))
    numbers = [(path, int(match[1])) for path, match in found if match]
    last = command.settings.evaluations
    return [path for path, number in numbers if number <= last and number % every == 0]
