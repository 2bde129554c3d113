"""What an order of a film will take: frames, evaluations and room on the disk.

The film comes from a stranger, so that this is called in the process that reads pictures.
"""

from math import ceil, prod
from typing import Any

from ortstyle.errors import OrtStyleError
from ortstyle.jobs.job import Job
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.ordered_settings import in_words
from ortstyle.video.estimate import estimate_film
from ortstyle.video.media.clip import Clip, open_clip
from ortstyle.video.media.fitting import fitting_size


def plan_film(job: Job) -> dict[str, Any]:
    """Return what the job of a film will take; the keys are those of `plan.plan_job`.

    How much memory it needs is not known beforehand: what does not fit is painted in tiles.

    Raises
    ------
    Refused
        The film or a setting is unfit.
    """
    film, settings = job.film, job.settings
    assert film is not None  # noqa: S101  the caller has looked
    try:
        clip = open_clip(job.content, max_pixels=settings.max_pixels)
        side = None if settings.size == "content" else settings.size
        size = fitting_size(clip, side, film.encoding, output=job.output)
        frames = _frames(job, clip)
        if frames is None:
            return _figures(size, evaluations=None, work=None, text=[])
        estimate = estimate_film(frames, size, settings, film.settings, bits=clip.bits)
    except OrtStyleError as error:
        raise Refused(in_words(str(error))) from error
    text = [f"{estimate.text[:1].upper()}{estimate.text[1:]}."]
    work = estimate.work * prod(size)
    return _figures(size, evaluations=estimate.evaluations, work=work, text=text) | {
        "frames": frames,
        "disk_bytes": estimate.disk_bytes,
    }


def _figures(
    size: tuple[int, int], *, evaluations: int | None, work: float | None, text: list[str]
) -> dict[str, Any]:
    return {
        "evaluations": evaluations,
        "width": size[0],
        "height": size[1],
        "memory_bytes": None,
        "free_bytes": None,
        "tiles": None,
        "fits": True,
        "text": text,
        "work": work,
    }


def _frames(job: Job, clip: Clip) -> int | None:
    """Return how many frames of a film are painted; None if its length is not known."""
    film = job.film
    if film is None or (film.begin is None and film.end is None):
        return clip.frames
    whole = clip.duration if clip.duration is not None else None
    last = min((each for each in (film.end, whole) if each is not None), default=None)
    if last is None:
        return None
    return max(1, ceil((last - (film.begin or 0)) * clip.rate))
