"""The pictures of `--save-every`: their names, and which files have such a name already."""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from unicodedata import normalize

from ortstyle.cli.command import PaintCommand


def intermediate_path(output: Path, evaluations: int) -> Path:
    """Return the file of the picture that is saved after a number of evaluations.

    It is named after the result's file, `output`.
    """
    return output.with_name(f"{output.stem}-{evaluations:04d}{output.suffix}")


def intermediates_among(command: PaintCommand, names: Iterable[str]) -> list[Path]:
    """List the files of pictures of `--save-every` whose names are, or may be, among some names.

    A run may save a million pictures, so that names are compared with the pattern. Some file
    systems take upper and lower case, or two encodings of an accent, for the same.
    """
    every, last = command.reports.save_every, command.settings.evaluations
    if not every:
        return []
    stem, suffix = (_folded(part) for part in (command.output.stem, command.output.suffix))
    pattern = re.compile(rf"{re.escape(stem)}-([0-9]{{4,12}}){re.escape(suffix)}")
    matches = (pattern.fullmatch(_folded(name)) for name in names)
    numbers = {int(match[1]) for match in matches if match}
    return [
        intermediate_path(command.output, number)
        for number in sorted(numbers)
        if 0 < number <= last and number % every == 0
    ]


def existing_intermediates(command: PaintCommand) -> list[Path]:
    """List the files that are there and that pictures of `--save-every` would replace."""
    if not command.reports.save_every:
        return []
    names: list[str] = []
    with suppress(OSError):  # there is no such folder, which is said elsewhere
        names = os.listdir(command.output.parent)  # noqa: PTH208  as text, of a million files
    found = intermediates_among(command, names)
    return [path for path in found if path.exists() or path.is_symlink()]


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()
