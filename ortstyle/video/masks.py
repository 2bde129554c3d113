"""The masks of a film: opened, and those that move read into the film's folder."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ortstyle.errors import FilmError, PictureError
from ortstyle.pictures.read import Source, read_rgb
from ortstyle.video.frames.disk_room import frame_errors
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.frames.frame_store import FrameStore
from ortstyle.video.media.clip import Clip, open_clip
from ortstyle.video.media.decode import read_frames
from ortstyle.video.painting.mask_film import FrameMask, MovingMask, StillMask, visible_styles
from ortstyle.video.times import format_time

_MASKS = "masks"  # folder within that of a film


class FilmMasks:
    """The masks of a film, one for each style; none of them is read before `read` is called.

    Parameters
    ----------
    paths
        For each style a film, a folder of pictures or a picture; empty for no mask.
    clip
        The film that is painted; of a folder of pictures each belongs to a frame of it.
    max_pixels
        Largest number of pixels of a mask.

    Raises
    ------
    FilmError, PictureError
        A mask is neither a film nor a picture that can be read.
    """

    def __init__(self, paths: Sequence[str], clip: Clip, *, max_pixels: int) -> None:
        self._paths = [Path(path) if path else None for path in paths]
        self._clips = [
            None if path is None else _clip_of(path, clip.rate, max_pixels) for path in self._paths
        ]
        self._masks: list[FrameMask | None] = []
        stretched = [mask for mask in self._clips if mask and not _same_shape(mask, clip)]
        #: What a person should know.
        self.notices = tuple(
            f"content mask {mask.path} is {mask.width}×{mask.height} and the film "
            f"{clip.width}×{clip.height}: the mask is stretched; give one of the same shape"
            for mask in stretched
        )

    @property
    def count(self) -> int:
        """How many of the masks move."""
        return sum(clip is not None for clip in self._clips)

    def read(self, folder: FilmFolder, *, start: Fraction) -> Iterator[int]:
        """Read the frames of masks that move into the film's folder, unless they are there.

        Parameters
        ----------
        folder
            The folder, with all source frames.
        start
            The time of the first frame of the painted film's file.

        Yields
        ------
        int
            The number of each frame that was read.

        Raises
        ------
        FilmError
            A mask can't be read, or all are black in a frame.
        OutputError
            The folder can't be written.
        """
        size, was_read = folder.record.size, False
        times = [frame.time - start for frame in folder.times]
        for number, (path, clip) in enumerate(zip(self._paths, self._clips, strict=True), 1):
            if path is None or clip is None:
                self._masks.append(None if path is None else StillMask(path))
                continue
            store = FrameStore(folder.path / _MASKS / str(number), size, what="mask")
            moving = MovingMask(store)
            self._masks.append(moving)
            if moving.missing(len(times)):
                was_read = True
                with frame_errors(folder.path):
                    yield from moving.fill(_frames_of(clip, size), times)
        for index in range(len(times) if was_read else 0):
            if not self.visible(index):
                raise FilmError(
                    f"all masks are black at {format_time(times[index])}; paint white where a "
                    "style should go, or give one style no mask, as --content-mask -"
                )

    def visible(self, index: int) -> list[int]:
        """List the numbers of the styles that have room in a frame, from 0."""
        if not self.count:
            return list(range(len(self._paths)))
        return visible_styles(self._masks, index)

    def of_frame(self, index: int) -> list[Source | None]:
        """Return the mask of each style in a frame; call `read` before."""
        return [None if mask is None else mask.at(index) for mask in self._masks]

    def remove(self, folder: FilmFolder) -> None:
        """Remove the frames of masks from the folder of a film that is finished."""
        for mask in self._masks:
            if isinstance(mask, MovingMask):
                mask.store.remove_all()
        FrameStore.remove_folder(folder.path / _MASKS)


def _clip_of(path: Path, rate: Fraction, max_pixels: int) -> Clip | None:
    """Open a mask that moves; None for a picture."""
    try:
        return open_clip(path, rate=rate, max_pixels=max_pixels)
    except FilmError as error:
        try:
            read_rgb(path, name="content mask", max_pixels=max_pixels)
        except PictureError:
            raise error from None
    return None


def _frames_of(clip: Clip, size: tuple[int, int]) -> Iterator[tuple[Fraction, NDArray[Any]]]:
    """Yield the frames of a mask with their times from its first frame on."""
    first: Fraction | None = None
    for frame in read_frames(clip, size):
        first = frame.time if first is None else first
        yield frame.time - first, frame.pixels


def _same_shape(mask: Clip, film: Clip) -> bool:
    difference = abs(mask.width * film.height - film.width * mask.height)
    return difference <= max(mask.width, mask.height, film.width, film.height)
