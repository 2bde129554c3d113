"""What the studio does with the events of its queues: keeps them, and tells them to the page."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from typing import Any

from ortstyle.errors import OrtStyleError
from ortstyle.jobs.events import Event
from ortstyle.jobs.row import Row, State, one_line
from ortstyle.studio.faults import NotFound
from ortstyle.studio.paintings.overview import Overview
from ortstyle.studio.paintings.result_file import read_result
from ortstyle.studio.paintings.summary import film_of, is_over
from ortstyle.studio.records import Painting

_LOG = logging.getLogger(__name__)

_ENDS = {"done", "failed", "stopped"}
_CHANGES = {*_ENDS, "started", "paused", "continued"}
_NEWS = {*_CHANGES, "progress", "notice"}


class Listener:
    """Takes the events of both queues, in their threads; an error in it ends no queue.

    The queues are made before the overview, so their first events wait until `begin`.
    """

    def __init__(self) -> None:
        self._overview: Overview | None = None
        self._is_ready = Flag()

    def begin(self, overview: Overview | None) -> None:
        """Take events from now on; without one leave them alone, because the studio ends."""
        self._overview = overview
        self._is_ready.set()

    def tell(self, event: Event) -> None:
        """Take an event of a queue."""
        self._is_ready.wait()
        if self._overview is None:
            return
        try:
            self._take(self._overview, event)
        except Exception as error:  # noqa: BLE001  the painting goes on; see `repair`
            _LOG.error("an event of a painting could not be kept", exc_info=error)

    def _take(self, overview: Overview, event: Event) -> None:
        if not event.job:
            if event.kind == "notice":
                text = one_line(str(event.figures.get("text", "")))
                overview.hub.publish("notice", {"text": text, "painting": None})
            return
        painting = overview.catalogue.painting_of(event.job)
        if painting is None:  # it has been removed meanwhile
            return
        has_preview = overview.previews.take(event)
        overview.curves.take(painting.id, event)
        overview.live.take(painting.id, event)
        if event.kind == "notice":
            notice = {"text": overview.notice_of(painting, event), "painting": painting.id}
            overview.hub.publish("notice", notice)
        elif event.kind == "done":
            painting = keep_result(overview, painting, event.figures)
        if event.kind in _ENDS and is_over(painting, overview.row_of(painting)):
            overview.live.forget(painting.id)
        is_news = event.kind in _NEWS or has_preview
        if is_news and not overview.tell_painting(painting):  # it has just been removed
            overview.forget(painting)
        if event.kind in _CHANGES:
            overview.tell_queue()


def keep_result(overview: Overview, painting: Painting, figures: Mapping[str, Any]) -> Painting:
    """Keep what is known of a painting that is done, and return it."""
    row = overview.row_of(painting)
    result = result_of(overview, painting, row, figures)
    with suppress(NotFound):  # it has just been removed
        overview.catalogue.set_result(painting.id, result)
    if row:
        overview.times.learn(row, device=result["device"])
    return replace(painting, result=result)


def result_of(
    overview: Overview, painting: Painting, row: Row | None, figures: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is known of a painting that is done; see `Painting.result`.

    Parameters
    ----------
    overview, painting, row
        The painting and the row of its job.
    figures
        Those of the event "done"; empty if it was not heard.
    """
    film = film_of(painting)
    path = overview.folder.result(painting.id, f".{film['form']}" if film else ".png")
    file = None if film else read_result(path)
    device = figures.get("device") or (file and file.provenance.get("device"))
    evaluations = figures.get("evaluations")
    if not evaluations and row:
        evaluations = _evaluations_of(row)
    return {
        "sha256": row.sha256 if row else figures.get("sha256"),
        "width": file.width if file else figures.get("width"),
        "height": file.height if file else figures.get("height"),
        "seconds": row.seconds if row else None,
        "evaluations": evaluations,
        "device": device if isinstance(device, str) else None,
        "bytes": file.bytes if file else _bytes_of(path),
        "notices": list(overview.live.get(painting.id).notices),
    }


def _bytes_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def is_unknown(painting: Painting, row: Row | None) -> bool:
    """Return whether a painting is done without that its result is known."""
    return row is not None and row.state is State.DONE and not painting.result


def _evaluations_of(row: Row) -> int | None:
    try:
        return row.job.settings.evaluations
    except OrtStyleError:
        return None
