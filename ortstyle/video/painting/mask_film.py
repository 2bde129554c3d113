"""Masks of a film: a picture for all frames, or for each frame one of its own."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ortstyle.pictures.read import Source, read_rgb
from ortstyle.video.frames.frame_store import FrameStore

_TOLERANCE = Fraction(1, 1000)  # seconds; many files hold times in milliseconds
_BLACK = 16  # of 255; what is nowhere brighter is black, up to the noise of codecs


class FrameMask(Protocol):
    """A mask of each frame of a film."""

    def at(self, index: int) -> Source:
        """Return the mask of a frame, by its number."""

    def levels(self, index: int) -> NDArray[np.uint8]:
        """Return the mask of a frame as it is: ``(H, W)`` or ``(H, W, 3)`` uint8."""


class StillMask:
    """One picture, which is the mask of every frame."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def at(self, index: int) -> Source:
        """Return the path of the picture."""
        del index
        return self._path

    def levels(self, index: int) -> NDArray[np.uint8]:
        """Return the picture; a `PictureError` if it can't be read."""
        del index
        return self._levels

    @cached_property
    def _levels(self) -> NDArray[np.uint8]:
        return np.asarray(read_rgb(self._path, name="content mask"))


class MovingMask:
    """A mask that has a frame for each frame of the film, in a folder of its own.

    Parameters
    ----------
    store
        The folder, whose frames have the size of the film's.
    """

    def __init__(self, store: FrameStore) -> None:
        self.store = store

    def missing(self, count: int) -> bool:
        """Return whether one of the first `count` frames is not in the folder."""
        return not all(map(self.store.has, range(count)))

    def fill(
        self, frames: Iterable[tuple[Fraction, NDArray[Any]]], times: Sequence[Fraction]
    ) -> Iterator[int]:
        """Put the frames of the mask that are shown at some times; yield the number of each.

        Frames and times are as in `frames_at`.

        Raises
        ------
        OSError
            The folder can't be written.
        """
        for index, pixels in enumerate(frames_at(frames, times)):
            if not self.store.has(index):
                eight_bits = pixels if pixels.dtype == np.uint8 else pixels >> 8
                self.store.put(index, eight_bits.astype(np.uint8, copy=False))
            yield index

    def at(self, index: int) -> Source:
        """Return the mask of a frame as `levels` does."""
        return self.levels(index)

    def levels(self, index: int) -> NDArray[np.uint8]:
        """Return the mask of a frame: ``(H, W, 3)`` uint8.

        Raises
        ------
        DamagedFrameError
            Its file is damaged or missing.
        """
        found: NDArray[np.uint8] = self.store.read(index).astype(np.uint8, copy=False)
        return found


def frames_at(
    frames: Iterable[tuple[Fraction, NDArray[Any]]], times: Sequence[Fraction]
) -> Iterator[NDArray[Any]]:
    """Yield for each time the frame that is shown then.

    A frame is shown from its own time until that of the next one; the first one also before, and
    the last one also after, so that a mask that is too short goes on as it ends.

    Parameters
    ----------
    frames
        Times in seconds, ascending, and pictures; at least one. They are taken one by one.
    times
        Seconds, ascending.
    """
    upcoming = iter(frames)
    _, shown = next(upcoming)
    following = next(upcoming, None)
    for time in times:
        while following is not None and following[0] <= time + _TOLERANCE:
            shown, following = following[1], next(upcoming, None)
        yield shown


def visible_styles(masks: Sequence[FrameMask | None], index: int) -> list[int]:
    """List the styles that have room in a frame: a mask may be black in it, or all others white.

    Styles without a mask share what the masks leave uncovered; see `run.masks.divide_regions`.

    Parameters
    ----------
    masks
        The mask of each style; None for a style without one.
    index
        The number of the frame.
    """
    levels = {k: mask.levels(index) for k, mask in enumerate(masks) if mask is not None}
    shown = [k for k, pixels in levels.items() if pixels.max() >= _BLACK]
    sizes = {pixels.shape[:2] for pixels in levels.values()}
    if len(sizes) == 1:  # else a picture of another size leaves room or not, as the run will say
        covered = sum(_brightness(pixels) for pixels in levels.values())
        if np.min(covered) > 255 - _BLACK:
            return sorted(shown)
    return sorted([*shown, *(k for k, mask in enumerate(masks) if mask is None)])


def _brightness(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    return pixels.max(axis=-1).astype(np.int64) if pixels.ndim == 3 else pixels.astype(np.int64)
