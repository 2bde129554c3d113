"""A painting in the words of a page: from the catalogue, the store of its job, and its progress."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ortstyle.errors import OrtStyleError
from ortstyle.jobs.row import Row, State
from ortstyle.settings.presets import from_preset
from ortstyle.settings.settings import Settings
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.order import DRAFT_SIDE, Order
from ortstyle.studio.orders.ordered_settings import in_words
from ortstyle.studio.paintings.live import Live
from ortstyle.studio.records import Painting

_STATES = {State.CANCELLED: "stopped"}
_BESIDE = ("names", "clip")  # of what is kept of an order, what is none of it
_LOST = "it is not in the queue any more; order it again"


def state_of(painting: Painting, row: Row | None) -> str:
    """Return the state of a painting: "waiting", "running", "paused", "done", "failed", "stopped".

    A painting that no queue knows is done if it has a result; otherwise it has failed.
    """
    if row is None:
        return "done" if painting.result else "failed"
    return _STATES.get(row.state, row.state.value)


def is_over(painting: Painting, row: Row | None) -> bool:
    """Return whether nothing is being done, or waits to be done, for a painting."""
    return state_of(painting, row) not in ("waiting", "running", "paused")


def order_of(painting: Painting) -> Order:
    """Return what was ordered.

    Raises
    ------
    Refused
        This version does not know how to paint it, or the catalogue is damaged.
    """
    return Order.from_json({k: v for k, v in painting.order.items() if k not in _BESIDE})


def film_of(painting: Painting) -> dict[str, Any] | None:
    """Return what a page shows of a painting that is a film; None for a picture.

    Returns
    -------
    dict or None
        "begin" and "seconds" of the part that is painted, where "seconds" is None if the clip does
        not tell, "rate", "sound", and "form", the kind of its file.
    """
    order, clip = painting.order, painting.order.get("clip")
    if not isinstance(order.get("film"), dict) or not isinstance(clip, dict):
        return None
    try:
        ordered = order_of(painting)
    except (Refused, LookupError):  # another version's
        return None
    if ordered.film is None:
        return None
    begin, end = ordered.film.span(ordered)
    seconds = clip.get("seconds")
    last = min((each for each in (end, seconds) if each is not None), default=None)
    begin = begin or 0.0
    return {
        "begin": begin,
        "seconds": None if last is None else max(0.0, last - begin),
        "rate": clip.get("rate", 25.0),
        "sound": bool(clip.get("sound")) and ordered.film.records[1].audio,
        "form": ordered.film.suffix.removeprefix("."),
    }


def names_of(painting: Painting) -> dict[str, str]:
    """Return the names of a painting's pictures by their ids, also of those that were removed."""
    found = painting.order.get("names")
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def summarise(
    painting: Painting,
    row: Row | None,
    live: Live,
    *,
    folder: Path,
    preview: int | str | None = None,
) -> dict[str, Any]:
    """Return what a page shows of a painting, as JSON can hold it.

    Parameters
    ----------
    painting, row, live
        What the catalogue, the store of its queue, and the events say; `row` is None where the
        store does not know it.
    folder
        The studio's folder, whose paths are not told.
    preview
        The version of the newest picture of it while it is painted; None if there is none.
    """
    order, result = painting.order, painting.result
    state = state_of(painting, row)
    is_live = state in ("running", "paused")
    names = names_of(painting)
    notices = result.get("notices") if state == "done" else list(live.notices)
    error = row.error if row else None if state == "done" else _LOST
    return {
        "id": painting.id,
        "kind": painting.kind,
        "state": state,
        "created": painting.created,
        "begun": row.begun if row else None,
        "ended": row.ended if row else None,
        "title": painting.title,
        "label": order.get("label", ""),
        "photograph": order["photograph"],
        "paintings": [each["picture"] for each in order["paintings"]],
        "group": painting.group,
        "parent": painting.parent,
        "preset": order.get("preset", "default"),
        "size": _size_of(order),
        "full_size": _full_size_of(order),
        "strokes": _strokes_of(order),
        "device": result.get("device") or _device_of(order, row),
        "width": result.get("width") or live.width,
        "height": result.get("height") or live.height,
        "film": film_of(painting),
        "progress": dict(live.progress) if live.progress and is_live else None,
        "preview": preview,
        "error": None if error is None else for_page(error, folder, names),
        "notices": [for_page(text, folder, names) for text in notices or ()],
        "seconds": (row.seconds if row else None) or result.get("seconds"),
    }


def for_page(text: str, folder: Path, names: Mapping[str, str]) -> str:
    """Return a message about a job with names of pictures in place of paths and options."""

    def name_of(found: re.Match[str]) -> str:
        return names.get(found[2], "the result")

    inside = re.escape(str(folder))
    text = re.sub(rf"{inside}[\\/](pictures|results)[\\/]([0-9a-f]{{20}})\.\w+", name_of, text)
    return in_words(text.replace(str(folder), "the studio's folder"))


def settings_of(row: Row) -> dict[str, Any]:
    """Return all settings of a job, with the names of files alone; empty if they can't be read."""
    try:
        return dict(row.job.wanted["settings"])
    except OrtStyleError:
        return {}


def _device_of(order: Mapping[str, Any], row: Row | None) -> str:
    """Return the device that was ordered; for "auto" the one that the job was given to, if any."""
    ordered = str(order.get("device", "auto"))
    return row.device if ordered == "auto" and row and row.device else ordered


def _size_of(order: Mapping[str, Any]) -> int | str:
    size = _full_size_of(order)
    return min(size, DRAFT_SIDE) if order.get("draft") and isinstance(size, int) else size


def _full_size_of(order: Mapping[str, Any]) -> int | str:
    """Return the size that was ordered, also where a draft of it is smaller."""
    size: int | str = order.get("settings", {}).get("size") or _preset_of(order).size
    return size


def _strokes_of(order: Mapping[str, Any]) -> float | None:
    """Return how many times as large as the preset's the strokes are; None if that is no number."""
    given = order.get("settings", {}).get("style_scale")
    usual = _preset_of(order).style_scale
    if not isinstance(given, int | float) or not isinstance(usual, int | float):
        return None
    return round(given / usual, 2)


def _preset_of(order: Mapping[str, Any]) -> Settings:
    return _preset(str(order.get("preset", "default")))


@cache
def _preset(name: str) -> Settings:
    try:
        return from_preset(name)
    except OrtStyleError:  # a preset of another version
        return from_preset()
