"""One attempt at a job: reads its inputs, paints, writes checkpoints, and writes the result."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

from ortstyle.errors import CheckpointError
from ortstyle.jobs.control import PAUSE_SECONDS, Control
from ortstyle.jobs.done import hash_of
from ortstyle.jobs.events import Event, Kind, preview_figures, progress_figures
from ortstyle.jobs.job import Job
from ortstyle.jobs.leftovers import remove_leftovers, temporary_name
from ortstyle.jobs.preparation import (
    begin_job,
    check_inputs,
    choose_job_device,
    evaluations_in,
    read_job_checkpoint,
    settle_job,
)
from ortstyle.pictures.write import describe_colors
from ortstyle.report.result_writer import ResultWriter
from ortstyle.run.checkpoint import Checkpoint
from ortstyle.run.checkpoint_files import remove_checkpoint
from ortstyle.run.iterate import Iterate
from ortstyle.run.run import Run
from ortstyle.runtime.cache import Cache
from ortstyle.settings.settings import Settings

_PROGRESS_SECONDS = 0.5  # between two events of progress


class Painting:
    """Paints one job; the caller holds the lock of its checkpoint.

    Parameters
    ----------
    job, checkpoint, tell, control, time_limit, cache, spare
        As in `run_job.run_job`.
    """

    def __init__(
        self,
        job: Job,
        *,
        checkpoint: Path,
        tell: Callable[[Event], None],
        control: Control,
        time_limit: float | None = None,
        cache: Cache | None = None,
        spare: int = 0,
    ) -> None:
        self._job, self._checkpoint, self._control = job, checkpoint, control
        self._tell_event, self._time_limit = tell, time_limit
        self._cache, self._spare = cache, spare
        #: Evaluations that have been made, with those before the job was resumed.
        self.evaluations = 0
        self._resumed_at = self._saved_at = 0  # evaluations
        self._began_at = self._written_at = monotonic()
        self._told_at, self._fault = float("-inf"), ""
        self._earlier = self._paused = 0.0  # seconds

    def paint(self) -> dict[str, Any] | None:
        """Paint the job and write the result.

        Returns
        -------
        dict or None
            The figures of the event "done"; None if the job was stopped.

        Raises
        ------
        OrtStyleError
            An input has changed or is unfit, or the run fails, or the result can't be written. The
            checkpoint stays.
        """
        if self._control.is_stopping:
            return None
        check_inputs(self._job)
        settings = settle_job(self._job)
        stored, fault = read_job_checkpoint(self._job, self._checkpoint)
        if stored is not None:
            try:
                return self._paint(settings, stored)
            except CheckpointError as error:  # of reading, because those of writing are told
                fault = str(error)
            stored.arrays.clear()  # Windows removes no file that is mapped
        remove_leftovers(self._job, checkpoint=self._checkpoint)
        if fault:
            self._notice(f"the job begins anew: {fault.partition('; ')[0]}")
        return self._paint(settings, None)

    def _paint(self, settings: Settings, stored: Checkpoint | None) -> dict[str, Any] | None:
        self.evaluations = self._resumed_at = self._saved_at = evaluations_in(stored)
        lines: list[str] = []
        device = choose_job_device(self._job, stored, lines.append)
        run, writer = begin_job(
            self._job, settings, device, stored=stored, cache=self._cache, spare=self._spare
        )
        with closing(run):
            self._tell(
                "started",
                text="; ".join([*lines, run.summary]),
                evaluations=settings.evaluations,
                done=self._resumed_at,
                device=device.name,
            )
            for notice in (writer.notice(self._job.output), describe_colors(self._job.output)):
                self._notice(notice)
            self._notice(run.take_notice())
            self._written_at = monotonic()
            last = self._iterate(run, settings.evaluations)
            if last is None:
                return None
            self._save_result(run, writer, last)
        figures = {
            "seconds": self._earlier + monotonic() - self._began_at - self._paused,
            "evaluations": last.evaluations,
            "sha256": hash_of(self._job.output),
            "width": last.width,
            "height": last.height,
            "device": device.name,
        }
        remove_checkpoint(self._checkpoint)
        return figures

    def _iterate(self, run: Run, total: int) -> Iterate | None:
        """Paint to the end; return the last iterate, or None if the job was stopped."""
        if self._control.is_stopping:  # while the run was prepared
            return None
        last = None
        for last in run:
            self.evaluations = last.evaluations
            if last.evaluations <= self._resumed_at:
                self._earlier = last.seconds
            is_last = run.between_scales and last.scale[0] + 1 == last.scale[1]
            self._report(last, total, now=is_last)
            if is_last:
                return last
            if self._is_stopped(run, last):
                return None
        return last

    def _report(self, iterate: Iterate, total: int, *, now: bool) -> None:
        """Tell the notice and, if it is time or the last evaluation, the progress."""
        self._notice(iterate.notice)
        if now or monotonic() - self._told_at >= _PROGRESS_SECONDS:
            self._tell("progress", **progress_figures(iterate, total))
            self._told_at = monotonic()

    def _is_stopped(self, run: Run, iterate: Iterate) -> bool:
        """Do between two evaluations what is asked for or due; return whether to stop."""
        control = self._control
        if control.is_paused:
            self._pause(run, iterate)
        stops = control.is_stopping or self._is_over_time()
        self._preview(iterate)
        due = monotonic() - self._written_at >= 60 * self._job.checkpoint_minutes
        if control.take_save() or stops or due:
            self._save(run)
        return stops

    def _is_over_time(self) -> bool:
        if self._time_limit is None or self.evaluations <= self._resumed_at:
            return False
        return monotonic() - self._began_at - self._paused >= self._time_limit

    def _pause(self, run: Run, iterate: Iterate) -> None:
        """Write a checkpoint, and wait until the job is to go on or to stop."""
        self._save(run)
        began_at = monotonic()
        self._tell("paused")
        while self._control.is_paused:
            self._control.take_save()  # there is nothing new to save
            self._preview(iterate)
            self._control.wait(PAUSE_SECONDS)
        self._paused += monotonic() - began_at
        run.pace.skip()
        if not self._control.is_stopping:
            self._tell("continued")

    def _preview(self, iterate: Iterate) -> None:
        if side := self._control.take_preview():
            self._tell("preview", **preview_figures(iterate, side, evaluations=iterate.evaluations))

    def _save(self, run: Run) -> None:
        """Write a checkpoint unless it is there; if that fails, say so, and the last one stays."""
        if self.evaluations != self._saved_at or not self._checkpoint.exists():
            try:
                run.save(self._checkpoint, header={"job": self._job.key})
            except CheckpointError as error:
                fault = str(error).partition("; ")[0]
                self._notice(fault if fault != self._fault else "")
                self._fault = fault
                return
            finally:
                self._written_at = monotonic()
            self._saved_at = self.evaluations
        self._tell("checkpoint", evaluations=self.evaluations)

    def _save_result(self, run: Run, writer: ResultWriter, last: Iterate) -> None:
        """Write the result; if that fails, write a checkpoint, so that nothing is painted again."""
        try:
            writer.save(last, self._job.output, temporary_name=temporary_name(self._job))
        except BaseException:
            self._save(run)
            raise

    def _notice(self, text: str) -> None:
        if text:
            self._tell("notice", text=" ".join(text.split()))

    def _tell(self, kind: Kind, **figures: Any) -> None:
        self._tell_event(Event(kind, self._job.key, figures))
