"""The clip's frames are read once, into the folder of the film; what is there is not read again."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ortstyle.errors import FilmError
from ortstyle.video.frames.film_folder import FilmFolder

_COMPARED = 250  # frames that a finder of cuts may look back at: past flashes, to what was before


class SomeFrame(Protocol):
    """A frame of a clip, such as `media.decode.SourceFrame`."""

    @property
    def time(self) -> Fraction:
        """Seconds, as the clip has them."""

    @property
    def duration(self) -> Fraction | None:
        """Seconds, if they are known."""

    @property
    def pixels(self) -> NDArray[Any]:
        """``(H, W, 3)`` uint8 or uint16."""


FrameReader = Callable[[Fraction | None], Iterable[SomeFrame]]
"""Reads the frames to paint; from a time on, or all of them where it is None."""

CutFinder = Callable[[NDArray[np.uint8]], bool]
"""Told frame after frame, it says whether a new scene begins with the frame."""


def read_sources(
    folder: FilmFolder,
    read: FrameReader,
    *,
    passes: int = 1,
    is_cut: CutFinder | None = None,
    all_needed: bool = False,
) -> Iterator[int]:
    """Put the source frames that are missing into the folder of a film, and find the cuts.

    Parameters
    ----------
    folder
        The folder.
    read
        Reads frames of the clip.
    passes
        How often a frame is painted. Source frames of scenes that are painted are not missed.
    is_cut
        Finds the cuts; None for a film of one scene.
    all_needed
        Whether the film shows something of each source frame, so that all are needed to the end.

    Yields
    ------
    int
        The number of each frame that was read.

    Raises
    ------
    FilmError
        The clip has no frames, can't be read, or has changed since the film was begun.
    OutputError
        The folder can't be written.
    """
    yield from _read_again(folder, read, passes=passes, all_needed=all_needed)
    if folder.has_all_sources:
        return
    if is_cut is not None:
        for index in range(max(0, folder.source_count - _COMPARED), folder.source_count):
            is_cut(eight_bits(folder.source(index)))
    last = folder.times[-1].time if folder.source_count else None
    for frame in read(last):
        if last is not None and frame.time <= last:
            continue
        index = folder.source_count
        cut = is_cut is not None and is_cut(eight_bits(frame.pixels)) and index > 0
        folder.put_source(index, frame.pixels, frame.time, frame.duration, is_cut=cut)
        yield index
    if not folder.source_count:
        raise FilmError("there is no frame to paint; check the clip, and --from and --to")
    folder.finish_sources()


def eight_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return pixels of uint8 or uint16 as uint8."""
    if pixels.dtype == np.uint8:
        return pixels
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _read_again(
    folder: FilmFolder, read: FrameReader, *, passes: int, all_needed: bool
) -> Iterator[int]:
    """Put source frames that are needed and were put before, but are damaged or removed."""
    needed: list[range] = [range(folder.source_count)]
    if folder.has_all_sources and not all_needed:
        unpainted = [scene for scene in folder.scenes if folder.remaining(scene, pass_=passes)]
        needed = needed if unpainted and folder.record.film.get("loop") else unpainted
    missing = [index for frames in needed for index in folder.missing_sources(frames)]
    if not missing:
        return
    numbers = {folder.times[index].time: index for index in missing}
    for frame in read(folder.times[missing[0]].time):
        index = numbers.pop(frame.time, None)
        if index is not None:
            folder.put_source(index, frame.pixels, frame.time, frame.duration)
            yield index
        if not numbers:
            return
    first = float(min(numbers))
    raise FilmError(
        f"the clip has no frame at {first:g} s any more; remove {folder.path} and start again"
    )
