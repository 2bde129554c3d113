"""The files that the jobs of a batch read: each is hashed and looked at once."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ortstyle.errors import PictureError
from ortstyle.jobs.input_file import InputFile
from ortstyle.pictures.header import read_header


class BatchInputs:
    """Hashes of files and sizes of pictures, and what is wrong with those that can't be read."""

    def __init__(self) -> None:
        self._hashes: dict[Path, str] = {}
        self._of_films: dict[Path, str] = {}
        self._sizes: dict[tuple[Path, int], tuple[int, int]] = {}
        self._faults: dict[tuple[str, Path, int], str] = {}  # by role and most pixels

    @property
    def hashes(self) -> Mapping[Path, str]:
        """SHA-256 of each file that was read so far, by path."""
        return MappingProxyType(self._hashes)

    def hash_of(self, role: str, path: Path, *, is_film: bool = False) -> str:
        """Return what identifies a file; `role` is for messages.

        A file that a film is painted from is identified as `InputFile.of_film` does.

        Raises
        ------
        PictureError, FilmError
            The file can't be read.
        """
        if is_film:
            if path not in self._of_films:
                self._of_films[path] = InputFile.of_film(role, path).sha256
            return self._of_films[path]
        if path not in self._hashes:
            self._raise_known(role, path, 0)
            try:
                self._hashes[path] = InputFile.of(role, path).sha256
            except PictureError as error:
                self._faults[role, path, 0] = str(error)
                raise
        return self._hashes[path]

    def size_of(self, role: str, path: Path, *, max_pixels: int) -> tuple[int, int]:
        """Return the width and height of a picture, of which only the header is read.

        Raises
        ------
        PictureError
            The file is no picture, or has more than `max_pixels`.
        """
        key = path, max_pixels
        if key not in self._sizes:
            self._raise_known(role, path, max_pixels)
            try:
                self._sizes[key] = read_header(path, name=role, max_pixels=max_pixels).size
            except PictureError as error:
                self._faults[role, path, max_pixels] = str(error)
                raise
        return self._sizes[key]

    def _raise_known(self, role: str, path: Path, limit: int) -> None:
        """Raise the error again that a file had before, without reading it again."""
        if fault := self._faults.get((role, path, limit)):
            raise PictureError(fault)
