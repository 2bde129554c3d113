"""The checkpoint of a film: a small file that names the job, and beside it a folder of frames.

Its frames are the checkpoint: each one is kept as soon as it is painted. The file is written before
the first frame, so that wherever there is a folder there is a file; and it is removed after it.
"""

import json
import shutil
from contextlib import suppress
from pathlib import Path

from ortstyle.errors import CheckpointError
from ortstyle.files import reason_of, write_atomically
from ortstyle.jobs.job import Job
from ortstyle.jobs.row import known_number
from ortstyle.run.checkpoint_files import temporary_path
from ortstyle.special_files import is_link

_FORMAT = "ortstyle film job"
_MOST_BYTES = 1 << 16


def frames_of(checkpoint: Path) -> Path:
    """Return the folder of frames that belongs to a checkpoint."""
    return checkpoint.with_name(f"{checkpoint.name}.frames")


def write_film_checkpoint(checkpoint: Path, job: Job, *, seconds: float) -> None:
    """Write the file of a film's checkpoint, with the seconds that it has been painted for.

    Raises
    ------
    CheckpointError
        It can't be written.
    """
    text = json.dumps({"format": _FORMAT, "job": job.key, "seconds": seconds}).encode()
    name = temporary_path(checkpoint).name
    try:
        write_atomically(checkpoint, lambda file: file.write(text), temporary_name=name)
    except OSError as error:
        raise CheckpointError(
            f"checkpoint {checkpoint} can't be written ({reason_of(error)}); choose another place"
        ) from error


def read_film_seconds(checkpoint: Path, job: Job) -> float | None:
    """Return how many seconds a film was painted for; None if the checkpoint is of none, or gone.

    A folder of frames without the file of this job is of another film.
    """
    try:
        with checkpoint.open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or (found.get("format"), found.get("job")) != (_FORMAT, job.key):
        return None
    return known_number(found.get("seconds")) or 0.0


def device_of(frames: Path) -> str | None:
    """Return the device on which the film of a folder was begun; None if none was begun.

    Raises
    ------
    FilmError
        The folder is damaged, so that the film has to begin anew, or another process uses it.
    OutputError
        It can't be written.
    """
    # Slow to load, and not for processes that only look after jobs.
    from ortstyle.video.frames.film_folder import FilmFolder, has_film  # noqa: PLC0415

    if not has_film(frames):
        return None
    with FilmFolder.open(frames) as folder:
        return folder.record.device


def remove_frames(checkpoint: Path) -> None:
    """Remove the folder of frames that belongs to a checkpoint, as far as it can be removed."""
    frames = frames_of(checkpoint)
    if is_link(frames):
        with suppress(OSError):
            frames.unlink()
    elif frames.is_dir():
        shutil.rmtree(frames, ignore_errors=True)
