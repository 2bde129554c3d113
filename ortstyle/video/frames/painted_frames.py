"""The painted frames of a film, in the last two passes of each."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ortstyle.errors import FilmError
from ortstyle.special_files import is_link
from ortstyle.video.frames.disk_room import frame_errors
from ortstyle.video.frames.frame_file import to_levels, to_pixels
from ortstyle.video.frames.frame_store import FrameStore

PAINTED = "painted"
_MOST_PASSES = 1000


class PaintedFrames:
    """The part of a film's folder that holds its painted frames.

    Parameters
    ----------
    folder
        The film's folder, which this process has locked.
    size
        Width and height of every frame.

    Raises
    ------
    FilmError
        The folder holds links.
    """

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self._folder, self._size = folder, size
        self._passes: dict[int, FrameStore] = {}
        for number in self._found_passes():
            self._pass(number)

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of every frame."""
        return self._size

    def put_painted(self, index: int, pixels: NDArray[np.float32], *, pass_: int = 1) -> None:
        """Put a painted frame, rounded to 16 bits; the pass before the last one is removed.

        Parameters
        ----------
        index
            Its number, from 0.
        pixels
            ``(H, W, 3)`` float32, 0–255.
        pass_
            The pass, from 1, in which it was painted.

        Raises
        ------
        NotFiniteError
            A pixel is infinite or not a number.
        OutputError
            It can't be written.
        """
        levels = to_levels(pixels)
        with frame_errors(self._folder):
            self._pass(pass_).put(index, levels)
        for number, store in self._passes.items():
            if number < pass_ - 1:
                store.remove(index)

    def painted(self, index: int, *, pass_: int = 1) -> NDArray[np.float32]:
        """Return a painted frame as its file holds it: ``(H, W, 3)`` float32, 0–255.

        Raises
        ------
        DamagedFrameError
            It is damaged or missing, and not painted from now on.
        """
        return to_pixels(self.painted_levels(index, pass_=pass_))

    def painted_levels(self, index: int, *, pass_: int = 1) -> NDArray[np.uint16]:
        """Return a painted frame with 16 bits a channel: ``(H, W, 3)`` uint16.

        Raises
        ------
        DamagedFrameError
            As `painted`.
        """
        levels = self._pass(pass_).read(index)
        if levels.dtype != np.uint16:
            raise self._pass(pass_).damaged(index, "it has 8 bits a channel")
        return levels.astype(np.uint16, copy=False)

    def painted_file(self, index: int, *, pass_: int = 1) -> bytes:
        """Return the file of a painted frame, of which only the beginning and the end are checked.

        Raises
        ------
        DamagedFrameError
            As `painted`.
        """
        return self._pass(pass_).read_file(index)

    def is_painted(self, index: int, *, pass_: int = 1) -> bool:
        """Return whether a frame was painted in this pass, or in one after it."""
        return any(store.has(index) for number, store in self._passes.items() if number >= pass_)

    def remaining(self, frames: range, *, pass_: int = 1) -> list[int]:
        """List those of some frames that are not painted yet in this pass."""
        return [index for index in frames if not self.is_painted(index, pass_=pass_)]

    @property
    def painted_bytes(self) -> int:
        """Bytes of the painted frames on the disk."""
        return sum(store.size for store in self._passes.values())

    def remove_painted(self, *, last_too: bool) -> None:
        """Remove the frames of all passes, or of all but the last."""
        last = max(self._passes, default=0)
        for number, store in self._passes.items():
            if last_too or number < last:
                store.remove_all()
        FrameStore.remove_folder(self._folder / PAINTED)

    @staticmethod
    def remove_from(folder: Path) -> None:
        """Remove all that a film's folder holds of painted frames."""
        PaintedFrames(folder, (1, 1)).remove_painted(last_too=True)

    def _pass(self, number: int) -> FrameStore:
        if number not in self._passes:
            store = FrameStore(
                self._folder / PAINTED / str(number), self._size, what="painted frame"
            )
            self._passes[number] = store
        return self._passes[number]

    def _found_passes(self) -> list[int]:
        folder = self._folder / PAINTED
        if is_link(folder):
            raise FilmError(f"{folder} is a link; remove it")
        names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
        numbers = (
            int(name) for name in names if name.isascii() and name.isdecimal() and name < "9999"
        )
        return sorted(number for number in numbers if 0 < number <= _MOST_PASSES)
