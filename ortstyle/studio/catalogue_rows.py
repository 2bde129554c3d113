"""Rows of the catalogue as records, with every value checked: the file may come from a stranger."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, get_args

from ortstyle.errors import StudioError
from ortstyle.report.printable import printable
from ortstyle.studio.records import Kind, Painting, Picture, Role, is_id

#: Columns of the tables, quoted, in the order of the fields of `Picture` and `Painting`.
_OF_FILM = ("clip", "still")
_PICTURE_NAMES = tuple(each.name for each in fields(Picture) if each.name not in _OF_FILM)
PICTURE_COLUMNS = tuple(f'"{name}"' for name in _PICTURE_NAMES)
PAINTING_COLUMNS = tuple(f'"{each.name}"' for each in fields(Painting))

_KEY = re.compile("[0-9a-f]{16}")
_SHA256 = re.compile("[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")  # it becomes part of a path


def painting_values(painting: Painting) -> tuple[Any, ...]:
    """Return the values of a painting's row; `painting_from` makes it of them again."""
    row = {each.name: getattr(painting, each.name) for each in fields(Painting)}
    row |= {name: json.dumps(dict(row[name])) for name in ("order", "result")}
    return tuple(row.values())


def picture_values(picture: Picture) -> tuple[Any, ...]:
    """Return the values of a picture's row; `picture_from` makes it of them again."""
    return tuple(getattr(picture, name) for name in _PICTURE_NAMES)


def film_values(picture: Picture) -> str | None:
    """Return what makes a picture a clip, or a still of one, as text; None for other pictures."""
    found = {name: value for name in _OF_FILM if (value := getattr(picture, name)) is not None}
    return json.dumps({name: dict(value) for name, value in found.items()}) if found else None


def picture_from(values: Sequence[Any]) -> Picture:
    """Return the picture of a row, whose last value is the text of `film_values`.

    Raises
    ------
    StudioError
        A value is not one that the studio writes.
    """
    *plain, film = values
    row = dict(zip(_PICTURE_NAMES, plain, strict=True))
    sound = (
        is_id(row["id"])
        and _is_line(row["name"])
        and row["role"] in get_args(Role)
        and _matches(_SUFFIX, row["suffix"])
        and _matches(_SHA256, row["sha256"])
        and all(type(row[name]) is int and row[name] > 0 for name in ("bytes", "width", "height"))
        and _is_time(row["added"])
    )
    if not sound:
        raise _damaged(row["id"])
    return Picture(**row, **_film_of(film, row["id"]))


def painting_from(values: Sequence[Any]) -> Painting:
    """Return the painting of a row.

    Raises
    ------
    StudioError
        A value is not one that the studio writes.
    """
    row = dict(zip([each.name for each in fields(Painting)], values, strict=True))
    sound = (
        is_id(row["id"])
        and _matches(_KEY, row["key"])
        and row["kind"] in get_args(Kind)
        and _is_time(row["created"])
        and _is_line(row["title"])
        and all(row[name] is None or is_id(row[name]) for name in ("group", "parent"))
    )
    if not sound:
        raise _damaged(row["id"])
    for name in ("order", "result"):
        row[name] = _read_object(row[name], row["id"])
    return Painting(**row)


def _film_of(text: Any, owner: str) -> dict[str, Any]:
    """Return the fields of a clip, or of a still; none of other pictures."""
    if text is None:
        return {}
    found = _read_object(text, owner)
    clip, still = found.get("clip"), found.get("still")
    is_clip = isinstance(clip, dict) and _is_clip(clip)
    is_still = isinstance(still, dict) and is_id(still.get("of")) and _is_amount(still.get("at"))
    if found.keys() - _OF_FILM or is_clip == is_still:
        raise _damaged(owner)
    return found


def _is_clip(clip: dict[str, Any]) -> bool:
    return (
        all(clip.get(name) is None or _is_amount(clip[name]) for name in ("seconds", "frames"))
        and _is_amount(clip.get("rate"))
        and type(clip.get("sound")) is bool
    )


def _is_amount(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < math.inf


def _read_object(text: Any, owner: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise _damaged(owner) from error
    if not isinstance(data, dict):
        raise _damaged(owner)
    return data


def _damaged(owner: object) -> StudioError:
    shown = printable(str(owner)[:20])
    return StudioError(
        f"row {shown!r} of the studio's catalogue is damaged; move its file studio.sqlite away; "
        "the pictures and paintings beside it stay"
    )


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and printable(value) == value


def _is_time(value: Any) -> bool:
    return type(value) is float and 0 <= value < math.inf
