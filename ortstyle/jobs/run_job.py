"""`run_job`, the one function that paints a job, whoever asks."""

from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from ortstyle.errors import CheckpointInUseError, JobBusy, JobError, OrtStyleError
from ortstyle.files import reason_of
from ortstyle.jobs.control import Control
from ortstyle.jobs.done import describe_done, find_done
from ortstyle.jobs.events import Event, Kind
from ortstyle.jobs.film_painting import FilmPainting
from ortstyle.jobs.job import Job
from ortstyle.jobs.leftovers import remove_leftovers
from ortstyle.jobs.painting import Painting
from ortstyle.run.lock import CheckpointLock
from ortstyle.runtime.cache import Cache

_LONGEST = 2000  # characters of an error's line


class Outcome(Enum):
    """How a job has ended."""

    DONE = "done"
    SKIPPED = "skipped"  # it had been done before; the last event is "done"
    STOPPED = "stopped"
    FAILED = "failed"


_LAST_EVENTS: Mapping[Outcome, Kind] = {
    Outcome.DONE: "done",
    Outcome.SKIPPED: "done",
    Outcome.STOPPED: "stopped",
    Outcome.FAILED: "failed",
}


def run_job(
    job: Job,
    *,
    checkpoint: Path,
    tell: Callable[[Event], None],
    control: Control,
    time_limit: float | None = None,
    cache: Cache | None = None,
    spare: int = 0,
) -> Outcome:
    """Paint a job, from its checkpoint if there is one, unless its output is there already.

    The result is written as a whole or not at all, and then the checkpoint is removed. A job that
    is stopped, fails or is killed goes on from its checkpoint when this is called again.

    Parameters
    ----------
    job
        What to paint.
    checkpoint
        The file of the checkpoint, whose folder is made if it is missing. It is locked meanwhile.
    tell
        Called with each event, in this thread; it must not raise an error.
    control
        What is asked of the job meanwhile.
    time_limit
        Seconds after which the job is stopped, but not before it has made an evaluation. A film is
        not: its frames stay where it is painted.
    cache
        The cache of the process, which makes later jobs start sooner.
    spare
        Bytes of the free memory to leave to others, if the job does not say what it may take; but
        no more than half.

    Returns
    -------
    Outcome
        A failure too is an outcome; the event "failed" says why.

    Raises
    ------
    JobBusy
        Another process or thread is painting the job.
    """
    outcome, figures = Outcome.FAILED, dict[str, Any]()
    try:
        with _lock(job, checkpoint):
            outcome, figures = _run_locked(
                job,
                checkpoint=checkpoint,
                tell=tell,
                control=control,
                time_limit=time_limit,
                cache=cache,
                spare=spare,
            )
    except JobBusy:
        raise
    except Exception as error:  # noqa: BLE001  no job may end the process that paints many
        figures = describe_failure(error)
    # Told after the lock was released, so that nothing but the output is left once it is told.
    tell(Event(_LAST_EVENTS[outcome], job.key, figures))
    return outcome


def describe_failure(error: Exception) -> dict[str, Any]:
    """Return the figures of the event "failed": the error in one line, and its class."""
    if isinstance(error, OrtStyleError):
        line = " ".join(str(error).split())
    elif isinstance(error, MemoryError):
        line = "the memory does not suffice; close other programs, or choose a smaller size"
    else:
        line = f"unexpected {type(error).__name__}: {reason_of(error)}"
    return {"error": line[:_LONGEST], "kind": type(error).__name__}


def _lock(job: Job, checkpoint: Path) -> CheckpointLock:
    try:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JobError(
            f"folder {checkpoint.parent} can't be made ({reason_of(error)}); choose another place"
        ) from error
    try:
        return CheckpointLock(checkpoint)
    except CheckpointInUseError as error:
        raise JobBusy(f"{job.output} is being painted by another process") from error


def _run_locked(
    job: Job,
    *,
    checkpoint: Path,
    tell: Callable[[Event], None],
    control: Control,
    time_limit: float | None,
    cache: Cache | None,
    spare: int,
) -> tuple[Outcome, dict[str, Any]]:
    """Return how the job has ended, and the figures of its last event."""
    if find_done(job):
        remove_leftovers(job, checkpoint=checkpoint)
        return Outcome.SKIPPED, describe_done(job)
    common: dict[str, Any] = {
        "checkpoint": checkpoint,
        "tell": tell,
        "control": control,
        "cache": cache,
        "spare": spare,
    }
    painting: Painting | FilmPainting
    if job.film is None:
        painting = Painting(job, time_limit=time_limit, **common)
    else:
        painting = FilmPainting(job, **common)
    figures = painting.paint()
    if figures is None:
        return Outcome.STOPPED, {"evaluations": painting.evaluations}
    return Outcome.DONE, figures
