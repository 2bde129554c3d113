"""The films that were sent to the studio: their frames as small as they are shown, and stills."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path
from typing import Any

from ortstyle.errors import StudioError
from ortstyle.special_files import retry_while_open
from ortstyle.studio.catalogue import Catalogue
from ortstyle.studio.faults import NoSpace, NotFound
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.pictures.reader_process import Reader
from ortstyle.studio.pictures.uploads import writing_faults
from ortstyle.studio.pictures.views import ViewCache
from ortstyle.studio.records import Picture, new_id

_POSTER = 1.0  # seconds; films often begin black
_RESERVE = 64_000_000  # bytes of the disk that are left to the catalogue and the queue

#: Media types by suffix, of pictures too; browsers play QuickTime as MP4, or not at all.
MEDIA_TYPES: Mapping[str, str] = {
    ".avi": "video/x-msvideo",
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".m4v": "video/mp4",
    ".mkv": "video/x-matroska",
    ".mov": "video/mp4",
    ".mp4": "video/mp4",
    ".mpg": "video/mpeg",
    ".ogv": "video/ogg",
    ".png": "image/png",
    ".ts": "video/mp2t",
    ".webm": "video/webm",
    ".webp": "image/webp",
}
OTHER_TYPE = "application/octet-stream"


class Films:
    """The films of a studio; any thread may use them.

    Parameters
    ----------
    folder, catalogue, reader
        The studio's folder, what is known of its pictures, and what reads them.
    frames
        Keeps frames that are shown.

    Raises
    ------
    StudioError
        From every method, in a sentence; see `faults`. `NotFound` for what is no film.
    """

    def __init__(
        self, folder: StudioFolder, catalogue: Catalogue, reader: Reader, frames: ViewCache
    ) -> None:
        self._folder, self._catalogue, self._reader = folder, catalogue, reader
        self._frames = frames

    def film(self, film_id: str) -> tuple[Picture, Path]:
        """Return a film and its file."""
        picture = self._catalogue.picture(film_id)
        if picture.clip is None:
            raise NotFound("This is no film.")
        return picture, self._folder.picture(picture.id, picture.suffix)

    def frame(self, film_id: str, *, at: float | None, side: int) -> Path:
        """Return the file of a frame, a JPEG.

        Parameters
        ----------
        film_id
            The film.
        at
            Seconds from its first frame; None for the frame that stands for it.
        side
            The longest side in pixels; see `ViewCache.view`.
        """
        picture, path = self.film(film_id)
        moment = poster_of(picture) if at is None else at
        return self._frames.frame(path, film_id, at=moment, side=side, shown=picture.name)

    def still(self, film_id: str, *, at: float) -> Picture:
        """Keep a frame, with all its pixels, as a picture; the one that has its pixels, if any."""
        film, path = self.film(film_id)
        if self._folder.free_bytes() < 6 * film.width * film.height + _RESERVE:
            raise NoSpace("The disk has no room for a still; free some space, and try again.")
        out = self._folder.uploads / f"{new_id()}.part"
        try:
            self._reader.still(path, out, at=at, shown=film.name)
            with writing_faults(), out.open("rb") as file:
                digest, size = file_digest(file, "sha256").hexdigest(), out.stat().st_size
            return self._keep(film, out, at=at, sha256=digest, size=size)
        finally:
            with suppress(OSError):
                out.unlink(missing_ok=True)

    def stills_of(self, film_id: str) -> list[Picture]:
        """List the stills that were made of a film."""
        every = self._catalogue.pictures("photograph")
        return [each for each in every if each.still and each.still["of"] == film_id]

    def forget(self, key: str) -> None:
        """Remove the frames that are kept of a film, or of a painted one."""
        self._frames.forget(key)

    def _keep(self, film: Picture, out: Path, *, at: float, sha256: str, size: int) -> Picture:
        known = self._catalogue.find_picture(sha256, "photograph")
        if known and self._folder.picture(known.id, known.suffix).is_file():
            return known
        if known:
            self._catalogue.remove_picture(known.id)
        picture = replace(
            film,
            id=new_id(),
            name=f"{Path(film.name).stem} {_moment(at)}.png",
            suffix=".png",
            sha256=sha256,
            bytes=size,
            added=time.time(),
            clip=None,
            still={"of": film.id, "at": at},
        )
        path = self._folder.picture(picture.id, ".png")
        with writing_faults():
            retry_while_open(lambda: out.replace(path))
        try:
            kept = self._catalogue.add_picture(picture)
        except StudioError:
            _remove(path)
            raise
        if kept.id != picture.id:  # the same one was made at the same time
            _remove(path)
        return kept


def media_type_of(path: Path) -> str:
    """Return the media type of the file of a film or picture by its suffix."""
    return MEDIA_TYPES.get(path.suffix, OTHER_TYPE)


def poster_of(picture: Picture) -> float:
    """Return the moment of the frame that stands for a film, in seconds from its first one."""
    clip: Mapping[str, Any] = picture.clip or {}
    return min(_POSTER, (clip.get("seconds") or 0.0) / 2)


def _moment(at: float) -> str:
    """Return a moment as a part of a file's name, such as "1m02.5s"."""
    minutes, seconds = divmod(round(at, 2), 60)
    return f"{int(minutes)}m{seconds:05.2f}s"


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
