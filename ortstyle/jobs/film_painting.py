"""One attempt at the job of a film: paints it frame by frame, obeys what is asked, writes it."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from time import monotonic
from typing import Any

from ortstyle.errors import (
    CheckpointError,
    CheckpointInUseError,
    DamagedFrameError,
    FilmError,
)
from ortstyle.jobs.control import PAUSE_SECONDS, Control
from ortstyle.jobs.done import hash_of
from ortstyle.jobs.events import Event, Kind, preview_figures
from ortstyle.jobs.film_events import FilmShare, film_figures
from ortstyle.jobs.film_frames import (
    device_of,
    frames_of,
    read_film_seconds,
    write_film_checkpoint,
)
from ortstyle.jobs.film_preparation import film_order, make_output_folder
from ortstyle.jobs.job import Job
from ortstyle.jobs.leftovers import remove_leftovers
from ortstyle.jobs.preparation import check_inputs, device_for, memory_for
from ortstyle.run.iterate import Iterate
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.devices import Device
from ortstyle.video.film import Film, stylize_film
from ortstyle.video.film_progress import FilmProgress

_PROGRESS_SECONDS = 0.5  # between two events of progress
_SAVE_SECONDS = 10.0  # between two checkpoints at most: frames are kept anyway
_MOST_DAMAGES = 3  # frames that are made anew, because they are damaged, before the film fails


class _StopError(Exception):
    """The job is to stop."""


class FilmPainting:
    """Paints one film; the caller holds the lock of its checkpoint.

    Parameters
    ----------
    job, checkpoint, tell, control, cache, spare
        As in `run_job.run_job`.
    """

    def __init__(
        self,
        job: Job,
        *,
        checkpoint: Path,
        tell: Callable[[Event], None],
        control: Control,
        cache: Cache | None = None,
        spare: int = 0,
    ) -> None:
        self._job, self._checkpoint, self._control = job, checkpoint, control
        self._tell_event, self._cache, self._spare = tell, cache, spare
        self._share, self._size = FilmShare(None), (0, 0)
        self._progress: FilmProgress | None = None
        self._shown: FilmProgress | Iterate | None = None  # what a preview shows
        self._iterate: Iterate | None = None
        self._began_at = self._saved_at = self._followed_at = monotonic()
        self._told_at, self._earlier, self._paused = float("-inf"), 0.0, 0.0  # seconds
        self._reading_each, self._fault, self._is_begun = 0.0, "", False

    @property
    def evaluations(self) -> int:
        """Evaluations that stand for the share of the film whose frames are kept."""
        return self._share.kept_evaluations

    def paint(self) -> dict[str, Any] | None:
        """Paint the film and write it.

        Returns
        -------
        dict or None
            The figures of the event "done"; None if the job was stopped.

        Raises
        ------
        OrtStyleError
            An input has changed or is unfit, or a frame can't be painted, or the film can't be
            written. The frames stay.
        """
        if self._control.is_stopping:
            return None
        check_inputs(self._job)
        make_output_folder(self._job)
        former = self._enter()
        with nullcontext() if self._cache is None else self._cache.holding_devices():
            return self._paint_anew(former)

    def _paint_anew(self, former: str | None) -> dict[str, Any] | None:
        """Paint the film, again where a frame is damaged."""
        damages = 0
        while True:
            try:
                return self._paint(former)
            except _StopError:
                return None
            except DamagedFrameError as error:  # which is made anew
                damages += 1
                if damages > _MOST_DAMAGES:
                    raise
                self._notice(f"{error}; it is made anew")

    def _enter(self) -> str | None:
        """Return the device on which the film was begun; None if it has to begin."""
        frames, former, fault = frames_of(self._checkpoint), None, ""
        earlier = read_film_seconds(self._checkpoint, self._job)
        try:
            former = device_of(frames)
        except FilmError as error:
            if isinstance(error.__cause__, CheckpointInUseError):
                raise
            fault = str(error)
        if earlier is None or fault:
            remove_leftovers(self._job, checkpoint=self._checkpoint)
            former = None
        if fault:
            self._notice(f"the film begins anew: {fault.partition('; ')[0]}")
        self._earlier = earlier if former and earlier else 0.0
        write_film_checkpoint(self._checkpoint, self._job, seconds=self._earlier)
        return former

    def _paint(self, former: str | None) -> dict[str, Any]:
        lines: list[str] = []
        device = device_for(self._job, former, lines.append)
        film = stylize_film(
            film_order(self._job, folder=frames_of(self._checkpoint)),
            device=device,
            memory=memory_for(self._job, device, cache=self._cache, spare=self._spare),
            cache=self._cache,
            watch=self._watch,
            provenance={"job": self._job.wanted},
        )
        with film:
            self._begin(film, lines, device)
            for progress in film:
                if progress.index >= 0:
                    self._follow(progress)
        for notice in film.file_notices:
            self._notice(notice)
        figures = {
            "seconds": self._seconds,
            "evaluations": self._share.of,
            "sha256": hash_of(self._job.output),
            "width": film.size[0],
            "height": film.size[1],
            "frames": film.frame_count,
            "device": device.name,
        }
        remove_leftovers(self._job, checkpoint=self._checkpoint)
        return figures

    def _begin(self, film: Film, lines: list[str], device: Device) -> None:
        """Tell what is going to be painted, once."""
        self._size, estimate = film.size, film.estimate
        self._progress = self._iterate = None
        if self._is_begun:  # and a damaged frame is made anew
            return
        self._is_begun, read, count = True, film.frame_count, None
        if estimate is not None:
            count, ratio = estimate.frames, estimate.first_ratio
            self._share = FilmShare(estimate.evaluations, first_ratio=ratio)
        self._share.begin(read=read, painted=film.painted_count, count=count)
        self._tell(
            "started",
            text="; ".join([*lines, *film.summary()]),
            evaluations=self._share.of,
            done=self.evaluations,
            device=device.name,
            frames=count,
        )
        for notice in film.notices:
            self._notice(notice)
        self._saved_at = monotonic()

    def _watch(self, iterate: Iterate) -> None:
        """Do between two evaluations of a frame what is asked for."""
        self._iterate = iterate
        if self._shown is None or isinstance(self._shown, Iterate):
            self._shown = iterate  # no frame is painted yet
        self._share.within(iterate.evaluations, self._frame_evaluations)
        self._obey()
        self._report()

    @property
    def _frame_evaluations(self) -> int:
        """Evaluations of the frame that is being painted, unless it begins a later scene."""
        part, settings = self._job.film, self._job.settings
        is_first = self._progress is None or self._progress.phase != "painting"
        if part is None or is_first or part.settings.consistency == "none":
            return settings.evaluations
        return min(part.settings.frame_iterations, settings.evaluations)

    def _follow(self, progress: FilmProgress) -> None:
        """Take over how far the film is after a frame, and do what is asked for."""
        self._notice(progress.notice)
        before, self._progress = self._progress, progress
        self._followed_at = monotonic()
        self._share.follow(progress)
        if progress.has_picture:
            self._shown = progress
        if progress.phase == "reading" and progress.seconds_each:
            self._reading_each = progress.seconds_each
        self._obey()
        is_over = progress.done == progress.count
        self._report(now=is_over or before is None or before.phase != progress.phase)

    def _obey(self) -> None:
        """Do what is asked for or due; raise a `_StopError` if the job is to stop."""
        control = self._control
        if control.is_paused:
            self._pause()
        if control.is_stopping:
            self._save()
            raise _StopError
        self._preview()
        wait = min(_SAVE_SECONDS, 60 * self._job.checkpoint_minutes)
        if control.take_save() or monotonic() - self._saved_at >= wait:
            self._save()

    def _pause(self) -> None:
        """Wait until the job is to go on or to stop."""
        self._save()
        began_at = monotonic()
        self._tell("paused")
        while self._control.is_paused:
            self._control.take_save()  # there is nothing new to save
            self._preview()
            self._control.take_preview()  # there is nothing to show yet
            self._control.wait(PAUSE_SECONDS)
        self._paused += monotonic() - began_at
        if not self._control.is_stopping:
            self._tell("continued")

    def _preview(self) -> None:
        if self._shown is not None and (side := self._control.take_preview()):
            shown, done = self._shown, self._share.evaluated
            self._tell("preview", **preview_figures(shown, side, evaluations=done))

    def _report(self, *, now: bool = False) -> None:
        """Tell the progress if it is time."""
        progress = self._progress
        if progress is None or (monotonic() - self._told_at < _PROGRESS_SECONDS and not now):
            return
        figures = film_figures(
            progress,
            self._share,
            size=self._size,
            seconds=self._seconds,
            seconds_left=self._seconds_left(progress),
            last=self._iterate,
        )
        self._tell("progress", **figures)
        self._told_at = monotonic()

    def _seconds_left(self, progress: FilmProgress) -> float | None:
        """Return the seconds until the film is written; frames are written as fast as read."""
        if progress.phase == "reading" or progress.seconds_left is None:
            return None
        writing = 0.0 if progress.phase == "writing" else self._reading_each * (progress.count or 0)
        return max(0.0, progress.seconds_left - (monotonic() - self._followed_at)) + writing

    @property
    def _seconds(self) -> float:
        """How long the film has been painted, by earlier processes too."""
        return self._earlier + monotonic() - self._began_at - self._paused

    def _save(self) -> None:
        """Write the checkpoint's file; if that fails, say so, and the last one stays."""
        self._saved_at = monotonic()
        try:
            write_film_checkpoint(self._checkpoint, self._job, seconds=self._seconds)
        except CheckpointError as error:
            fault = str(error).partition("; ")[0]
            self._notice(fault if fault != self._fault else "")
            self._fault = fault
            return
        self._tell("checkpoint", evaluations=self.evaluations)

    def _notice(self, text: str) -> None:
        if text:
            self._tell("notice", text=" ".join(text.split()))

    def _tell(self, kind: Kind, **figures: Any) -> None:
        self._tell_event(Event(kind, self._job.key, figures))
