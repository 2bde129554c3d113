"""Paints the drafts of a sheet one after another, and shows how far they are."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

from rich.console import Console

from ortstyle.jobs.control import Control
from ortstyle.jobs.drafts import Draft, DraftFolder
from ortstyle.jobs.events import Event
from ortstyle.jobs.run_job import Outcome, run_job
from ortstyle.report.batch_display import BatchDisplay, format_seconds
from ortstyle.runtime.cache import Cache

_ESTIMATE_SHARE = 0.2  # of the first draft, from which the time of all is estimated


class DraftPainter:
    """Paints drafts, except those that were painted before.

    Parameters
    ----------
    folder
        Where the drafts and their checkpoints lie.
    drafts
        The drafts in the order in which they are painted.
    console
        Where to show the progress.
    is_stopping
        Returns whether the user wants to stop.
    quiet
        Whether to show only failures and notices.
    """

    def __init__(
        self,
        folder: DraftFolder,
        drafts: Sequence[Draft],
        *,
        console: Console,
        is_stopping: Callable[[], bool],
        quiet: bool = False,
    ) -> None:
        self._folder, self._is_stopping = folder, is_stopping
        self._display = BatchDisplay(console, len(drafts), quiet=quiet)
        self._speed = _Speed(sum(draft.work for draft in drafts))
        self._said: set[str] = set()
        self._is_estimated = quiet
        #: The drafts; one that has failed has its error.
        self.drafts = list(drafts)
        #: Number of drafts that are painted.
        self.painted = 0

    def paint(self) -> None:
        """Paint until all drafts are done, or the user wants to stop."""
        with self._display, Cache() as cache:
            for index, draft in enumerate(self.drafts):
                if self._is_stopping():
                    break
                if draft.job is None:
                    self._fail(draft, draft.error)
                else:
                    self.drafts[index] = self._paint(draft, cache)

    def _paint(self, draft: Draft, cache: Cache) -> Draft:
        """Paint a draft; return it, with its error if it fails."""
        assert draft.job is not None  # noqa: S101  the caller has looked
        control, last = Control(), Event("stopped")

        def tell(event: Event) -> None:
            nonlocal last
            last = event
            if self._is_stopping():
                control.stop()
            self._show(draft, event.kind, event.figures)

        checkpoint = self._folder.checkpoint(draft.job)
        outcome = run_job(draft.job, checkpoint=checkpoint, tell=tell, control=control, cache=cache)
        if outcome is Outcome.FAILED:
            error = str(last.figures["error"])
            self._fail(draft, error)
            return replace(draft, error=error)
        if outcome is not Outcome.STOPPED:
            self.painted += 1
            seconds = format_seconds(last.figures["seconds"])
            is_old = outcome is Outcome.SKIPPED
            self._speed.end(draft.work, counts=not is_old)
            how = "was painted before" if is_old else f"painted in {seconds}"
            self._display.end(draft.name, f"{draft.name}: {how}")
            self._show_whole()
        return draft

    def _show(self, draft: Draft, kind: str, figures: Any) -> None:
        """Show an event of a draft."""
        if kind == "started":
            self._display.begin(draft.name, draft.name)
        elif kind == "notice":
            self._say_once(f"{draft.name}: {figures['text']}", figures["text"])
        elif kind == "progress":
            done, of = figures["evaluations"], figures["of"]
            self._display.advance(draft.name, done, of, seconds_left=figures["seconds_left"])
            self._speed.advance(draft.work, done / of, seconds_left=figures["seconds_left"])
            self._show_whole()

    def _show_whole(self) -> None:
        left = self._speed.seconds_left()
        self._display.show_whole(self._speed.share, seconds_left=left)
        if left is not None and not self._is_estimated:
            self._is_estimated = True
            self._display.show_notice(f"about {format_seconds(left)} for all drafts", style="")

    def _fail(self, draft: Draft, error: str) -> None:
        self._speed.end(draft.work, counts=False)
        said = error in self._said
        self._said.add(error)  # one painting can be the fault of several drafts
        self._display.fail(draft.name, "" if said else f"{draft.name}: {error}")

    def _say_once(self, line: str, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._display.show_notice(line)


class _Speed:
    """Estimates the time that is left from the work that was done so far.

    Parameters
    ----------
    total
        The work of all drafts.
    clock
        The time in seconds.
    """

    def __init__(self, total: float, *, clock: Callable[[], float] = perf_counter) -> None:
        self._total, self._clock, self._began_at = total, clock, clock()
        self._over = self._painted = 0.0  # work of drafts that are over, and of those painted here
        self._work = self._share = self._seconds = 0.0  # of the draft that is being painted

    @property
    def share(self) -> float:
        """How much of the work is done, from 0 to 1."""
        done = self._over + self._work * self._share
        return min(1.0, done / self._total) if self._total else 1.0

    def advance(self, work: float, share: float, *, seconds_left: float) -> None:
        """Note the work of the current draft, the share that is done, and the time of the rest."""
        self._work, self._share, self._seconds = work, share, seconds_left

    def end(self, work: float, *, counts: bool) -> None:
        """Note that a draft is over; one that was not painted says nothing about the speed."""
        self._over += work
        self._painted += work if counts else 0.0
        self._work = self._share = self._seconds = 0.0

    def seconds_left(self) -> float | None:
        """Return the seconds that are left; None if too little was done to tell."""
        known = self._painted + self._work
        if not known or (not self._painted and self._share < _ESTIMATE_SHARE):
            return None
        each = (self._clock() - self._began_at + self._seconds) / known
        return self._seconds + each * max(0.0, self._total - self._over - self._work)
