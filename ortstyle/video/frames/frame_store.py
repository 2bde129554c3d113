"""A folder of numbered frames, each a file that is there as a whole or not at all."""

import errno
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from ortstyle.errors import DamagedFrameError, FilmError
from ortstyle.files import reason_of, write_atomically
from ortstyle.special_files import is_link, special_kind
from ortstyle.video.frames.frame_file import Levels, is_complete, read_frame, write_frame

_Content = TypeVar("_Content")

_FRAME = re.compile(r"[0-9]{7,}\.png", re.ASCII)
_TEMPORARY = re.compile(r"\.ortstyle-[0-9a-f]{16}\.\w+")  # as `files.write_atomically` names them


class FrameStore:
    """Frames in a folder, by number; the process that makes one must have locked the film.

    Parameters
    ----------
    path
        The folder, which is made when the first frame is put.
    size
        Width and height of every frame.
    what
        What they are, such as "source frame", for error messages.

    Raises
    ------
    FilmError
        The folder is a link, through which files elsewhere would be written.
    """

    def __init__(self, path: Path, size: tuple[int, int], *, what: str) -> None:
        self.path, self._size, self._what = path, size, what
        if is_link(path):
            raise FilmError(f"{path} is a link; remove it")
        self._complete: set[int] = set()  # frames whose files have been looked at
        remove_temporary(path)

    def put(self, index: int, levels: Levels) -> None:
        """Put a frame: ``(H, W, 3)`` uint8 or uint16; an `OSError` if it can't be written."""
        width, height = self._size
        if levels.shape != (height, width, 3):
            raise ValueError(f"a frame has the shape {levels.shape}, not {(height, width, 3)}")
        path = self._path_of(index)
        if is_link(path):
            path.unlink()
        self.path.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda file: write_frame(file, levels))
        self._complete.add(index)

    def read(self, index: int) -> Levels:
        """Return a frame.

        Raises
        ------
        DamagedFrameError
            It is missing, or damaged and now removed.
        FilmError
            The system does not let it be read.
        """
        return self._read(index, lambda file: read_frame(file, self._size))

    def read_file(self, index: int) -> bytes:
        """Return the file of a frame, of which only the beginning and the end are checked.

        Raises
        ------
        DamagedFrameError, FilmError
            As `read`.
        """

        def read(file: BinaryIO) -> bytes:
            if not is_complete(file, self._size):
                raise ValueError("it is cut short")
            file.seek(0)
            return file.read()

        return self._read(index, read)

    def _read(self, index: int, read: Callable[[BinaryIO], _Content]) -> _Content:
        path = self._path_of(index)
        if is_link(path) or special_kind(path):
            raise self.damaged(index, "it is no file")
        try:
            with path.open("rb") as file:
                return read(file)
        except (FileNotFoundError, ValueError) as error:
            raise self.damaged(index, reason_of(error)) from error
        except OSError as error:
            if error.errno == errno.EIO:  # a part of the disk is broken
                raise self.damaged(index, reason_of(error)) from error
            raise FilmError(f"{path} can't be read ({reason_of(error)})") from error

    def damaged(self, index: int, reason: str) -> DamagedFrameError:
        """Remove a frame that is damaged, and return the error to raise."""
        self.remove(index)
        return DamagedFrameError(
            f"{self._what} {index} in {self.path} is damaged or missing ({reason}); give the same "
            "command again, which makes it anew"
        )

    def has(self, index: int) -> bool:
        """Return whether a frame is there; of its file only the beginning and the end are read.

        Raises
        ------
        FilmError
            The system does not let it be read.
        """
        if index not in self._complete:
            path = self._path_of(index)
            if is_link(path) or special_kind(path):
                return False
            try:
                with path.open("rb") as file:
                    if not is_complete(file, self._size):
                        return False
            except FileNotFoundError:
                return False
            except OSError as error:
                if error.errno == errno.EIO:
                    return False
                raise FilmError(f"{path} can't be read ({reason_of(error)})") from error
            self._complete.add(index)
        return True

    def remove(self, index: int) -> None:
        """Remove a frame, if it is there."""
        self._complete.discard(index)
        _remove(self._path_of(index))

    def remove_all(self) -> None:
        """Remove all frames, and the folder if nothing else is in it."""
        self._complete.clear()
        for path in self._files():
            _remove(path)
        self.remove_folder(self.path)

    @staticmethod
    def remove_folder(path: Path) -> None:
        """Remove a folder if it is empty."""
        with suppress(OSError):
            path.rmdir()

    @property
    def size(self) -> int:
        """Bytes of all frames."""
        return sum(path.lstat().st_size for path in self._files())

    def _path_of(self, index: int) -> Path:
        return self.path / f"{index:07}.png"

    def _files(self) -> list[Path]:
        return _matching(self.path, _FRAME)


def remove_temporary(folder: Path) -> None:
    """Remove what a process that was killed has left in a folder that this one has locked."""
    for path in _matching(folder, _TEMPORARY):
        _remove(path)


def _matching(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if pattern.fullmatch(path.name)]
    except OSError:  # it isn't there yet
        return []


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
