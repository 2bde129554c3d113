"""What a run says of itself: the progress display, the pictures in it, and the trace."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import Any, Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress import BarColumn, Progress, TextColumn
from rich.segment import ControlType, Segment

from ortstyle.errors import OutputError
from ortstyle.report.thumbnail import Protocol
from ortstyle.run.iterate import Iterate

_PLAIN_SECONDS = 5  # between two lines where there is no terminal
_THUMBNAIL_SECONDS = 4
_THUMBNAIL = 480, 240  # pixels at most
_THUMBNAIL_ROWS = 10


class Display:
    """Shows a run on a console: a live bar on a terminal, plain lines elsewhere.

    Parameters
    ----------
    console
        Where to draw.
    total
        Evaluations to expect.
    quiet
        Show nothing but notices.
    heading
        Lines to begin with.
    """

    def __init__(
        self, console: Console, total: int, *, quiet: bool, heading: Sequence[str] = ()
    ) -> None:
        self._console, self._total, self._quiet = console, total, quiet
        self._heading = () if quiet else heading
        self._next_line = 0.0
        self._bar = Progress(
            TextColumn("{task.fields[picture]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed}/{task.total}"),
            TextColumn("[cyan]{task.fields[figures]}"),
            console=console,
            disable=quiet or not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=total, picture="starting", figures="")

    def __enter__(self) -> Self:
        for line in self._heading:
            self._console.print(line, highlight=False, soft_wrap=True)
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, message: str) -> None:
        """Show a line that a person should read, whatever else is shown."""
        self._console.print(message, style="yellow", highlight=False, soft_wrap=True)

    def update(self, iterate: Iterate) -> None:
        """Show one more evaluation."""
        if iterate.notice:
            self.say(iterate.notice)
        index, count = iterate.scale
        picture = f"scale {index + 1}/{count}, {iterate.width}×{iterate.height}"
        rate = iterate.evaluations / iterate.seconds
        left = timedelta(seconds=round(iterate.seconds_left))
        figures = f"loss {iterate.loss:.4g}, {rate:.2f} iterations/s, {left} left"
        self._bar.update(
            self._task, completed=iterate.evaluations, picture=picture, figures=figures
        )
        if not self._quiet and not self._console.is_terminal and self._due(iterate):
            line = f"{picture}: {iterate.evaluations}/{self._total}, {figures}"
            self._console.print(line, highlight=False, soft_wrap=True)

    def _due(self, iterate: Iterate) -> bool:
        due = perf_counter() >= self._next_line or iterate.evaluations == self._total
        if due:
            self._next_line = perf_counter() + _PLAIN_SECONDS
        return due


class TerminalPreview:
    """Shows the picture so far in the terminal, above the bar, every few seconds in one place.

    Parameters
    ----------
    console
        Where the bar is.
    protocol
        How the terminal takes pictures.
    """

    def __init__(self, console: Console, protocol: Protocol) -> None:
        self._console, self._protocol = console, protocol
        self._next = 0.0
        self._placed = False

    def update(self, iterate: Iterate) -> None:
        """Show the picture, if it is time."""
        if iterate.notice:  # it has come between the place and the bar
            self._placed = False
        if perf_counter() < self._next or self._console.height < _THUMBNAIL_ROWS + 2:
            return
        self._next = perf_counter() + _THUMBNAIL_SECONDS
        if not self._placed:
            self._console.print("\n" * _THUMBNAIL_ROWS, end="")
            self._placed = True
        picture = iterate.image
        picture.thumbnail(_THUMBNAIL)
        shown = self._protocol(picture, _THUMBNAIL_ROWS)
        # Keep the cursor's place, go up, and come back.
        self._console.print(_Escape(f"\x1b7\x1b[{_THUMBNAIL_ROWS}A{shown}\x1b8"), end="")


class _Escape:
    """What a console is to send on as it stands."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # Of which kind doesn't matter: only on an old Windows console does rich look.
        yield Segment(self._text, None, [(ControlType.HOME,)])


class Trace:
    """Writes a run as JSON lines: first what it is, then every evaluation.

    Parameters
    ----------
    path
        The file; it is begun anew.
    run
        What the first line records.
    done
        Evaluations that the run goes on from: the lines of those are kept, where they are there.

    Raises
    ------
    OutputError
        The file can't be written, or what is to be gone on with is no trace.
    """

    def __init__(self, path: Path, run: Mapping[str, Any], *, done: int = 0) -> None:
        self._path = path
        try:
            kept = _length(path, done) if done else 0
            self._file = path.open("a" if kept else "w", encoding="utf-8")
            if kept:
                self._file.truncate(kept)
        except OSError as error:
            raise OutputError(f"trace {path} can't be written: {error.strerror}") from error
        if not kept:
            self._write({"run": dict(run)})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def update(self, iterate: Iterate) -> None:
        """Record one evaluation."""
        self._write(
            {
                "scale": iterate.scale[0],
                "width": iterate.width,
                "height": iterate.height,
                "evaluation": iterate.evaluations,
                "loss": _number(iterate.loss),
                "terms": {name: _number(loss) for name, loss in iterate.terms.items()},
                "seconds": round(iterate.seconds, 4),
            }
        )

    def _write(self, record: Mapping[str, Any]) -> None:
        try:
            self._file.write(json.dumps(record) + "\n")
            self._file.flush()
        except OSError as error:
            raise OutputError(f"trace {self._path}: {error.strerror}") from error


def _length(path: Path, done: int) -> int:
    """Give the bytes of a trace up to an evaluation; 0 where there is none."""
    if not path.exists() or not path.stat().st_size:
        return 0
    length = 0
    with path.open("rb") as file:
        for line in file:
            try:
                record = json.loads(line)
                later = record["evaluation"] > done if length else not record["run"]
            except (ValueError, KeyError, TypeError):
                later = True
            if later or not line.endswith(b"\n"):
                break
            length += len(line)
    if not length:
        raise OutputError(f"trace {path} is not that of the run; move it away")
    return length


def _number(value: float) -> float | None:
    return value if isfinite(value) else None  # JSON has no NaN
