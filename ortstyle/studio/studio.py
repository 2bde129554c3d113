"""The studio without HTTP: all that its page can ask for."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any, Literal, Self

from ortstyle.errors import OrtStyleError
from ortstyle.studio.about import describe_studio
from ortstyle.studio.catalogue import Catalogue
from ortstyle.studio.faults import Conflict, NotFound
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.orders.as_command import as_command
from ortstyle.studio.orders.form import describe_form
from ortstyle.studio.orders.ordered_jobs import longest_side
from ortstyle.studio.orders.workspace import read_workspace, write_workspace
from ortstyle.studio.paintings.detail import describe_painting
from ortstyle.studio.paintings.event_stream import EventHub
from ortstyle.studio.paintings.listener import Listener
from ortstyle.studio.paintings.ordered_paintings import OrderedPaintings
from ortstyle.studio.paintings.previews import Previews
from ortstyle.studio.paintings.queue import PaintingQueue
from ortstyle.studio.paintings.repair import make_consistent
from ortstyle.studio.pictures.collection import Pictures
from ortstyle.studio.pictures.films import Films, media_type_of
from ortstyle.studio.pictures.listing import picture_json
from ortstyle.studio.pictures.reader_process import Reader
from ortstyle.studio.pictures.views import ViewCache
from ortstyle.studio.planning import plan_order
from ortstyle.studio.records import Kind, Painting, Picture, Role
from ortstyle.studio.studio_films import StudioFilms


class Studio:
    """Pictures, paintings, queues and events of one folder; a context manager, which closes it.

    Any thread may call its methods. They return what JSON can hold, unless it is said otherwise.

    Parameters
    ----------
    folder
        The folder, which this holds until it is closed by whoever has opened it.
    devices
        The device of each worker process; "auto" for the best one, where an order may also ask for
        the processor.
    threads
        Processor threads; 0 for as many as the process may use.
    is_remote
        Whether other machines can reach it, which its page then says.
    command
        The command that starts a worker process; None for the package's own.
    starts_reader
        Whether to start the process that reads pictures at once, so that the first one is shown
        sooner.

    Attributes
    ----------
    catalogue
        What is remembered of pictures and paintings.
    films
        What the page can ask of films.

    Raises
    ------
    StudioError
        From every method, in one sentence; see `faults` for those that a page causes.
    """

    def __init__(
        self,
        folder: StudioFolder,
        *,
        devices: Sequence[str] = ("auto",),
        threads: int = 0,
        is_remote: bool = False,
        command: Sequence[str] | None = None,
        starts_reader: bool = True,
    ) -> None:
        self._folder, self._is_remote = folder, is_remote
        more = ["cpu"] if "auto" in devices else []
        self._devices = list(dict.fromkeys(["auto", *devices, *more]))
        self._listener, self._queues = Listener(), dict[Kind, PaintingQueue]()
        self.catalogue, self._reader = Catalogue(folder.catalogue), Reader()
        try:
            kinds: dict[Kind, tuple[Path, bool]] = {
                "draft": (folder.drafts, False),
                "painting": (folder.queue, True),
            }
            for kind, (path, background) in kinds.items():
                self._queues[kind] = PaintingQueue(
                    path,
                    devices=devices,
                    threads=threads,
                    tell=self._listener.tell,
                    command=command,
                    background=background,
                )
            frames = ViewCache(folder.frames, self._reader)
            films = Films(folder, self.catalogue, self._reader, frames)
            self._ordered = OrderedPaintings(
                folder,
                self.catalogue,
                queues=self._queues,
                previews=Previews(self._ask_preview),
                devices=self._devices,
                films=films,
            )
            make_consistent(self._ordered)
            self._views = ViewCache(folder.views, self._reader)
            self._pictures = Pictures(
                folder, self.catalogue, self._reader, self._views, films=films
            )
            self.films = StudioFilms(films, frames, self._ordered)
            if starts_reader:
                Thread(target=self._start_reader, name="reader", daemon=True).start()
        except BaseException:
            self._listener.begin(None)
            self.close()
            raise
        self._listener.begin(self._ordered)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave checkpoints of what is painted, and end all processes.

        Closing it again does nothing.
        """
        closing = [Thread(target=queue.close) for queue in self._queues.values()]
        for each in closing:
            each.start()
        if hasattr(self, "_ordered"):
            self._ordered.close()
        self._reader.close()
        for each in closing:
            each.join()
        self.catalogue.close()

    @property
    def hub(self) -> EventHub:
        """The events that tabs hear."""
        return self._ordered.hub

    # the whole

    def about(self) -> dict[str, Any]:
        """Return what the studio is and has."""
        return describe_studio(self._folder, self._devices, is_remote=self._is_remote)

    def form(self) -> dict[str, Any]:
        """Return the presets and settings that an order can have; see `form`."""
        return describe_form()

    def workspace(self) -> dict[str, Any]:
        """Return what is being composed."""
        return read_workspace(self._folder.workspace)

    def set_workspace(self, data: object) -> None:
        """Keep what is being composed."""
        write_workspace(self._folder.workspace, data)

    # pictures

    async def receive_picture(
        self, chunks: AsyncIterable[bytes], *, length: int | None, **kind: Any
    ) -> dict[str, Any]:
        """Keep a picture or film that is sent; see `Pictures.receive`."""
        picture = await self._pictures.receive(chunks, length=length, **kind)
        return await asyncio.to_thread(self._tell_picture, picture)

    def pictures(self, role: Role | None) -> list[dict[str, Any]]:
        """List the pictures of a role, or all; the newest first."""
        used = self.catalogue.used_pictures()
        return [
            picture_json(each, is_used=each.id in used) for each in self.catalogue.pictures(role)
        ]

    def picture_file(self, picture_id: str, side: int) -> tuple[Path, str]:
        """Return the file of a picture as it is shown, without metadata, and its media type."""
        path = self._pictures.view(picture_id, side)
        return path, media_type_of(path)

    def remove_picture(self, picture_id: str) -> None:
        """Remove a picture that no painting needs any more."""
        picture = self.catalogue.picture(picture_id)
        removed = [*(self.films.stills_of(picture_id) if picture.clip else ()), picture_id]
        if any(self._ordered.is_needed(id_) for id_ in removed):
            raise Conflict(
                f"“{picture.name}” is still needed by a painting; stop that, or wait until it is "
                "done."
            )
        for id_ in removed:
            self._pictures.remove(id_)
            self.hub.publish("removed", {"id": id_, "what": "picture"})

    # orders

    def order(self, data: object) -> list[dict[str, Any]]:
        """Take an order; return what is known of its paintings."""
        return self._ordered.summaries(self._ordered.order(data))

    def command(self, data: object) -> dict[str, str]:
        """Return what does the same as an order without the studio; see `as_command`."""
        order, pictures = self._ordered.read_order(data)
        names = {id_: picture.name for id_, picture in pictures.items()}
        return as_command(order, names, longest=longest_side(order, pictures))

    def plan(self, data: object) -> dict[str, Any]:
        """Return what an order will take; "seconds" is None before anything has been painted."""
        return plan_order(self._ordered, self._reader, data)

    # paintings

    def paintings(
        self, before: str | None, limit: int, kind: Kind | None, state: str | None
    ) -> dict[str, Any]:
        """Return a page of the paintings, the newest first, and whether there are more."""
        found = list(islice(self._ordered.found(before, kind=kind, state=state), limit + 1))
        return {"paintings": found[:limit], "more": len(found) > limit}

    def queue(self) -> list[dict[str, Any]]:
        """List what is not over, in the order of the queue; drafts come first."""
        return self._ordered.queue()

    def painting(self, painting_id: str) -> dict[str, Any]:
        """Return everything about a painting; see `detail`."""
        return describe_painting(self._ordered, self.catalogue.painting(painting_id))

    def act(self, painting_id: str, action: str, **values: Any) -> dict[str, Any]:
        """Do something with a painting; see `OrderedPaintings.act`."""
        return self._ordered.summary(self._ordered.act(painting_id, action, **values))

    def remove_painting(self, painting_id: str) -> None:
        """Remove a painting and its result, also while it is painted."""
        self._views.forget(painting_id)  # so that a full disk has room for the rest
        self.films.forget(painting_id)
        self._ordered.remove(painting_id)

    def preview(self, painting_id: str, side: int) -> tuple[bytes, int] | None:
        """Return the newest JPEG of what is being painted, and its version; None for none yet."""
        return self._ordered.look(painting_id, side)

    def image_file(self, painting_id: str, side: int | None) -> tuple[Path, str]:
        """Return the file of a result as it is shown, or without a side the result itself."""
        painting, path = self._result_of(painting_id)
        if self.films.is_film(painting):
            return self.films.poster(painting, path, side or 1024), "image/jpeg"
        if side is not None:
            path = self._views.view(path, painting_id, side=side, shown=painting.title)
        return path, media_type_of(path)

    def download(
        self,
        painting_id: str,
        metadata: Literal["keep", "minimal", "none"],
        format: Literal["png", "jpeg"],  # noqa: A002  what it is called in an address
    ) -> tuple[Path, str, str]:
        """Return the file of a result to be kept, its name for the user, and its media type."""
        painting, path = self._result_of(painting_id)
        if self.films.is_film(painting):
            return path, f"{painting.title}{path.suffix}", media_type_of(path)
        path = self._views.download(
            path, painting_id, metadata=metadata, form=format, shown=painting.title
        )
        return path, f"{painting.title}{path.suffix}", media_type_of(path)

    def to_picture(self, painting_id: str, role: Role) -> dict[str, Any]:
        """Use a result as a picture."""
        painting, path = self._result_of(painting_id)
        if self.films.is_film(painting):
            raise Conflict("A painted film can't be used as a picture; download it.")
        name = f"{painting.title}{path.suffix}"
        return self._tell_picture(self._pictures.adopt(path, name=name, role=role))

    def _start_reader(self) -> None:
        """Start the process that reads pictures, so that the first one is shown sooner."""
        with suppress(OrtStyleError):  # it is closed already, or the first picture will say why
            self._reader.start(delay=3)  # seconds, in which the page is loaded

    def _result_of(self, painting_id: str) -> tuple[Painting, Path]:
        painting = self.catalogue.painting(painting_id)
        if self._ordered.state(painting) != "done":
            raise NotFound("This painting has no result yet.")
        return painting, self.films.result(painting)

    def _tell_picture(self, picture: Picture) -> dict[str, Any]:
        found = picture_json(picture, is_used=bool(self.catalogue.users_of(picture.id)))
        self.hub.publish("picture", found)
        return found

    def _ask_preview(self, key: str, side: int) -> None:
        for queue in self._queues.values():  # those without such a job leave it alone
            queue.preview(key, side)
