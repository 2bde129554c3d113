"""The events of a batch as they come in: shown, printed as JSON, and remembered."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ortstyle.jobs.batch_queue import BatchQueue
from ortstyle.jobs.events import Event
from ortstyle.jobs.row import known_number
from ortstyle.report.batch_display import BatchDisplay


class BatchProgress:
    """Takes the events of the jobs of a batch, one after another.

    Parameters
    ----------
    queue
        The jobs; what becomes of each is written to its results.
    display
        Where to show it.
    estimate
        Called with each event; returns the share of the whole that is done, 0 to 1, and the seconds
        left, or None for what isn't known.
    print_line
        Prints a line of JSON for scripts; None to print none.
    shorten
        Makes a message shorter for people.
    """

    def __init__(
        self,
        queue: BatchQueue,
        display: BatchDisplay,
        *,
        estimate: Callable[[Event], tuple[float | None, float | None]],
        print_line: Callable[[str], None] | None = None,
        shorten: Callable[[str], str] = str,
    ) -> None:
        self._queue, self._display = queue, display
        self._estimate, self._print_line, self._shorten = estimate, print_line, shorten
        self._numbers = {job.key: number for number, job in queue.todo.items()}
        self._said: set[str] = set()  # errors and notices

    def tell_results(self) -> None:
        """Print what has become of the jobs that are not to be painted, and show the failures."""
        for number, result in sorted(self._queue.results.items()):
            job = self._queue.planned[number].job
            key = job.key if job else ""
            if result.state == "skipped":
                self._print(Event("done", key, {"skipped": True}), number)
            elif result.state == "failed":
                self._print(Event("failed", key, {"error": result.error}), number)
                self._say_failure(number, self._shorten(result.error))

    def take(self, event: Event) -> None:
        """Take an event of a job, or of none."""
        number = self._numbers.get(event.job)
        self._print(event, number)
        share, left = self._estimate(event)
        if number is not None:
            self._show(event, number)
        elif event.kind == "notice":
            self._display.show_notice(_text(event.figures, "text"))
        self._display.show_whole(share, seconds_left=left)

    def _show(self, event: Event, number: int) -> None:
        figures, display, name = event.figures, self._display, self._queue.name_of(number)
        if event.kind == "started":
            display.begin(event.job, name, _text(figures, "device"))
        elif event.kind == "progress":
            done, of = (_number(figures, key) or 0 for key in ("evaluations", "of"))
            left = _number(figures, "seconds_left")
            display.advance(event.job, int(done), int(of), seconds_left=left)
        elif event.kind == "paused":
            display.show_state(event.job, "paused")
        elif event.kind == "notice":
            text = _text(figures, "text")
            if text not in self._said:
                self._said.add(text)
                display.show_notice(f"{name}: {self._shorten(text)}")
        elif event.kind == "done":
            seconds = _number(figures, "seconds")
            self._queue.results[number] = (
                self._queue.result(number, "skipped")
                if figures.get("skipped")
                else self._queue.result(number, "done", seconds=seconds)
            )
            display.end(event.job, f"done {name}")
        elif event.kind == "stopped":
            display.end(event.job, f"stopped {name}", counts=False)
        elif event.kind == "failed":
            error = self._shorten(_text(figures, "error"))
            self._queue.results[number] = self._queue.result(number, "failed", error=error)
            display.fail(event.job, self._failure(name, error))

    def _say_failure(self, number: int, error: str) -> None:
        if line := self._failure(self._queue.name_of(number), error):
            self._display.show_notice(line, style="red")

    def _failure(self, name: str, error: str) -> str:
        """Return the line about a failure; empty if the same has been said of another job."""
        if error in self._said:
            return ""
        self._said.add(error)
        return f"failed {name}: {error}" if name else f"failed: {error}"

    def _print(self, event: Event, number: int | None) -> None:
        """Print an event for scripts, with the output and the content of the job."""
        if self._print_line is None:
            return
        if number is not None and event.kind in ("started", "done", "failed", "stopped"):
            result = self._queue.result(number, "waiting")
            named = {"output": result.output, "content": result.content}
            event = replace(event, figures={**event.figures, **named})
        self._print_line(event.to_line())


def _number(figures: Mapping[str, Any], name: str) -> float | None:
    return known_number(figures.get(name))


def _text(figures: Mapping[str, Any], name: str) -> str:
    value = figures.get(name)
    return value if isinstance(value, str) else ""
