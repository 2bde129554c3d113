"""The live display of a run: a progress bar on a terminal, plain lines elsewhere."""

from collections.abc import Sequence
from datetime import timedelta
from time import perf_counter
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from ortstyle.report.printable import printable
from ortstyle.run.iterate import Iterate

_LINE_SECONDS = 5  # between two plain lines
_LONGEST = 1e9  # seconds that are shown to be left, thirty years
_BAR_WIDTH = 8  # columns that the bar takes at least, with the space beside it


class Display:
    """Shows the progress of a run on a console.

    The display is a context manager, which shows the progress bar from entering to leaving.

    Parameters
    ----------
    console
        Where to draw. If it is a terminal, a progress bar is shown, which is erased at the end;
        otherwise a plain line is printed every few seconds.
    total_evaluations
        Number of evaluations that the run will make.
    quiet
        Show notices only.
    heading
        Lines to print first.
    notice
        A line that a person should read before the run, printed even if the display is quiet.
    """

    def __init__(
        self,
        console: Console,
        total_evaluations: int,
        *,
        quiet: bool,
        heading: Sequence[str] = (),
        notice: str = "",
    ) -> None:
        self._console, self._total, self._quiet = console, total_evaluations, quiet
        self._heading = () if quiet else heading
        self._notice = notice
        self._next_line = 0.0  # when the next plain line is due, on the clock of `perf_counter`
        self._bar = Progress(
            TextColumn("{task.fields[picture]}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[figures]}", style="cyan", markup=False),
            console=console,
            disable=quiet or not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=self._total, picture="", figures="starting")

    def __enter__(self) -> Self:
        for line in self._heading:
            self._print(line)
        if self._notice:
            self.show_notice(self._notice)
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show_notice(self, message: str) -> None:
        """Print a line that a person should read, even if the display is quiet."""
        self._print(message, style="yellow")

    def update(self, iterate: Iterate) -> None:
        """Show one more evaluation."""
        if iterate.notice:
            self.show_notice(iterate.notice)
        index, count = iterate.scale
        picture = f"scale {index + 1}/{count}, {iterate.width}×{iterate.height}"
        done, loss = f"{iterate.evaluations}/{self._total}", f"loss {iterate.loss:.4g}"
        rate = f"{iterate.evaluations / iterate.seconds:.2f} evaluations/s"
        left = f"{timedelta(seconds=round(min(iterate.seconds_left, _LONGEST)))} left"
        room = self._console.width - _BAR_WIDTH
        layouts = [
            (picture, f"{done}, {loss}, {rate}, {left}"),
            (picture, f"{done}, {loss}, {left}"),
            (f"{iterate.width}×{iterate.height}", f"{done}, {left}"),
            ("", f"{done}, {left}"),
        ]
        fitting = [layout for layout in layouts if len(" ".join(layout)) <= room]
        shown, figures = fitting[0] if fitting else layouts[-1]
        self._bar.update(self._task, completed=iterate.evaluations, picture=shown, figures=figures)
        if not self._quiet and not self._console.is_terminal and self._line_is_due(iterate):
            self._print(": ".join(layouts[0]))

    def _print(self, line: str, style: str = "") -> None:
        """Print a line as it is: rich would take brackets in the name of a file for markup."""
        self._console.print(Text(printable(line), style=style), soft_wrap=True)

    def _line_is_due(self, iterate: Iterate) -> bool:
        due = perf_counter() >= self._next_line or iterate.evaluations == self._total
        if due:
            self._next_line = perf_counter() + _LINE_SECONDS
        return due
