"""The live display of a film: a progress bar on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from ortstyle.report.batch_display import format_seconds
from ortstyle.report.printable import printable
from ortstyle.video.film_progress import FilmProgress, Phase

_LINE_SECONDS = 5.0  # between two plain lines, as while a picture is painted
_BAR_WIDTH = 8  # columns that the bar takes at least, with the space beside it
_WORDS: dict[Phase, str] = {
    "reading": "reading the clip",
    "painting": "painting",
    "between": "frames between",
    "writing": "writing the film",
}


class FilmDisplay:
    """Shows the progress of a film on a console.

    The display is a context manager, which shows the progress bar from entering to leaving.

    Parameters
    ----------
    console
        Where to draw. If it is a terminal, a progress bar is shown, which is erased at the end;
        otherwise a plain line is printed every few seconds, one before the first frame is painted,
        and one at the end of each phase.
    quiet
        Show notices only.
    heading
        Lines to print first.
    clock
        The time in seconds.
    """

    def __init__(
        self,
        console: Console,
        *,
        quiet: bool = False,
        heading: Sequence[str] = (),
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._console, self._quiet = console, quiet
        self._heading = () if quiet else heading
        self._clock = clock
        self._next_line = clock()
        self._bar = Progress(
            TextColumn("{task.fields[words]}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[figures]}", style="cyan", markup=False),
            console=console,
            disable=quiet or not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, words="", figures="starting")

    def __enter__(self) -> Self:
        for line in self._heading:
            self._print(line)
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def update(self, progress: FilmProgress) -> None:
        """Show how far the film is."""
        if progress.notice:
            self._print(progress.notice, style="yellow")
        words, layouts = _WORDS[progress.phase], _figures(progress)
        room = self._console.width - _BAR_WIDTH - len(words) - 1
        figures = next((each for each in layouts if len(each) <= room), layouts[-1])
        self._bar.update(
            self._task,
            total=progress.count,
            completed=progress.done,
            words=words,
            figures=figures,
        )
        if not self._quiet and not self._console.is_terminal and self._line_is_due(progress):
            self._print(f"{words}: {layouts[0]}")

    def _line_is_due(self, progress: FilmProgress) -> bool:
        is_last = progress.done == progress.count and progress.phase != "reading"
        is_first = progress.index < 0
        due = is_last or is_first or self._clock() >= self._next_line
        if due:
            self._next_line = self._clock() + _LINE_SECONDS
        return due

    def _print(self, line: str, style: str = "") -> None:
        """Print a line as it is: rich would take brackets in the name of a file for markup."""
        self._console.print(Text(printable(line), style=style), soft_wrap=True)


def _figures(progress: FilmProgress) -> list[str]:
    """Return the figures in words, from the longest form to the shortest."""
    count = "" if progress.count is None else f"/{progress.count}"
    done = f"{progress.done}{count}"
    each, left = progress.seconds_each, progress.seconds_left
    pace = "" if each is None else f", {each:.3g} s a frame"
    rest = "" if left is None else f", {format_seconds(left)} left"
    noun = "frame" if progress.count == 1 else "frames"
    return [f"{done} {noun}{pace}{rest}", f"{done}{pace}{rest}", f"{done}{rest}", done]
