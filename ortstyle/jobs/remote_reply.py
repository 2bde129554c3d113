"""What a worker on another machine sends back: checked, and put in its place as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO, Final

from ortstyle.errors import CheckpointError, FilmError, JobError, OutputError, PictureError
from ortstyle.files import reason_of, write_atomically, writing_errors
from ortstyle.jobs.done import find_done, hash_of, size_of_output, text_in
from ortstyle.jobs.job import Job
from ortstyle.jobs.leftovers import temporary_name
from ortstyle.pictures.read import read_picture
from ortstyle.run.checkpoint import read_checkpoint
from ortstyle.run.checkpoint_files import temporary_path

_OUTCOMES: Final = frozenset({"done", "skipped", "stopped", "failed", "busy"})
_MOST_TEXT = {"jpeg": 1 << 22}  # characters
_MOST_OTHER_TEXT = 4000
_MOST_NAME = 40
_MOST_FIGURES = 32


@dataclass(frozen=True, kw_only=True)
class Reply:
    """How a part of a job has ended on a worker.

    Attributes
    ----------
    outcome
        The value of an `Outcome`, or "busy" if another process paints the job.
    figures
        Those of the job's last event.
    output, checkpoint
        The bytes of a file; None if there is none, or the worker itself has written it.
    """

    outcome: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    output: bytes | None = field(default=None, repr=False)
    checkpoint: bytes | None = field(default=None, repr=False)


def read_reply(data: Any) -> Reply:
    """Return what `cluster_task.paint_part` has returned on another machine.

    Raises
    ------
    JobError
        It has another form.
    """
    if type(data) is not dict or not _is_reply(data):
        raise JobError("a worker's answer has the wrong form; has it another version of ortstyle?")
    return Reply(**data)


def _is_reply(data: dict[Any, Any]) -> bool:
    known = {"outcome", "figures", "output", "checkpoint"}
    files = (data.get("output"), data.get("checkpoint"))
    return (
        known >= data.keys() >= {"outcome", "figures"}
        and type(data["outcome"]) is str
        and data["outcome"] in _OUTCOMES
        and all(file is None or type(file) is bytes for file in files)
        and is_figures(data["figures"])
    )


def is_figures(data: Any) -> bool:
    """Return whether these can be the figures of an event: few, short, plain values by name."""
    return (
        type(data) is dict
        and len(data) <= _MOST_FIGURES
        and all(type(name) is str and _is_plain(name, value) for name, value in data.items())
    )


def _is_plain(name: str, value: Any) -> bool:
    if type(value) is list:
        return len(value) <= _MOST_FIGURES and all(type(each) is int for each in value)
    if type(value) is str:
        return len(value) <= _MOST_TEXT.get(name, _MOST_OTHER_TEXT)
    if type(value) is dict:
        return name == "terms" and len(value) <= _MOST_FIGURES and all(map(_is_term, value.items()))
    return value is None or type(value) in {int, bool} or (type(value) is float and isfinite(value))


def _is_term(item: tuple[Any, Any]) -> bool:
    """Return whether this can be the name and the value of a term of the loss."""
    name, value = item
    is_number = value is None or (type(value) is float and isfinite(value))
    return type(name) is str and len(name) <= _MOST_NAME and is_number


def place_output(job: Job, reply: Reply) -> dict[str, Any]:
    """Write the result of a job that another machine has painted, if it is one.

    Returns
    -------
    dict
        The figures "sha256", "width" and "height" of the file.

    Raises
    ------
    OutputError
        The reply holds no result of this job, or the file can't be written. What was at the output
        before is unchanged.
    """
    found = dict[str, Any]()

    def write(file: BinaryIO) -> None:
        file.write(reply.output or b"")
        file.flush()
        found.update(_check_output(job, Path(file.name), reply.figures))

    with writing_errors(job.output):
        job.output.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(job.output, write, temporary_name=temporary_name(job))
    return found


def _check_output(job: Job, path: Path, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures of the file that a worker has sent; an `OutputError` if it is no result."""
    wrong = OutputError(f"output {job.output}: a worker has sent something that is no result of it")
    if hash_of(path) != figures.get("sha256"):
        raise wrong
    try:
        # Some formats hold no text that says which job the picture is of.
        if not find_done(replace(job, output=path)):
            if text_in(job, path):
                raise wrong
            if job.film is None:
                read_picture(path, name="output", max_pixels=job.settings.max_pixels)
        return figures_of_output(job, path)
    except (PictureError, FilmError) as error:
        raise wrong from error


def figures_of_output(job: Job, path: Path) -> dict[str, Any]:
    """Return the figures "sha256", "width" and "height" of a result of a job at a path.

    Raises
    ------
    PictureError, FilmError
        It is no picture, or no film.
    """
    width, height = size_of_output(job, path)
    return {"sha256": hash_of(path), "width": width, "height": height}


def place_checkpoint(job: Job, path: Path, reply: Reply) -> None:
    """Write the checkpoint that another machine has sent, if it is one of this job.

    Raises
    ------
    CheckpointError
        It is none, or the file can't be written. The checkpoint before is unchanged.
    """

    def write(file: BinaryIO) -> None:
        file.write(reply.checkpoint or b"")
        file.flush()
        found = Path(file.name)
        if read_checkpoint(found).header.get("job") != job.key:
            raise CheckpointError(f"a worker has sent the checkpoint of another job for {path}")

    try:
        write_atomically(path, write, temporary_name=temporary_path(path).name)
    except OSError as error:
        raise CheckpointError(f"checkpoint {path} can't be written ({reason_of(error)})") from error
