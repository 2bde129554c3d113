"""Values of an order that are no settings, read from JSON of unknown origin."""

import re

from ortstyle.report.printable import printable
from ortstyle.settings.conversion import shown
from ortstyle.studio.faults import Refused
from ortstyle.studio.records import is_id

_DEVICE = re.compile("[a-z0-9][a-z0-9:_-]{0,39}")
LATEST = 1e7
"""Seconds of a film that are believed."""

_LONGEST_LABEL = 80  # characters


def read_id(value: object, field: str, *, what: str) -> str:
    """Return an id; raise a `Refused` about a field if it is none, or missing."""
    if value is None:
        raise Refused(f"Choose {what} first", field=field)
    if not isinstance(value, str) or not is_id(value):
        raise Refused(f"{shown(value)} is not the id of {what}", field=field)
    return value


def read_optional_id(value: object, field: str, *, what: str) -> str | None:
    """Return an id or None; raise a `Refused` about a field if it is neither."""
    return None if value is None else read_id(value, field, what=what)


def read_number(value: object, field: str, least: float, most: float) -> float:
    """Return a number within limits; raise a `Refused` about a field if it is none."""
    if isinstance(value, int | float) and type(value) is not bool and least <= value <= most:
        return float(value)  # which is finite, because it lies between two numbers
    word = field.rpartition(".")[2].capitalize()
    raise Refused(
        f"{word}: {shown(value)} is out of range; give a number of {least:g} to {most:g}",
        field=field,
    )


def read_moment(value: object, field: str) -> float | None:
    """Return seconds from a film's first frame, or None; raise a `Refused` about a field if not."""
    return None if value is None else read_number(value, field, 0.0, LATEST)


def read_switch(value: object, field: str) -> bool:
    """Return a truth value; raise a `Refused` about a field if it is none."""
    if not isinstance(value, bool):
        raise Refused(
            f"{field.capitalize()}: {shown(value)} is neither true nor false", field=field
        )
    return value


def read_device(value: object) -> str:
    """Return what may be the name of a device; raise a `Refused` if it can't be."""
    if not isinstance(value, str) or not _DEVICE.fullmatch(value):
        raise Refused(f"{shown(value)} is no name of a device", field="device")
    return value


def read_label(value: object) -> str:
    """Return a short text on one line; raise a `Refused` if it is none."""
    if not isinstance(value, str) or len(value) > _LONGEST_LABEL:
        raise Refused("A label must be a short text", field="label")
    return printable(value)[:_LONGEST_LABEL]
