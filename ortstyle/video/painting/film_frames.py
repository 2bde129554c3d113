"""What holds the frames that are painted: the folder of a film, or what a worker has of it."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ortstyle.video.frames.frame_file import Levels


class SourceFrames(Protocol):
    """Source frames of one size."""

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of every frame."""

    def source(self, index: int) -> Levels:
        """Return a source frame: ``(H, W, 3)`` uint8 or uint16."""


class FilmFrames(SourceFrames, Protocol):
    """Source frames, and painted ones by pass."""

    def painted(self, index: int, *, pass_: int) -> NDArray[np.float32]:
        """Return a painted frame as its file holds it: ``(H, W, 3)`` float32, 0–255."""

    def put_painted(self, index: int, pixels: NDArray[np.float32], *, pass_: int) -> None:
        """Put a painted frame, which `painted` returns from then on."""


def float_pixels(levels: Levels) -> NDArray[np.float32]:
    """Return a frame as float32 in 0–255."""
    found = levels.astype(np.float32)
    return found if levels.dtype == np.uint8 else found / np.float32(257)
