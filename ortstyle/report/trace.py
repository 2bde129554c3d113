"""The trace of a run: a JSON object a line, first the provenance, then each evaluation."""

import json
from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any, Self

from ortstyle.errors import OutputError
from ortstyle.files import check_ordinary, reason_of
from ortstyle.run.iterate import Iterate

#: The suffixes that the file of a trace may have; others belong to files of other programs.
TRACE_SUFFIXES = (".jsonl", ".json", ".txt", ".log")


class TraceWriter:
    """Writes the trace of a run to a file, line by line, so that others can read it as it grows.

    The writer is a context manager, which closes the file. A file without an evaluation is removed.

    Parameters
    ----------
    path
        The file. It is overwritten, unless a run is resumed.
    run
        Provenance of the run, for the first line.
    done
        Number of evaluations that a resumed run made before. Their lines are kept if the file
        exists; later lines are dropped.

    Raises
    ------
    OutputError
        The file can't be written, or the file of a resumed run is not a trace.
    """

    def __init__(self, path: Path, run: Mapping[str, Any], *, done: int = 0) -> None:
        self._path, self._is_broken, self._is_empty = path, False, not done
        check_ordinary(path, option="trace")  # opening a pipe waits for its reader
        try:
            kept = _bytes_up_to(path, done) if done else 0
            # Without a buffer, so that nothing is left to write when the file is closed.
            self._file = path.open("r+b" if kept else "wb", buffering=0)
            self._whole = kept  # bytes up to the end of the last whole line
            if kept:
                self._file.truncate(kept)
                self._file.seek(kept)
        except OSError as error:
            raise OutputError(f"trace {path} can't be written ({reason_of(error)})") from error
        if not kept:
            try:
                self._write({"run": dict(run)})
            except OutputError:
                self.__exit__()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if self._is_empty and self._path.is_file():
            with suppress(OSError):
                self._path.unlink()

    def update(self, iterate: Iterate) -> None:
        """Write the line of one evaluation, unless an earlier one could not be written.

        Raises
        ------
        OutputError
            The file can't be written. It then ends with the last whole line.
        """
        self._is_empty = False
        if self._is_broken:
            return
        self._write(
            {
                "scale": iterate.scale[0],
                "width": iterate.width,
                "height": iterate.height,
                "evaluation": iterate.evaluations,
                "loss": _finite_or_none(iterate.loss),
                "terms": {name: _finite_or_none(loss) for name, loss in iterate.terms.items()},
                "seconds": round(iterate.seconds, 4),
            }
        )

    def _write(self, record: Mapping[str, Any]) -> None:
        try:
            rest = line = memoryview((json.dumps(record) + "\n").encode())
            while rest:
                rest = rest[self._file.write(rest) :]
            self._whole += len(line)
        except OSError as error:
            self._is_broken = True
            with suppress(OSError):
                self._file.truncate(self._whole)
            raise OutputError(
                f"trace {self._path} can't be written any more ({reason_of(error)}); its last "
                "evaluations are missing"
            ) from error


def _bytes_up_to(path: Path, evaluation: int) -> int:
    """Return the length in bytes of a trace up to an evaluation; 0 if there is no trace."""
    if not path.exists() or not path.stat().st_size:
        return 0
    length = 0
    with path.open("rb") as file:
        for line in file:
            try:
                record = json.loads(line)
                is_later = record["evaluation"] > evaluation if length else not record["run"]
            except (ValueError, KeyError, TypeError):
                is_later = True
            if is_later or not line.endswith(b"\n"):
                break
            length += len(line)
    if not length:
        raise OutputError(f"trace {path}: this file is not a trace of a run; move it away")
    return length


def _finite_or_none(value: float) -> float | None:
    """Return None for NaN and infinity, which JSON can't hold."""
    return value if isfinite(value) else None
