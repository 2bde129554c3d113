"""What workers answer to a request for a frame: it comes from outside, and is checked here."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ortstyle import errors
from ortstyle.errors import ClusterError, OrtStyleError
from ortstyle.jobs.cluster_film_files import check_name
from ortstyle.video.frames.frame_file import read_frame, to_pixels

_MOST_SHOWN = 300  # characters of what a worker says
_MOST_NAMES = 1000
_FIGURES = {"evaluations": int, "loss": float, "seconds": float}

#: Errors of a worker, which another one may not have.
OF_WORKER = (errors.DeviceError, errors.OutOfMemoryError, errors.FilmError)
_TOLD = {
    *OF_WORKER,
    errors.GraphError,
    errors.ModelError,
    errors.NotFiniteError,
    errors.PictureError,
    errors.SettingsError,
}


@dataclass(frozen=True, eq=False)
class PaintedAnswer:
    """A frame that a worker has painted.

    Attributes
    ----------
    pixels
        ``(H, W, 3)`` float32, 0–255, as the file of the frame holds them.
    evaluations, loss, seconds
        As in `PaintedFrame`.
    """

    pixels: NDArray[np.float32]
    evaluations: int
    loss: float
    seconds: float


def read_answer(
    answer: Any, *, size: tuple[int, int], worker: str
) -> PaintedAnswer | frozenset[str]:
    """Return the frame that a worker has painted, or the names of files that it lacks.

    Parameters
    ----------
    answer
        What came from the worker, which should be what `cluster_film_worker.paint_frame` returns.
    size
        Width and height of the frame.
    worker
        The worker's name.

    Raises
    ------
    ClusterError
        The answer is something else, or tells of a failure.
    OrtStyleError
        The worker tells of an error of this kind.
    """
    wrong = ClusterError(f"worker {worker} has answered something else than a frame")
    if type(answer) is not dict:
        raise wrong
    if "error" in answer:
        raise _error_of(answer, worker)
    if "missing" in answer:
        names = answer["missing"]
        if type(names) is not list or not 0 < len(names) <= _MOST_NAMES:
            raise wrong
        return frozenset(map(check_name, names))
    if answer.keys() != {"frame", *_FIGURES} or type(answer["frame"]) is not bytes:
        raise wrong
    if not all(type(answer[name]) is kind for name, kind in _FIGURES.items()):
        raise wrong
    if answer["evaluations"] < 1 or not isfinite(answer["seconds"]):
        raise wrong
    try:
        levels = read_frame(BytesIO(answer["frame"]), size)
    except ValueError as error:
        raise wrong from error
    if levels.dtype != np.uint16:
        raise wrong
    pixels = to_pixels(levels.astype(np.uint16, copy=False))
    return PaintedAnswer(pixels, *(answer[name] for name in _FIGURES))


def _error_of(answer: Mapping[str, Any], worker: str) -> OrtStyleError:
    """Return the error that a worker has told of, which is one of ortstyle's own."""
    text = " ".join(str(answer["error"]).split())[:_MOST_SHOWN]
    kind = getattr(errors, str(answer.get("kind")), None)
    message = f"worker {worker}: {text}"
    return kind(message) if kind in _TOLD else ClusterError(message)
