"""The files of a film that the worker of a cluster has got, and the frames among them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from ortstyle.jobs.cluster_film_files import painted_name, parse_frame, source_name
from ortstyle.special_files import special_kind
from ortstyle.video.frames.frame_file import (
    Levels,
    read_frame,
    to_levels,
    to_pixels,
    write_frame,
)

_MOST_BYTES = 1 << 30  # of a film on the disk of a worker, beside what is in use


class MissingFile(Exception):  # noqa: N818  the one who has it sends it
    """A file has not come yet, or is damaged.

    Attributes
    ----------
    name
        The name of the file.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class FilmStore:
    """Files by name in a folder; those that have not been used for longest are dropped.

    Parameters
    ----------
    path
        The folder, which is there, and empty.
    shared
        The folder of the film itself, if this machine sees it; frames are read there.
    """

    def __init__(self, path: Path, *, shared: Path | None = None) -> None:
        self._path, self._shared = path, shared
        self._sizes, self._used = dict[str, int](), Counter[str]()
        self._lock = RLock()

    @contextmanager
    def using(self, names: Sequence[str], files: Mapping[str, bytes]) -> Iterator[list[str]]:
        """Return a context in which files are kept, some of which are put now.

        Parameters
        ----------
        names
            The names of all of them.
        files
            Those to put.

        Returns
        -------
        context manager
            With the list of those that are missing.
        """
        with self._lock:
            self._used.update(names)
        try:
            for name in names:
                if name in files and _is_intact(name, files[name]):
                    self.put(name, files[name])
            yield [name for name in names if self.find(name) is None]
        finally:
            with self._lock:
                self._used.subtract(names)

    def put(self, name: str, data: bytes) -> None:
        """Put a file; others may be dropped for it."""
        with self._lock:
            self._sizes.pop(name, None)
            for other in list(self._sizes):
                if sum(self._sizes.values()) + len(data) <= _MOST_BYTES:
                    break
                if self._used[other] <= 0:
                    self.drop(other)
            temporary = self._path / f"{name}.new"
            temporary.write_bytes(data)
            temporary.replace(self._path / name)
            self._sizes[name] = len(data)

    def find(self, name: str) -> Path | None:
        """Return where a file lies; None if it is missing."""
        with self._lock:
            if name in self._sizes:
                self._sizes[name] = self._sizes.pop(name)  # the last one to be dropped
                return self._path / name
        if self._shared is None or (frame := parse_frame(name)) is None:
            return None
        kind, pass_, index = frame
        folder = self._shared / ("sources" if kind == "source" else f"painted/{pass_}")
        path = folder / f"{index:07}.png"
        return path if path.is_file() and not special_kind(path) else None

    def path_of(self, name: str) -> Path:
        """Return where a file lies; raise a `MissingFile` if it is missing."""
        if (path := self.find(name)) is None:
            raise MissingFile(name)
        return path

    def drop(self, name: str) -> None:
        """Remove a file, if it is there."""
        with self._lock:
            if self._sizes.pop(name, None) is not None:
                (self._path / name).unlink(missing_ok=True)


def _is_intact(name: str, data: bytes) -> bool:
    """Return whether a file has the hash that its name tells; frames are checked when read."""
    return parse_frame(name) is not None or sha256(data).hexdigest() in name


class StoredFrames:
    """The frames of a store, as those who paint take them; see `painting.film_frames.FilmFrames`.

    Parameters
    ----------
    store
        The files.
    size
        Width and height of every frame.
    """

    def __init__(self, store: FilmStore, size: tuple[int, int]) -> None:
        self._store, self._size = store, size

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of every frame."""
        return self._size

    def source(self, index: int) -> Levels:
        """Return a source frame; raise a `MissingFile` if it is missing or damaged."""
        return self._read(source_name(index))

    def painted(self, index: int, *, pass_: int) -> NDArray[np.float32]:
        """Return a painted frame; raise a `MissingFile` if it is missing or damaged."""
        levels = self._read(painted_name(index, pass_))
        return to_pixels(levels.astype(np.uint16, copy=False))

    def put_painted(self, index: int, pixels: NDArray[np.float32], *, pass_: int) -> None:
        """Put a painted frame; raise a `NotFiniteError` if a pixel is no number."""
        file = BytesIO()
        write_frame(file, to_levels(pixels))
        self._store.put(painted_name(index, pass_), file.getvalue())

    def file_of(self, index: int, *, pass_: int) -> bytes:
        """Return the file of a painted frame."""
        return self._store.path_of(painted_name(index, pass_)).read_bytes()

    def _read(self, name: str) -> Levels:
        try:
            with self._store.path_of(name).open("rb") as file:
                return read_frame(file, self._size)
        except (OSError, ValueError) as error:
            self._store.drop(name)
            raise MissingFile(name) from error
