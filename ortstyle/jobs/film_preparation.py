"""What comes before a film is painted as a job: its order, and the folder of its output."""

from pathlib import Path

from ortstyle.errors import JobError, OutputError
from ortstyle.files import reason_of
from ortstyle.jobs.job import Job
from ortstyle.jobs.preparation import with_seed
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.media.output_formats import format_of


def film_order(job: Job, *, folder: Path | None = None) -> FilmOrder:
    """Return what a job asks of a film.

    Parameters
    ----------
    job
        The job, which must be that of a film.
    folder
        The folder for frames.

    Raises
    ------
    JobError
        The job is that of a picture.
    SettingsError
        What it asks contradicts itself.
    """
    part = job.film
    if part is None:
        raise JobError(f"the job of {job.output} is that of a picture")
    first = len(job.styles) - len(part.style_times)
    return FilmOrder(
        source=job.content,
        styles=job.styles[:first],
        output=job.output,
        settings=with_seed(job),
        film=part.settings,
        encoding=part.encoding,
        folder=folder,
        begin=part.begin,
        end=part.end,
        rate=part.rate,
        style_times=tuple(zip(part.style_times, job.styles[first:], strict=True)),
    )


def make_output_folder(job: Job) -> None:
    """Make the folder of a film's output if it is missing.

    Raises
    ------
    OutputError
        The output is to be a folder of pictures, which as a job it can't be.
    JobError
        The folder can't be made.
    """
    check_film_output(job.output)
    try:
        job.output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JobError(
            f"output {job.output}: its folder can't be made ({reason_of(error)}); choose another "
            "place with -o"
        ) from error


def check_film_output(output: Path) -> None:
    """Raise an `OutputError` unless a path is that of a film in one file."""
    if format_of(output).kind == "pictures":
        raise OutputError(
            f"output {output} is a folder or a name for pictures; among several jobs a film is "
            "one file, such as .mp4, and ortstyle video writes pictures"
        )
