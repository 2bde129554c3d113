"""The pictures and films that were sent: received, kept as they came, shown and removed."""

import time
from collections.abc import AsyncIterable
from contextlib import suppress
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from ortstyle.errors import StudioError
from ortstyle.studio.catalogue import Catalogue
from ortstyle.studio.faults import NoSpace, Refused
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.guard.body_limits import CLIP_BYTES, UPLOAD_BYTES
from ortstyle.studio.pictures.file_names import shown_name
from ortstyle.studio.pictures.films import Films
from ortstyle.studio.pictures.reader_process import Reader
from ortstyle.studio.pictures.uploads import Upload, too_large, writing_faults
from ortstyle.studio.pictures.views import ViewCache
from ortstyle.studio.records import Picture, Role, new_id

_AT_ONCE = 1 << 20  # bytes that are written at once
_RESERVE = 64_000_000  # bytes of the disk that are left to the catalogue and the queue


class Pictures:
    """The pictures of a studio; any thread may use them.

    Parameters
    ----------
    folder
        The studio's folder.
    catalogue
        What is known of the pictures.
    reader
        What reads them.
    views
        What shows them.
    films
        What shows those that are films.
    most_bytes, most_film_bytes
        Largest size of a picture's file, and of a film's.

    Raises
    ------
    StudioError
        From every method, in a sentence; see `faults`.
    """

    def __init__(
        self,
        folder: StudioFolder,
        catalogue: Catalogue,
        reader: Reader,
        views: ViewCache,
        *,
        films: Films | None = None,
        most_bytes: int = UPLOAD_BYTES,
        most_film_bytes: int = CLIP_BYTES,
    ) -> None:
        self._folder, self._catalogue = folder, catalogue
        self._reader, self._views, self._films = reader, views, films
        self._most = {False: most_bytes, True: most_film_bytes}

    async def receive(
        self,
        chunks: AsyncIterable[bytes],
        *,
        name: str,
        role: Role,
        length: int | None = None,
        is_film: bool = False,
    ) -> Picture:
        """Keep a picture that is sent; return the one that has its bytes and role already, if any.

        Whatever goes wrong, nothing of it stays.

        Parameters
        ----------
        chunks
            Its bytes as they come.
        name
            The name of its file on the user's machine.
        role
            What it is sent for.
        length
            How many bytes there are, if it was told.
        is_film
            Whether it is a film; it is then sent as a photograph.

        Raises
        ------
        Refused
            The bytes ended early, there are none, or they are no picture or film that can be read.
        TooLarge
            There are more bytes than allowed.
        NoSpace
            The disk is full.
        """
        shown = shown_name(name)
        self._check_room(length or 0, shown, self._most[is_film])
        with self._upload(shown, self._most[is_film]) as upload:
            try:
                await _fill(upload, chunks)
            except ClientDisconnect as error:
                raise _cut_off(shown) from error
            if length is not None and upload.size < length:
                raise _cut_off(shown)
            return await run_in_threadpool(self._keep, upload, shown, role, is_film)

    def adopt(self, path: Path, *, name: str, role: Role) -> Picture:
        """Keep a copy of a result as a picture; the rest is as in `receive`."""
        shown = shown_name(name)
        with self._upload(shown, self._most[False]) as upload:
            with writing_faults(), path.open("rb") as file:
                while data := file.read(_AT_ONCE):
                    upload.write(data)
            return self._keep(upload, shown, role, False)

    def path_of(self, picture: Picture) -> Path:
        """Return the file of a picture."""
        return self._folder.picture(picture.id, picture.suffix)

    def view(self, picture_id: str, side: int) -> Path:
        """Return the file of a picture without metadata, as `ViewCache.view` does."""
        picture = self._catalogue.picture(picture_id)
        if picture.clip is not None and self._films:
            return self._films.frame(picture_id, at=None, side=side)
        path = self.path_of(picture)
        return self._views.view(path, picture.id, side=side, shown=picture.name)

    def remove(self, picture_id: str) -> None:
        """Remove a picture. Whether a painting still needs it is for the caller to know."""
        picture = self._catalogue.picture(picture_id)
        self._views.forget(picture_id)  # so that a full disk has room for the rest
        if self._films:
            self._films.forget(picture_id)
        self._catalogue.remove_picture(picture_id)
        _remove(self.path_of(picture))

    def _check_room(self, length: int, shown: str, most: int) -> None:
        if length > most:
            raise too_large(shown, most)
        if self._folder.free_bytes() < length + _RESERVE:
            raise NoSpace(f"The disk has no room for “{shown}”; free some space, and try again.")

    def _upload(self, shown: str, most: int) -> Upload:
        path = self._folder.uploads / f"{new_id()}.part"
        return Upload(path, most_bytes=most, shown=shown)

    def _keep(self, upload: Upload, shown: str, role: Role, is_film: bool) -> Picture:  # noqa: FBT001
        """Keep what has been received whole."""
        if not upload.size:
            raise Refused(f"“{shown}” is empty; get a fresh copy.")
        upload.finish()
        if known := self._catalogue.find_picture(upload.sha256, role):
            if not self.path_of(known).is_file():  # somebody has removed it
                upload.move_to(self.path_of(known))
            return known
        read = self._reader.inspect_clip if is_film else self._reader.inspect
        found = read(upload.path, shown=shown)
        picture = Picture(
            id=new_id(),
            name=shown,
            role=role,
            suffix=found.suffix,
            sha256=upload.sha256,
            bytes=upload.size,
            width=found.width,
            height=found.height,
            added=time.time(),
            clip=found.clip,
        )
        path = self.path_of(picture)
        upload.move_to(path)
        try:
            kept = self._catalogue.add_picture(picture)
        except StudioError:
            _remove(path)
            raise
        if kept.id != picture.id:  # the same bytes have come at the same time
            _remove(path)
        return kept


async def _fill(upload: Upload, chunks: AsyncIterable[bytes]) -> None:
    """Write what comes, in pieces that are worth a thread."""
    waiting = bytearray()
    async for chunk in chunks:
        waiting += chunk
        if len(waiting) >= _AT_ONCE:
            await run_in_threadpool(upload.write, bytes(waiting))
            waiting.clear()
    await run_in_threadpool(upload.write, bytes(waiting))


def _cut_off(shown: str) -> Refused:
    return Refused(f"The upload of “{shown}” was cut off; send it again.")


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
