"""The live display of many runs: a bar for each and for the whole, plain lines elsewhere."""

from collections.abc import Callable
from datetime import timedelta
from threading import RLock
from time import perf_counter
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from ortstyle.report.printable import printable

_LINE_SECONDS = 30.0  # between two plain lines about the whole
_LONGEST = 1e9  # seconds that are shown to be left, thirty years


def format_seconds(seconds: float) -> str:
    """Return a duration as text for people: "0:00:42", "3:05:00", "2 days, 1:00:00"."""
    return str(timedelta(seconds=round(min(max(seconds, 0.0), _LONGEST))))


class BatchDisplay:
    """Shows the progress of a batch on a console; its methods may be called by any thread.

    The display is a context manager, which shows the bars from entering to leaving. On a terminal
    only failures and notices are printed beside the bars; elsewhere a line for each job that
    begins, is done or fails, and one about the whole every half minute.

    Parameters
    ----------
    console
        Where to draw.
    total
        Number of jobs to paint.
    quiet
        Show failures and notices only.
    clock
        The time in seconds.
    """

    def __init__(
        self,
        console: Console,
        total: int,
        *,
        quiet: bool = False,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._console, self._total, self._quiet = console, total, quiet
        self._is_live = console.is_terminal and not quiet
        self._is_plain = not console.is_terminal and not quiet
        self._clock, self._lock = clock, RLock()
        self._next_line = clock() + _LINE_SECONDS
        self._ended = 0
        self._left = ""
        self._tasks: dict[str, TaskID] = {}
        self._bars = Progress(
            TextColumn(
                "{task.description}",
                markup=False,
                table_column=Column(no_wrap=True, overflow="ellipsis", ratio=2),
            ),
            BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=8)),
            TextColumn(
                "{task.fields[figures]}",
                style="cyan",
                markup=False,
                table_column=Column(no_wrap=True),
            ),
            console=console,
            disable=not self._is_live,
            transient=True,
            expand=True,
        )
        self._whole = self._bars.add_task("all", total=1.0, figures="starting")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, key: str, name: str, note: str = "") -> None:
        """Show that a job has begun: its key, its name, and a note such as its device."""
        with self._lock:
            if key not in self._tasks:
                self._tasks[key] = self._bars.add_task(
                    printable(name), total=None, figures="starting"
                )
            self._print_plain(f"started {name}{f' ({note})' if note else ''}")

    def advance(self, key: str, done: int, of: int, *, seconds_left: float | None) -> None:
        """Show how many evaluations of a job are made, and how long it will take."""
        with self._lock:
            if key in self._tasks:
                left = "" if seconds_left is None else f", {format_seconds(seconds_left)} left"
                self._bars.update(
                    self._tasks[key], completed=done, total=of, figures=f"{done}/{of}{left}"
                )

    def show_state(self, key: str, words: str) -> None:
        """Show what a job does instead of being painted, such as "paused"."""
        with self._lock:
            if key in self._tasks:
                self._bars.update(self._tasks[key], figures=words)

    def end(self, key: str, line: str, *, counts: bool = True) -> None:
        """Show that a job is over; one that will be painted later does not count."""
        with self._lock:
            self._ended += counts
            self._remove(key)
            self._print_plain(line)
            self.show_whole()

    def fail(self, key: str, line: str) -> None:
        """Show that a job has failed, even if the display is quiet; an empty line is not shown."""
        with self._lock:
            self._ended += 1
            self._remove(key)
            if line:
                self.show_notice(line, style="red")
            self.show_whole()

    def show_whole(self, share: float | None = None, *, seconds_left: float | None = None) -> None:
        """Show how much of the whole is done, from 0 to 1, and how long the rest will take.

        What isn't given is shown as before.
        """
        with self._lock:
            if seconds_left is not None:
                self._left = f", {format_seconds(seconds_left)} left"
            figures = f"{self._ended}/{self._total} jobs{self._left}"
            self._bars.update(self._whole, completed=share, figures=figures)
            if self._is_plain and self._clock() >= self._next_line:
                self._next_line = self._clock() + _LINE_SECONDS
                self._print(f"{figures}, {len(self._tasks)} running")

    def show_notice(self, message: str, *, style: str = "yellow") -> None:
        """Print a line that a person should read, even if the display is quiet."""
        self._print(message, style=style)

    def _remove(self, key: str) -> None:
        task = self._tasks.pop(key, None)
        if task is not None:
            self._bars.remove_task(task)

    def _print_plain(self, line: str) -> None:
        if self._is_plain:
            self._print(line)

    def _print(self, line: str, *, style: str = "") -> None:
        """Print a line as it is: rich would take brackets in the name of a file for markup."""
        self._console.print(Text(printable(line), style=style), soft_wrap=True)
