"""What a film tells while it is being painted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.pictures.picture import to_image

Phase = Literal["reading", "painting", "between", "writing"]
"""What is done with the frames: read, painted, made from painted ones beside them, or written."""


@dataclass(frozen=True, kw_only=True)
class FilmProgress:
    """How far a film is, after each frame of each phase, and before the first that is painted.

    Attributes
    ----------
    phase
        What is being done.
    done
        Frames for which it is done, also those of an earlier process. A frame that is painted in
        several passes counts once for each.
    count
        How many there are; an estimate while frames are read, None where the clip does not tell.
    index
        The frame that was done last; -1 before the first.
    seconds_each
        Seconds that a frame takes; None where none was measured yet.
    seconds_left
        Seconds until the phase is over; None where they are not known.
    notice
        What a person should know; empty for nothing.
    """

    phase: Phase
    done: int
    count: int | None
    index: int
    seconds_each: float | None = None
    seconds_left: float | None = None
    notice: str = ""
    _pixels: Callable[[], NDArray[np.float32]] | None = field(default=None, repr=False)

    @property
    def has_picture(self) -> bool:
        """Whether `thumbnail` can show the frame."""
        return self._pixels is not None

    def thumbnail(self, size: tuple[int, int]) -> Image.Image:
        """Return the painted frame within a width and height in pixels, 8-bit sRGB.

        Raises
        ------
        ValueError
            The phase shows none.
        """
        if self._pixels is None:
            raise ValueError(f"there is no painted frame while {self.phase}")
        image = to_image(np.moveaxis(self._pixels(), -1, 0)[None])
        image.thumbnail(size)
        return image


def progress_of(
    phase: Phase,
    done: int,
    count: int | None,
    index: int,
    seconds_each: float | None,
    *,
    notice: str = "",
    pixels: Callable[[], NDArray[np.float32]] | None = None,
) -> FilmProgress:
    """Return the progress of a phase whose frames all take alike; see `FilmProgress`."""
    left = None if count is None or seconds_each is None else (count - done) * seconds_each
    return FilmProgress(
        phase=phase,
        done=done,
        count=count,
        index=index,
        seconds_each=seconds_each,
        seconds_left=left,
        notice=notice,
        _pixels=pixels,
    )
