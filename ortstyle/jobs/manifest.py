"""Manifests: files that list the jobs of a batch, one a row, as CSV or as lines of JSON.

A manifest may come from a stranger. Its rows name pictures to read and values of settings; they
can't name a file to write outside of the folder of the results, and no file on another machine.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Any

from ortstyle.errors import JobError, SettingsError
from ortstyle.files import reason_of
from ortstyle.jobs.manifest_values import COLUMNS, column_of, value_from_json, value_from_text
from ortstyle.jobs.naming import read_output
from ortstyle.settings.conversion import shown
from ortstyle.settings.foreign_paths import check_host
from ortstyle.special_files import can_name, special_kind

MAX_ROWS = 100_000
MAX_LINE_BYTES = 1_000_000
SUFFIXES = (".csv", ".jsonl")
_SEPARATOR = "|"  # between several styles of one picture


@dataclass(frozen=True, kw_only=True)
class ManifestRow:
    """A row of a manifest: a picture to paint.

    Attributes
    ----------
    line
        Number of the line, from 1.
    content
        The photograph.
    styles
        The paintings; empty for those that the command line names.
    output
        Path of the result, relative to the folder of the results; None for a name of the pattern.
    preset
        Name of a preset; empty for that of the command line.
    values
        Settings and encoding options by name, which override those of the command line.
    error
        What is wrong with the row, on one line; empty for nothing. Other attributes may be empty
        then.
    """

    line: int
    content: Path = field(default_factory=Path)
    styles: tuple[Path, ...] = ()
    output: PurePosixPath | None = None
    preset: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


def read_manifest(path: Path) -> Iterator[ManifestRow]:
    """Yield the rows of a manifest, lazily; a row that is wrong has an error.

    Paths in it are relative to its folder.

    Raises
    ------
    SettingsError
        A column has an unknown name, or the suffix is none of `SUFFIXES`.
    JobError
        The file can't be read, is not UTF-8 text, or has too many rows or too long lines.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise SettingsError(f"--manifest {path} must end in {' or '.join(SUFFIXES)}")
    if kind := special_kind(path):
        raise JobError(f"manifest {path} is {kind}; save it as a file first")
    read = _read_csv if suffix == ".csv" else _read_json_lines
    count = 0
    with _reading_errors(path), path.open("rb") as file:
        for line, cells in read(_Lines(file, path), path):
            count += 1
            if count > MAX_ROWS:
                raise JobError(f"manifest {path} has more than {MAX_ROWS:,} rows; split it")
            yield _row(line, cells, path.parent)
    if not count:
        raise JobError(f"manifest {path} has no rows; write one for each picture to paint")


class _Lines:
    """Iterates over the lines of a file as text, and counts them."""

    def __init__(self, file: BufferedReader, path: Path) -> None:
        self._file, self._path = file, path
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        while data := self._file.readline(MAX_LINE_BYTES + 1):
            self.number += 1
            where = f"manifest {self._path}, line {self.number}"
            if len(data) > MAX_LINE_BYTES:
                raise JobError(f"{where} has more than 1 MB; write a row a line")
            try:
                yield data.decode("utf-8-sig" if self.number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise JobError(f"{where} is not UTF-8 text; save the file as UTF-8") from error


#: The values of a row, as JSON or CSV has them, by the name of the column; or what is wrong.
_Cells = Mapping[str, Any] | str


def _read_csv(lines: _Lines, path: Path) -> Iterator[tuple[int, _Cells]]:
    """Yield the number and the cells of each row after the header."""
    numbered = iter(lines)
    header = next((line for line in numbered if line.strip()), "")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    columns = _columns(next(csv.reader([header], delimiter=delimiter, strict=True), []), path)
    rows = csv.reader(numbered, delimiter=delimiter, strict=True)
    while True:
        first = lines.number + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield first, f"it is no row of CSV ({reason_of(error)})"
            continue
        if any(cell.strip() for cell in cells):
            yield first, _named(columns, cells)


def _columns(header: Sequence[str], path: Path) -> list[str]:
    """Return the names of the columns of a CSV file."""
    where = f"manifest {path}: column"
    columns = [column_of(name, label=where) for name in header]
    for name in columns:
        if columns.count(name) > 1:
            raise SettingsError(f"{where} {name} is there twice; remove one")
    if "content" not in columns:
        raise SettingsError(
            f"manifest {path}: the first row must name the columns, among them content"
        )
    return columns


def _named(columns: Sequence[str], cells: Sequence[str]) -> _Cells:
    if len(cells) > len(columns):
        return f"it has {len(cells)} values for {len(columns)} columns; put quotes around commas"
    named = zip(columns, cells, strict=False)  # spreadsheets may leave out empty cells at the end
    return {name: cell.strip() for name, cell in named if cell.strip()}


def _read_json_lines(lines: _Lines, path: Path) -> Iterator[tuple[int, _Cells]]:
    """Yield the number and the values of each line that is not empty."""
    del path  # all readers have the same signature
    for text in lines:
        if text.strip():
            yield lines.number, _json_object(text)


def _json_object(text: str) -> _Cells:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a name is there twice")
        return found

    try:
        data = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        return f"it is no JSON ({reason_of(error)})"
    if not isinstance(data, dict):
        return 'it is no JSON object; write {"content": …}'
    try:
        named = [(column_of(name, label="the name"), value) for name, value in data.items()]
        return unique([(name, value) for name, value in named if value is not None])
    except ValueError as error:  # a SettingsError is one
        return str(error)


def _row(line: int, cells: _Cells, folder: Path) -> ManifestRow:
    """Return a row with its values checked."""
    if isinstance(cells, str):
        return ManifestRow(line=line, error=cells)
    content, output = Path(), None
    try:
        content = _path(cells.get("content", ""), folder, column="content")
        styles = _styles(cells.get("style", ""), folder)
        if "output" in cells:
            output = read_output(_text(cells["output"], "output"), label="output")
        preset = _text(cells["preset"], "preset") if "preset" in cells else ""
        values = {
            name: value_from_text(name, value, folder)
            if isinstance(value, str)
            else value_from_json(name, value)
            for name, value in cells.items()
            if name not in COLUMNS
        }
    except SettingsError as error:
        return ManifestRow(line=line, content=content, error=str(error))
    return ManifestRow(
        line=line, content=content, styles=styles, output=output, preset=preset, values=values
    )


def _styles(value: Any, folder: Path) -> tuple[Path, ...]:
    r"""Return the styles of a row: one, several in a list, or several as ``a.jpg|b.jpg``."""
    if isinstance(value, list):
        return tuple(_path(each, folder, column="style") for each in value)
    if not value:
        return ()
    if _SEPARATOR in _text(value, "style"):
        with suppress(OSError, SettingsError):  # a name may have the sign
            if (whole := _path(value, folder, column="style")).exists():
                return (whole,)
        parts = [part.strip() for part in value.split(_SEPARATOR)]
        return tuple(_path(part, folder, column="style") for part in parts)
    return (_path(value, folder, column="style"),)


def _path(value: Any, folder: Path, *, column: str) -> Path:
    text = _text(value, column)
    if not text:
        raise SettingsError(f"{column} is missing; name a picture")
    check_host(column, text, known=[folder, Path.cwd()])
    if not can_name(text):
        raise SettingsError(f"{column} {shown(text)} can't be the name of a file")
    return folder / text


def _text(value: Any, column: str) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{column} must be text, not {shown(value)}")
    return value


@contextmanager
def _reading_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, csv.Error) as error:
        if isinstance(error, SettingsError):
            raise
        raise JobError(f"manifest {path} can't be read ({reason_of(error)})") from error
