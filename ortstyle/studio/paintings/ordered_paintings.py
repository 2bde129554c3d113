"""What is done with paintings, from the order to the result, over the catalogue and both queues."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from ortstyle.errors import OrtStyleError
from ortstyle.settings.checks import check_choice
from ortstyle.studio.catalogue import Catalogue
from ortstyle.studio.faults import Conflict, NotFound, Refused
from ortstyle.studio.folder import RESULT_SUFFIXES, StudioFolder
from ortstyle.studio.orders.order import Order
from ortstyle.studio.orders.ordered_jobs import job_of, plan_jobs
from ortstyle.studio.orders.ordered_settings import refusing
from ortstyle.studio.paintings.overview import Overview
from ortstyle.studio.paintings.previews import Previews
from ortstyle.studio.paintings.queue import PaintingQueue
from ortstyle.studio.paintings.summary import is_over, order_of
from ortstyle.studio.pictures.films import Films, poster_of
from ortstyle.studio.pictures.listing import picture_json
from ortstyle.studio.records import Kind, Painting, Picture

_RECENT = 200  # paintings among which the one is looked for that another one begins from


class OrderedPaintings(Overview):
    """Takes orders, and does what a page asks to be done with paintings; any thread may use it.

    Parameters
    ----------
    devices
        The devices that may be ordered.
    films
        The films that may be ordered.
    folder, catalogue, queues, previews
        See `Overview`.

    Raises
    ------
    Refused, NotFound, Conflict
        It can't be done; the message is for the page.
    """

    def __init__(
        self,
        folder: StudioFolder,
        catalogue: Catalogue,
        *,
        queues: Mapping[Kind, PaintingQueue],
        previews: Previews,
        devices: Sequence[str],
        films: Films,
    ) -> None:
        super().__init__(folder, catalogue, queues=queues, previews=previews)
        self._devices, self._films = list(devices), films

    def order(self, data: object) -> list[Painting]:
        """Take an order; return its paintings, of which some may have been painted already."""
        order, pictures = self._with_still(*self.read_order(data))
        order = replace(order, label="", parent=self._parent_of(order, pictures))
        planned = plan_jobs(order, pictures, self.folder)
        known = {painting.id for painting, _ in planned if self.knows(painting.id)}
        new = [(painting, job) for painting, job in planned if painting.id not in known]
        if any(self.queues[painting.kind].is_removing(painting.key) for painting, _ in new):
            raise Conflict("A draft of these is just being removed; try again in a moment.")
        self.catalogue.add_paintings([painting for painting, _ in new])
        try:
            for kind, queue in self.queues.items():
                jobs = [job for painting, job in new if painting.kind == kind]
                queue.add(jobs, first=kind == "draft" and len(jobs) == 1)
        except OrtStyleError:
            for painting, _ in new:
                self.catalogue.remove_painting(painting.id)
            raise
        found = [self.catalogue.painting(painting.id) for painting, _ in planned]
        for painting in found:
            if painting.id in known and self.state(painting) in ("failed", "stopped"):
                self.act(painting.id, "retry")
            self.tell_painting(painting)
        self.tell_queue()
        return found

    def read_order(self, data: object) -> tuple[Order, dict[str, Picture]]:
        """Check an order; return it with its pictures by id."""
        order = Order.from_json(data)
        with refusing("device"):
            check_choice("device", order.device, self._devices)
        pictures = self.pictures_of(order)
        if order.film and pictures[order.photograph].clip is None:
            raise Refused("This photograph is no film; choose one.", field="photograph")
        return order, pictures

    def pictures_of(self, order: Order) -> dict[str, Picture]:
        """Return the pictures of an order by id; raise `NotFound` if one is gone."""
        found = {}
        for id_, what in order.pictures.items():
            with suppress(NotFound):
                picture = self.catalogue.picture(id_)
                if self.folder.picture(id_, picture.suffix).is_file():
                    found[id_] = picture
                    continue
            field = what if what == "photograph" else None
            raise NotFound(f"The {what} is not there any more; send it again.", field=field)
        return found

    def _with_still(
        self, order: Order, pictures: dict[str, Picture]
    ) -> tuple[Order, dict[str, Picture]]:
        """Return an order of a picture with a still, where its photograph is a film."""
        film = pictures[order.photograph]
        if film.clip is None or order.film:
            return order, pictures
        moment = poster_of(film) if order.moment is None else order.moment
        still = self._films.still(film.id, at=moment)
        self.hub.publish("picture", picture_json(still, is_used=True))
        order = replace(order, photograph=still.id, moment=None)
        return order, {**pictures, still.id: still}

    def _parent_of(self, order: Order, pictures: Mapping[str, Picture]) -> str | None:
        """Return the painting whose result an order begins from, if it is one."""
        if order.start is None:
            return None
        if order.parent and self.knows(order.parent):
            return order.parent
        begins = pictures[order.start].sha256
        recent = self.catalogue.paintings(limit=_RECENT)
        return next((each.id for each in recent if each.result.get("sha256") == begins), None)

    def act(self, painting_id: str, action: str, *, before: str | None = None) -> Painting:
        """Pause, proceed, stop, retry or move a painting, and return it."""
        painting = self.catalogue.painting(painting_id)
        queue = self.queues[painting.kind]
        if action == "pause":
            queue.pause(painting.key)
        elif action == "proceed":
            queue.proceed(painting.key)
        elif action == "stop":
            queue.cancel(painting.key)
            self.live.forget(painting.id)
        elif action == "retry":
            self._retry(painting, queue)
        elif action == "move":
            queue.move(painting.key, self._key_before(painting, before))
        else:
            raise Refused("There is nothing of this name to do with a painting.")
        self.tell_painting(painting)
        self.tell_queue()
        return painting

    def add_again(self, painting: Painting) -> None:
        """Put a painting into its queue that no queue knows, if its pictures are there.

        Raises
        ------
        Refused
            A picture is gone, or this version would paint something else.
        """
        order = order_of(painting)
        job = job_of(order, self.pictures_of(order), self.folder, painting_id=painting.id)
        if job.key != painting.key:
            raise Conflict("This version would paint something else; order it anew.")
        self.queues[painting.kind].add([job])

    def remove(self, painting_id: str) -> None:
        """Remove a painting and all that is kept of it, also while it is painted."""
        painting = self.strike(painting_id)
        self.discard(painting.kind, painting.key)
        for suffix in RESULT_SUFFIXES:
            with suppress(OSError):  # on Windows somebody may just look at it
                self.folder.result(painting_id, suffix).unlink(missing_ok=True)
        self.forget(painting)
        self.tell_queue()

    def discard(self, kind: Kind, key: str) -> None:
        """Remove a job and its output from its queue, if it is there."""
        with suppress(NotFound):
            self.queues[kind].remove(key)

    def look(self, painting_id: str, side: int) -> tuple[bytes, int] | None:
        """Return the newest picture of a painting that is being painted, and its version."""
        painting = self.catalogue.painting(painting_id)
        if is_over(painting, self.row_of(painting)):
            return None
        return self.previews.look(painting.key, side)

    def _retry(self, painting: Painting, queue: PaintingQueue) -> None:
        self.pictures_of(order_of(painting))
        if self.row_of(painting) is None and not painting.result:
            self.add_again(painting)
        else:
            queue.retry(painting.key)

    def _key_before(self, painting: Painting, before: str | None) -> str | None:
        if before is None:
            return None
        other = self.catalogue.painting(before)
        if other.kind != painting.kind:
            raise Conflict("Drafts have a queue of their own, before all paintings.")
        return other.key
