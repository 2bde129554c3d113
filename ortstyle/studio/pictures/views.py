"""Pictures as small as they are shown, kept on disk as long as there is room for them."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Literal

from ortstyle.studio.faults import NoSpace, NotFound
from ortstyle.studio.pictures.reader_process import Reader
from ortstyle.studio.pictures.uploads import writing_faults
from ortstyle.studio.records import is_id

STEPS = (256, 512, 1024, 2048)
"""Longest sides of views, in pixels."""

_MOST_BYTES = 512_000_000
_LEFT = 0.8  # of the most bytes that are left when the oldest files are removed


class ViewCache:
    """Makes views and downloads of pictures, and keeps them; any thread may use it.

    The files may be removed at any time; what is missing is made again.

    Parameters
    ----------
    folder
        Where they are kept; made if it is missing.
    reader
        What reads the pictures.
    most_bytes
        Of all files together; the ones that were not used for the longest time are removed.

    Raises
    ------
    NotFound
        From methods that are given a path: the picture's file is gone.
    Refused, NoSpace, StudioError
        As from `Reader`.
    """

    def __init__(self, folder: Path, reader: Reader, *, most_bytes: int = _MOST_BYTES) -> None:
        self._folder, self._reader, self._most = folder, reader, most_bytes
        self._making, self._bytes = Lock(), 0
        self._remove_oldest(most_bytes)

    def view(self, path: Path, key: str, *, side: int, shown: str) -> Path:
        """Return the file of a picture without metadata, a JPEG, or a PNG where transparent.

        Parameters
        ----------
        path
            The picture.
        key
            Its id.
        side
            The longest side that is wanted; the next larger one of `STEPS` is taken.
        shown
            The name by which messages call it.
        """
        step = _step(side)
        out = self._folder / f"{_versioned(path, key)}-{step}"
        suffixed = [out.with_name(f"{out.name}{suffix}") for suffix in (".jpg", ".png")]
        return self._kept(suffixed, lambda: self._reader.view(path, out, side=step, shown=shown))

    def download(
        self,
        path: Path,
        key: str,
        *,
        metadata: Literal["keep", "minimal", "none"],
        form: Literal["png", "jpeg"],
        shown: str,
    ) -> Path:
        """Return the file of a result with some of its metadata, to be kept by the user.

        Parameters
        ----------
        path
            The result, a PNG. With all metadata and as a PNG it is what is returned.
        key
            Its id.
        metadata
            What to keep; see `Encoding.metadata`.
        form
            The format.
        shown
            The name by which messages call it.
        """
        versioned = _versioned(path, key)
        if form == "png" and metadata == "keep":
            return path
        suffix = ".png" if form == "png" else ".jpg"
        out = self._folder / f"{versioned}-{metadata}{suffix}"

        def make() -> Path:
            self._reader.download(path, out, metadata=metadata, shown=shown)
            return out

        return self._kept([out], make)

    def frame(self, path: Path, key: str, *, at: float, side: int, shown: str) -> Path:
        """Return the file of a film's frame, a JPEG.

        Parameters
        ----------
        path
            The film.
        key
            Its id, or that of the painting that it is the result of.
        at
            The moment, in seconds from the first frame.
        side
            As in `view`.
        shown
            The name by which messages call it.
        """
        step, moment = _step(side), round(at * 1000)
        out = self._folder / f"{_versioned(path, key)}-{moment}ms-{step}.jpg"

        def make() -> Path:
            self._reader.frame(path, out, at=moment / 1000, side=step, shown=shown)
            return out

        return self._kept([out], make)

    def forget(self, key: str) -> None:
        """Remove what is kept of a picture."""
        if is_id(key):
            # Not by `glob`, which keeps a compiled pattern of each key in memory.
            with suppress(OSError), os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.name.startswith(f"{key}-"):
                        with suppress(OSError):
                            Path(entry).unlink()

    def _kept(self, paths: list[Path], make: Callable[[], Path]) -> Path:
        """Return the file that is at one of some paths; make it if there is none."""
        if found := _touched(paths):
            return found
        with self._making:
            if found := _touched(paths):  # another thread has made it meanwhile
                return found
            with writing_faults():
                self._folder.mkdir(parents=True, exist_ok=True)
            try:
                made = make()
            except NoSpace:
                self._remove_oldest(self._bytes // 2)
                made = make()
            with suppress(OSError):
                self._bytes += made.stat().st_size
            if self._bytes > self._most:
                self._remove_oldest(int(self._most * _LEFT), but=made)
            return made

    def _remove_oldest(self, most: int, *, but: Path | None = None) -> None:
        """Remove files, the oldest first, until they have so many bytes at most."""
        found = []
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    found.append((status.st_mtime_ns, status.st_size, Path(entry.path)))
        self._bytes = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if self._bytes <= most:
                return
            if path != but:
                with suppress(OSError):  # on Windows it may be open
                    path.unlink()
                    self._bytes -= size


def _step(side: int) -> int:
    return next((step for step in STEPS if step >= side), STEPS[-1])


def _versioned(path: Path, key: str) -> str:
    """Return the beginning of the names of what is made of a file as it is now."""
    if not is_id(key):
        raise NotFound("There is no such picture.")
    try:
        found = path.stat()
    except OSError as error:
        raise NotFound("The file of this picture is not there any more.") from error
    return f"{key}-{found.st_mtime_ns:x}-{found.st_size:x}"


def _touched(paths: list[Path]) -> Path | None:
    """Return the path that exists, marked as used now."""
    for path in paths:
        with suppress(FileNotFoundError):
            path.stat()
            with suppress(OSError):
                os.utime(path)
            return path
    return None
