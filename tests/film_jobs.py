"""Jobs of films for tests, each painted in milliseconds; see `painted_films`."""

from pathlib import Path

from painted_films import settings

from ortstyle.jobs.film_part import FilmPart
from ortstyle.jobs.job import make_job

CHECKPOINT = Path("state/checkpoints/a.checkpoint")


def film_job(output="out.mkv", *, styles=("red.png",), job=None, changes=None, **part):
    """Return the job that paints clip.mp4 in the current folder, which is `painted_films.place`.

    `job` are arguments of the job, `changes` of its settings, and the others of its film.
    """
    others = {"device": "cpu", "threads": 1} | (job or {})
    return make_job(
        Path("clip.mp4"),
        [Path(style) for style in styles],
        Path(output),
        settings=settings(**(changes or {})),
        film=FilmPart(**part),
        **others,
    )
