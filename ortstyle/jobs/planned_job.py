"""A picture or film that a batch shall paint, and the job that does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ortstyle.jobs.job import Job


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A picture or film that a batch shall paint.

    Attributes
    ----------
    content, styles
        The pictures.
    folder
        The folder of the content, which is mirrored in the folder of the results.
    output
        Path of the result in the folder of the results; None for a name of the pattern.
    preset
        Name of a preset in the package; empty for that of the batch.
    values
        Settings and encoding options that override those of the batch.
    origin
        What asks for it, for messages, such as "jobs.csv, line 3"; empty for the command line.
    error
        Why it can't be painted; empty for nothing.
    is_film
        Whether the content is a film.
    """

    content: Path
    styles: tuple[Path, ...]
    folder: PurePosixPath = field(default=PurePosixPath())
    output: PurePosixPath | None = None
    preset: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""
    error: str = ""
    is_film: bool = False


@dataclass(frozen=True, kw_only=True)
class PlannedJob:
    """A picture or film of a batch, and the job that paints it.

    Attributes
    ----------
    wanted
        What was asked for.
    output
        The file of the result; None if it has no name.
    size
        Width and height of the content; None if they are unknown.
    frames
        Frames of a film that are painted; None if they are unknown, or it is a picture.
    job
        The job; None if there is an error.
    error
        Why there is no job, on one line; empty if there is one.
    """

    wanted: Wanted
    output: Path | None = None
    size: tuple[int, int] | None = None
    frames: int | None = None
    job: Job | None = None
    error: str = ""
