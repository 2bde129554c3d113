"""What happens to a job while it is painted, as lines of JSON."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from io import BytesIO
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, get_args

from ortstyle.errors import JobError

if TYPE_CHECKING:
    from PIL.Image import Image

    from ortstyle.run.iterate import Iterate

#: The longest side of a preview in pixels, unless another one is asked for.
PREVIEW_SIDE = 512
_LEAST_SIDE, _MOST_SIDE = 64, 2048
_PREVIEW_QUALITY = 85  # of JPEG

#: The kinds of events. A job that was begun ends with "done", "stopped" or "failed".
Kind = Literal[
    "ready",  # a worker process can take a job
    # figures: text (how it is painted), evaluations (in all), done (before), device; frames of a
    # film, or None if they are not known
    "started",
    "notice",  # figures: text
    "progress",  # figures: those of `progress_figures`, or `film_events.film_figures`
    "preview",  # figures: those of `preview_figures`
    "checkpoint",  # a checkpoint has been written; figures: evaluations in it, if they are known
    "paused",
    "continued",
    # figures: seconds, evaluations, sha256 (of the output), width, height, device; frames (of
    # a film); skipped, true if the job had been done before
    "done",
    "stopped",  # figures: evaluations; a checkpoint holds what has been painted
    "failed",  # figures: error, one line; kind, the class of the error
]


@dataclass(frozen=True)
class Event:
    """Something that has happened to a job.

    Attributes
    ----------
    kind
        What has happened.
    job
        `Job.key`; empty for events of no job.
    figures
        What belongs to the event, as JSON can hold it.
    """

    kind: Kind
    job: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    def to_line(self) -> str:
        """Return the event as one line of JSON in ASCII, without its end."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read what `to_line` returned.

        Raises
        ------
        JobError
            The line is no event.
        """
        try:
            data = json.loads(line)
            kind, job, figures = data["kind"], data["job"], data["figures"]
        except (LookupError, TypeError, ValueError, RecursionError) as error:
            raise JobError(f"{line[:80]!r} is no event of a job") from error
        if kind not in get_args(Kind) or type(job) is not str or type(figures) is not dict:
            raise JobError(f"{line[:80]!r} is no event of a job")
        return cls(kind, job, figures)


def progress_figures(iterate: "Iterate", evaluations: int) -> dict[str, Any]:
    """Return the figures of the event "progress".

    They are those of `Iterate` with its names, but "of", the evaluations of the whole job. A loss
    or a term of it that is not finite is None.
    """
    return {
        "scale": list(iterate.scale),
        "evaluations": iterate.evaluations,
        "of": evaluations,
        "loss": finite(iterate.loss),
        "terms": {name: finite(value) for name, value in iterate.terms.items()},
        "seconds": iterate.seconds,
        "seconds_left": iterate.seconds_left,
        "width": iterate.width,
        "height": iterate.height,
    }


def finite(value: float) -> float | None:
    """Return a number as JSON can hold it: None for one that is not finite."""
    return float(value) if isfinite(value) else None


def check_preview_side(side: Any) -> int:
    """Return the side of a preview that was asked for.

    Raises
    ------
    JobError
        It is no whole number from 64 to 2048.
    """
    if type(side) is not int or not _LEAST_SIDE <= side <= _MOST_SIDE:
        raise JobError(
            f"a preview has a side of {_LEAST_SIDE} to {_MOST_SIDE} pixels, not {str(side)[:20]}"
        )
    return side


class Shows(Protocol):
    """What has a picture to show: an iterate, or a film's progress."""

    def thumbnail(self, size: tuple[int, int]) -> "Image":
        """Return the picture within a width and height in pixels, 8-bit sRGB."""


def preview_figures(shown: Shows, side: int = PREVIEW_SIDE, *, evaluations: int) -> dict[str, Any]:
    """Return the figures of the event "preview".

    They are "jpeg", the picture so far as a JPEG of at most `side` pixels in base64, and
    "evaluations".
    """
    file = BytesIO()
    shown.thumbnail((side, side)).save(file, "JPEG", quality=_PREVIEW_QUALITY)
    return {"jpeg": b64encode(file.getvalue()).decode("ascii"), "evaluations": evaluations}
