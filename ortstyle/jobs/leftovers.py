"""What a process that was killed while it painted a job may have left, and its removal."""

from contextlib import suppress
from pathlib import Path

from ortstyle.files import follow_links
from ortstyle.jobs.film_frames import remove_frames
from ortstyle.jobs.job import Job
from ortstyle.run.checkpoint_files import remove_checkpoint


def temporary_name(job: Job) -> str:
    """Return the name of the temporary file that a job writes beside its output."""
    return f".ortstyle-{job.key}{job.output.suffix}"


def remove_leftovers(job: Job, *, checkpoint: Path) -> None:
    """Remove what processes that were killed have left of a job, but its output.

    The caller holds the lock of the checkpoint.
    """
    remove_frames(checkpoint)
    remove_checkpoint(checkpoint)
    with suppress(OSError):
        follow_links(job.output).with_name(temporary_name(job)).unlink(missing_ok=True)
