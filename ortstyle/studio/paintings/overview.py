"""The overview: what is known of each painting, from the catalogue, the queues and their events."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from threading import RLock
from typing import Any

from ortstyle.jobs.events import Event
from ortstyle.jobs.row import Row
from ortstyle.studio.catalogue import Catalogue
from ortstyle.studio.faults import NotFound
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.orders.times import Times
from ortstyle.studio.paintings.curves import Curves
from ortstyle.studio.paintings.event_stream import EventHub
from ortstyle.studio.paintings.live import LiveProgress
from ortstyle.studio.paintings.previews import Previews
from ortstyle.studio.paintings.queue import PaintingQueue
from ortstyle.studio.paintings.queue_order import QueueOrder
from ortstyle.studio.paintings.summary import for_page, is_over, names_of, state_of, summarise
from ortstyle.studio.records import Kind, Painting

_KINDS: tuple[Kind, ...] = ("draft", "painting")
_PAGE = 100  # paintings that are read at once


class Overview:
    """Knows each painting from its order on, and tells what changes; any thread may use it.

    Parameters
    ----------
    folder, catalogue
        The studio's folder, and what it remembers.
    queues
        The queue of each kind of painting.
    previews
        Pictures of what is being painted.

    Attributes
    ----------
    curves, live, times
        The losses of paintings, how far they are, and how long they took.
    hub
        The events that tabs hear.
    """

    def __init__(
        self,
        folder: StudioFolder,
        catalogue: Catalogue,
        *,
        queues: Mapping[Kind, PaintingQueue],
        previews: Previews,
    ) -> None:
        self.folder, self.catalogue, self.queues = folder, catalogue, queues
        self.previews, self.curves = previews, Curves(folder.path / "curves")
        self.live, self.hub, self.times = LiveProgress(), EventHub(), Times()
        self._telling = RLock()
        self._ids = dict[str, str]()  # of the paintings in the order that was told last, by key
        self._order = QueueOrder(self._tell_order)

    def knows(self, painting_id: str) -> bool:
        """Return whether there is a painting of an id."""
        try:
            self.catalogue.painting(painting_id)
        except NotFound:
            return False
        return True

    def row_of(self, painting: Painting) -> Row | None:
        """Return the row of a painting's job; None if its queue does not know it."""
        return self.queues[painting.kind].rows_of([painting.key]).get(painting.key)

    def state(self, painting: Painting) -> str:
        """Return the state of a painting; see `summary.state_of`."""
        return state_of(painting, self.row_of(painting))

    def summary(self, painting: Painting) -> dict[str, Any]:
        """Return what a page shows of a painting."""
        return self._summary(painting, self.row_of(painting))

    def summaries(self, paintings: Sequence[Painting]) -> list[dict[str, Any]]:
        """Return what a page shows of some paintings."""
        return [self._summary(painting, row) for painting, row in self._with_rows(paintings)]

    def queued(self) -> list[tuple[Painting, Row]]:
        """Return what is not over, with the row of its job; drafts come first."""
        rows = (row for kind in _KINDS for row in self.queues[kind].rows())
        return [
            (painting, row)
            for row in rows
            if (painting := self.catalogue.painting_of(row.key))  # else it is being removed
        ]

    def queue(self) -> list[dict[str, Any]]:
        """Return what a page shows of what is not over, in the order of the queue."""
        return [self._summary(painting, row) for painting, row in self.queued()]

    def is_needed(self, picture_id: str) -> bool:
        """Return whether a painting that is not over needs a picture."""
        for painting_id in self.catalogue.users_of(picture_id):
            with suppress(NotFound):  # it has been removed meanwhile
                painting = self.catalogue.painting(painting_id)
                if not is_over(painting, self.row_of(painting)):
                    return True
        return False

    def found(
        self, before: str | None, *, kind: Kind | None, state: str | None
    ) -> Iterator[dict[str, Any]]:
        """Yield what a page shows of the paintings of a kind and state, or all; the newest first.

        `before` is the id of a painting, older than which they are.
        """
        for page in self._pages(before, kind=kind):
            for summary in self.summaries(page):
                if state in (None, summary["state"]):
                    yield summary

    def each_painting(self) -> Iterator[tuple[Painting, Row | None]]:
        """Yield all paintings with the rows of their jobs, the newest first."""
        for page in self._pages(None):
            yield from self._with_rows(page)

    def _with_rows(self, paintings: Sequence[Painting]) -> list[tuple[Painting, Row | None]]:
        rows = dict[str, Row]()
        for kind, queue in self.queues.items():
            if keys := [each.key for each in paintings if each.kind == kind]:
                rows |= queue.rows_of(keys)
        return [(each, rows.get(each.key)) for each in paintings]

    def _pages(self, before: str | None, *, kind: Kind | None = None) -> Iterator[list[Painting]]:
        page = self.catalogue.paintings(before=before, limit=_PAGE, kind=kind)
        while page:
            yield list(page)
            # The last one may have been removed meanwhile.
            for last in reversed(page):
                with suppress(NotFound):
                    page = self.catalogue.paintings(before=last.id, limit=_PAGE, kind=kind)
                    break
            else:
                return

    def _summary(self, painting: Painting, row: Row | None) -> dict[str, Any]:
        live, preview = self.live.get(painting.id), self.previews.version(painting.key)
        return summarise(painting, row, live, folder=self.folder.path, preview=preview)

    # what is told

    def tell_painting(self, painting: Painting) -> bool:
        """Tell the page how a painting is now; return whether it is still there."""
        with self._telling:  # nothing is told of a painting once it is told that it is removed
            is_there = self.knows(painting.id)
            if is_there:
                self.hub.publish("painting", self.summary(painting))
        return is_there

    def tell_queue(self) -> None:
        """Tell the page the order of the queue, soon."""
        self._order.change()

    def close(self) -> None:
        """Tell nothing any more."""
        self.hub.close()
        self._order.close()

    def _tell_order(self) -> None:
        keys = [row.key for kind in _KINDS for row in self.queues[kind].rows()]
        known, self._ids = self._ids, dict[str, str]()
        for key in keys:
            if key in known:
                self._ids[key] = known[key]
            elif painting := self.catalogue.painting_of(key):
                self._ids[key] = painting.id
        self.hub.publish("queue", {"order": [self._ids[key] for key in keys if key in self._ids]})

    def notice_of(self, painting: Painting, event: Event) -> str:
        """Return the text of an event "notice" in the words of a page."""
        text = str(event.figures.get("text", ""))
        return for_page(text, self.folder.path, names_of(painting))

    def strike(self, painting_id: str) -> Painting:
        """Remove a painting from the catalogue, tell so, and return what it was."""
        with self._telling:
            painting = self.catalogue.painting(painting_id)
            self.catalogue.remove_painting(painting_id)
            self.hub.publish("removed", {"id": painting_id, "what": "painting"})
        return painting

    def forget(self, painting: Painting) -> None:
        """Forget what events have told of a painting that was removed."""
        self.curves.remove(painting.id)
        self.live.forget(painting.id)
        self.previews.forget(painting.key)
