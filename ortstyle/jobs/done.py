"""Whether a job is done: its output is there, and says itself that it is the job's result."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from hashlib import file_digest
from pathlib import Path
from typing import Any

from ortstyle.errors import OrtStyleError
from ortstyle.jobs.film_part import FilmPart
from ortstyle.jobs.job import Job
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.header import read_header
from ortstyle.pictures.read import read_embedded_text
from ortstyle.settings.serialization import without_folders
from ortstyle.settings.settings import Settings
from ortstyle.video.media.clip import open_clip
from ortstyle.video.media.film_text import read_film_text


def is_done(job: Job, *, known_sha256: str | None = None) -> bool:
    """Return whether a job is done.

    Parameters
    ----------
    job
        The job.
    known_sha256
        The hash of the file that the job has written, if it is known. It tells of formats that
        hold no text, such as BMP and GIF, and of outputs without metadata.
    """
    return find_done(job) or (known_sha256 is not None and hash_of(job.output) == known_sha256)


def find_done(job: Job) -> bool:
    """Return whether the output's file is there and holds that it is the result of this job."""
    found = _embedded(job).get("job")
    return isinstance(found, dict) and _complete(found) == _complete(job.wanted)


def describe_done(job: Job) -> dict[str, Any]:
    """Return the figures of the event "done" for a job that had been done before.

    Raises
    ------
    PictureError, FilmError
        The output can't be read.
    """
    size = size_of_output(job)
    device = _embedded(job).get("device")
    return {
        "skipped": True,
        "seconds": 0.0,
        "evaluations": 0,
        "sha256": hash_of(job.output),
        "width": size[0],
        "height": size[1],
        "device": device if isinstance(device, str) else "",
    }


def size_of_output(job: Job, path: Path | None = None) -> tuple[int, int]:
    """Return width and height of the picture or film at a job's output, or at another path.

    Raises
    ------
    PictureError, FilmError
        It can't be read, or is none.
    """
    path = path or job.output
    if job.film is None:
        return read_header(path, name="output").size
    clip = open_clip(path)
    return clip.width, clip.height


def hash_of(path: Path) -> str | None:
    """Return the SHA-256 of a file as hexadecimal digits; None if it can't be read."""
    with suppress(OSError, ValueError):
        if path.is_file():
            with path.open("rb") as file:
                return file_digest(file, "sha256").hexdigest()
    return None


def text_in(job: Job, path: Path) -> str | None:
    """Return the text that ortstyle has written into a result of a job; None if there is none.

    Raises
    ------
    PictureError, FilmError
        The file can't be read, or is no picture or film, whichever the job paints.
    """
    if job.film is None:
        return read_embedded_text(path, name="output")
    return read_film_text(path)


def _embedded(job: Job) -> dict[str, Any]:
    """Return the provenance that a job's output holds; empty if it holds none."""
    try:
        if not job.output.is_file():
            return {}
        found = json.loads(text_in(job, job.output) or "{}")
    except (OrtStyleError, OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _complete(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what determines a result, with the options that an older version did not know.

    Those have the defaults, which are what it did.
    """
    defaults = {
        "settings": without_folders(Settings().to_dict()),
        "encoding": asdict(Encoding()),
        "film": FilmPart().to_dict(),
    }
    return _with_defaults(dict(wanted), json.loads(json.dumps(defaults)))


def _with_defaults(found: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with defaults in the dictionaries among them, also in those within."""
    for name, values in defaults.items():
        if isinstance(values, dict) and isinstance(given := found.get(name), dict):
            found[name] = _with_defaults(values | given, values)
    return found
