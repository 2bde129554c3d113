"""What is being composed in the page, kept so that it is there again tomorrow."""

import json
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from ortstyle.files import reason_of, write_atomically
from ortstyle.studio.faults import NoSpace, Refused
from ortstyle.studio.records import is_id

EMPTY: dict[str, Any] = {"order": None, "current": None}
"""A workspace in which nothing has been composed yet."""

_MOST_BYTES = 200_000
_USING = Lock()  # Windows replaces no file that is being read


def read_workspace(path: Path) -> dict[str, Any]:
    """Return what was written last; an empty workspace if that can't be read."""
    with suppress(OSError, ValueError, RecursionError, Refused):
        with _USING, path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        return _checked(json.loads(data))
    return dict(EMPTY)


def write_workspace(path: Path, data: object) -> dict[str, Any]:
    """Keep what a page is composing, and return it.

    An order may be incomplete, and is checked when it is ordered.

    Raises
    ------
    Refused
        It has the wrong form, or is too large.
    NoSpace
        It can't be written.
    """
    checked = _checked(data)
    try:
        text = json.dumps(checked, allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused("What is being composed has the wrong form") from error
    if len(text) > _MOST_BYTES:
        raise Refused("What is being composed is too large to be kept")
    try:
        with _USING:
            write_atomically(path, lambda file: file.write(text))
    except OSError as error:
        raise NoSpace(
            f"What is being composed can't be kept ({reason_of(error)}); free some space on the "
            "disk of the studio's folder"
        ) from error
    return checked


def _checked(data: object) -> dict[str, Any]:
    if not isinstance(data, dict) or data.keys() - EMPTY:
        raise Refused("A workspace has an order and a current painting, and nothing else")
    order, current = data.get("order"), data.get("current")
    if order is not None and not isinstance(order, dict):
        raise Refused("What is being composed has the wrong form", field="order")
    if current is not None and not is_id(current):
        raise Refused("The current painting is named by its id", field="current")
    return {"order": order, "current": current}
