"""Everything about a painting, so that a person can repeat it."""

from contextlib import suppress
from typing import Any

from ortstyle.studio.faults import NotFound, Refused
from ortstyle.studio.orders.as_command import as_command
from ortstyle.studio.paintings.overview import Overview
from ortstyle.studio.paintings.result_file import read_result
from ortstyle.studio.paintings.summary import names_of, order_of, settings_of
from ortstyle.studio.records import Painting, Picture


def describe_painting(overview: Overview, painting: Painting) -> dict[str, Any]:
    """Return the summary of a painting, and what it takes to repeat it.

    What can't be known, because pictures were removed or another version painted it, is None or
    empty.
    """
    row, file = overview.row_of(painting), read_result(overview.folder.result(painting.id))
    provenance = file.provenance if file else {}
    names, pictures = names_of(painting), _pictures_of(overview, painting)
    settings = settings_of(row) if row else provenance.get("settings")
    return {
        **overview.summary(painting),
        "order": {k: v for k, v in painting.order.items() if k not in ("names", "clip")},
        "pictures": [
            {"id": id_, "name": name, "there": id_ in pictures} for id_, name in names.items()
        ],
        "curve": [list(point) for point in overview.curves.read(painting.id)],
        "settings": settings if isinstance(settings, dict) else {},
        "versions": provenance.get("versions") or {},
        "sha256": painting.result.get("sha256") or (row.sha256 if row else None),
        "bytes": file.bytes if file else None,
        "command": _command_of(painting, names, pictures.get(painting.order["photograph"])),
    }


def _pictures_of(overview: Overview, painting: Painting) -> dict[str, Picture]:
    """Return the pictures of a painting that are still there, by id."""
    found = {}
    for id_ in names_of(painting):
        with suppress(NotFound):
            found[id_] = overview.catalogue.picture(id_)
    return found


def _command_of(
    painting: Painting, names: dict[str, str], photograph: Picture | None
) -> dict[str, str] | None:
    longest = max(photograph.width, photograph.height) if photograph else None
    try:
        return as_command(order_of(painting), names, longest=longest)
    except (Refused, LookupError):  # another version's
        return None
