"""The values of EXIF's tags: which are valid, and conversion to the type that their tag has."""

import re
import struct
from dataclasses import replace

from ortstyle.pictures import exif_tags as tags
from ortstyle.pictures.exif_tags import Tag
from ortstyle.pictures.tiff_directory import Entry

Resolution = tuple[float, float]
"""Pixels an inch, across and down."""

UNKNOWN_RESOLUTION: Resolution = (72.0, 72.0)
"""What EXIF gives where the resolution is not known."""

ASCII_CODE = b"ASCII\0\0\0"
"""The beginning of a text that may be in several character sets."""

_CODES = {ASCII_CODE, b"UNICODE\0", b"JIS\0\0\0\0\0", bytes(8)}
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I"}
_INTEGERS |= {16: "Q", 17: "q", 18: "Q"}
_FRACTIONS = {tags.RATIONAL, tags.SRATIONAL}
_DATE = re.compile(rb"\d{4}:(0[1-9]|1[0-2]):(0[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_PATH = re.compile(rb"(?i)\b[a-z]:\\|\\\\|file:/|/(?:home|users|volumes|mnt|media)/")


def has_path(entry: Entry) -> bool:
    """Tell whether a text holds what looks like a path; Windows' own tags have 16 bits a letter."""
    texts = entry.type in (tags.ASCII, tags.BYTE)
    return texts and bool(_PATH.search(entry.data.replace(b"\0", b"")))


def checked_entry(entry: Entry, tag: Tag, order: str) -> Entry | None:
    """Return an entry in the type of its tag; None if it is of another kind, or has no meaning."""
    converted = _convert(entry, tag.type, order)
    if converted is None:
        return None
    if tag.type == tags.ASCII:
        checked = _checked_text(converted, tag)
    elif tag.type == tags.UNDEFINED:
        checked = _checked_data(converted, tag)
    elif tag.type in _FRACTIONS:
        checked = _checked_fractions(converted, tag, order)
    else:
        known = not tag.values or integer_of(converted, order) in tag.values
        checked = converted if known else None
    return checked if checked and (not tag.count or checked.count == tag.count) else None


def _convert(entry: Entry, kind: int, order: str) -> Entry | None:
    """Return an entry in another type that holds the same values; None if there is no such."""
    if entry.type == kind:
        return entry
    texts, blobs = {tags.ASCII, tags.UTF8}, {tags.BYTE, tags.UNDEFINED}
    if kind in texts | blobs and entry.type in texts | blobs:
        return replace(entry, type=kind)
    if kind in _INTEGERS and entry.type in _INTEGERS:
        values = struct.unpack(f"{order}{entry.count}{_INTEGERS[entry.type]}", entry.data)
        try:
            return replace(
                entry,
                type=kind,
                data=struct.pack(f"{order}{len(values)}{_INTEGERS[kind]}", *values),
            )
        except struct.error:  # out of range
            return None
    if kind in _FRACTIONS and entry.type in _FRACTIONS:
        parts = struct.unpack(f"{order}{2 * entry.count}I", entry.data)
        return replace(entry, type=kind) if max(parts) < 1 << 31 else None
    return None


def _checked_text(entry: Entry, tag: Tag) -> Entry | None:
    parts = entry.data.rstrip(b"\0").split(b"\0")
    text = b"\0".join(parts) if tag.parts else parts[0]
    if not text.strip(b"\0 ") or (tag.date and not _DATE.fullmatch(text)):
        return None
    if tag.values and text.decode("ascii", "replace") not in tag.values:
        return None
    return replace(entry, data=text + b"\0")


def _checked_data(entry: Entry, tag: Tag) -> Entry | None:
    if not tag.coded:
        return entry if not tag.values or entry.data[0] in tag.values else None
    data = entry.data
    if tag.values and not data.startswith(ASCII_CODE):  # as some telephones write it
        data = ASCII_CODE + data
    code, text = data[:8].replace(b" ", b"\0"), data[8:]
    if code not in _CODES or not text.strip(b"\0 "):
        return None
    if tag.values:
        text = text.rstrip(b"\0")
        if text.decode("ascii", "replace") not in tag.values:
            return None
    return replace(entry, data=code + text)


def _checked_fractions(entry: Entry, tag: Tag, order: str) -> Entry | None:
    """Leave out a fraction of 0/0, which stands for "unknown", except in the lens's four."""
    parts = struct.unpack(f"{order}{2 * entry.count}I", entry.data)
    unknown = 0 in parts[1::2] if tag.count == 3 else not any(parts)
    return None if unknown else entry


def integer_of(entry: Entry | None, order: str) -> int | None:
    """Return the first value of an entry of integers; None if it is none."""
    found = integers_of(entry, order)
    return found[0] if found else None


def integers_of(entry: Entry | None, order: str) -> tuple[int, ...]:
    """Return the values of an entry of integers; none if it is none."""
    code = "" if entry is None else _INTEGERS.get(entry.type, "")
    return struct.unpack(f"{order}{entry.count}{code}", entry.data) if entry and code else ()


def holds_integers(entry: Entry) -> bool:
    """Tell whether the values of an entry are integers."""
    return entry.type in _INTEGERS


def valid_resolution(across: float, down: float) -> Resolution | None:
    """Return a resolution, whole numbers where it is next to them; None if it is no resolution."""
    if not (1 <= across <= 65535 and 1 <= down <= 65535):  # NaN neither
        return None
    # A PNG holds pixels a metre: 11811 of them are 299.9994 an inch, and mean 300.
    nearest = [round(side) if abs(side - round(side)) < 0.02 else side for side in (across, down)]
    return float(nearest[0]), float(nearest[1])


def as_fraction(value: float) -> tuple[int, int]:
    """Return a number as numerator and denominator."""
    return (round(value), 1) if value == round(value) else (round(value * 10_000), 10_000)
