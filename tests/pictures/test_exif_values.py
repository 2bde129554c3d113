"""Values of EXIF: converted to the type of their tag, or left out if they mean nothing."""

import struct

import pytest

from ortstyle.pictures import exif_tags as tags
from ortstyle.pictures.exif_tags import Tag
from ortstyle.pictures.exif_values import checked_entry, has_path, integer_of, valid_resolution
from ortstyle.pictures.tiff_directory import Entry

TEXT, DATE = Tag(tags.ASCII), Tag(tags.ASCII, date=True)
LENS = 24, 1, 70, 1, 0, 0, 0, 0
RATIO, SIGNED = Tag(tags.RATIONAL, 1), Tag(tags.SRATIONAL, 1)


def ratio(*parts, kind=tags.RATIONAL):
    return Entry(kind, struct.pack(f"<{len(parts)}{'I' if kind == tags.RATIONAL else 'i'}", *parts))


@pytest.mark.parametrize(
    ("entry", "tag", "data"),
    [
        (Entry(2, "José 图\0".encode()), TEXT, "José 图\0".encode()),
        (Entry(2, b"no end"), TEXT, b"no end\0"),
        (Entry(129, "Exif 3 图\0".encode()), TEXT, "Exif 3 图\0".encode()),
        (Entry(7, b"blob\0\0\0"), TEXT, b"blob\0"),
        (Entry(2, b"text\0rest\0"), TEXT, b"text\0"),
        (Entry(2, b"of A\0of B\0"), Tag(tags.ASCII, parts=True), b"of A\0of B\0"),
        (Entry(2, b" \0of B\0"), Tag(tags.ASCII, parts=True), b" \0of B\0"),
        (Entry(2, b"2024:12:31 23:59:59\0"), DATE, b"2024:12:31 23:59:59\0"),
        (Entry(4, b"\1\0\0\0"), Tag(tags.SHORT, 1), b"\1\0"),
        (Entry(3, b"\1\0"), Tag(tags.LONG, 1), b"\1\0\0\0"),
        (ratio(1, 250), RATIO, ratio(1, 250).data),
        (ratio(-1, 3, kind=tags.SRATIONAL), SIGNED, ratio(-1, 3, kind=tags.SRATIONAL).data),
        (ratio(1, 3), SIGNED, ratio(1, 3).data),
        (ratio(0xFFFFFFFF, 1), RATIO, ratio(0xFFFFFFFF, 1).data),  # infinite
        (
            ratio(24, 1, 70, 1, 0, 0, 0, 0),
            Tag(tags.RATIONAL, 4),
            ratio(24, 1, 70, 1, *[0] * 4).data,
        ),
        (Entry(2, b"N\0"), Tag(tags.ASCII, 2, ("N", "S")), b"N\0"),
        (Entry(7, b"\3"), Tag(tags.UNDEFINED, 1, (1, 3)), b"\3"),
        (Entry(2, b"GPS"), tags.GPS[tags.GPS_METHOD], b"ASCII\0\0\0GPS"),
    ],
)
def test_values_that_are_kept(entry, tag, data):
    found = checked_entry(entry, tag, "<")
    assert (found.type, found.data) == (tag.type, data)


@pytest.mark.parametrize(
    ("entry", "tag"),
    [
        (Entry(2, b"72\0"), RATIO),  # a number as text
        (Entry(3, b"\1\0"), RATIO),
        (Entry(5, bytes(8)), TEXT),
        (Entry(2, b"\0\0"), TEXT),
        (Entry(2, b"  \0"), TEXT),
        (Entry(2, b"2024:13:01 00:00:00\0"), DATE),
        (Entry(2, b"0000:00:00 00:00:00\0"), DATE),
        (Entry(2, b"2024-01-01\0"), DATE),
        (Entry(4, b"\0\0\1\0"), Tag(tags.SHORT, 1)),  # too large
        (Entry(9, b"\xff\xff\xff\xff"), Tag(tags.LONG, 1)),  # negative
        (Entry(3, b"\1\0\2\0"), Tag(tags.SHORT, 1)),  # two values
        (Entry(3, b"\x63\0"), Tag(tags.SHORT, 1, (0, 1))),
        (ratio(0, 0), RATIO),  # unknown
        (ratio(0xFFFFFFFF, 1), SIGNED),
        (ratio(47, 1, 30, 1, 0, 0), Tag(tags.RATIONAL, 3)),
        (Entry(2, b"X\0"), Tag(tags.ASCII, 2, ("N", "S"))),
        (Entry(7, b"\7"), Tag(tags.UNDEFINED, 1, (1, 3))),
        (Entry(7, b"ASCII\0\0\0fused"), tags.GPS[tags.GPS_METHOD]),
        (Entry(7, b"no code here"), Tag(tags.UNDEFINED, coded=True)),
        (Entry(7, b"short"), Tag(tags.UNDEFINED, coded=True)),
    ],
)
def test_values_that_are_left_out(entry, tag):
    assert checked_entry(entry, tag, "<") is None


def test_the_first_integer_of_an_entry():
    assert integer_of(Entry(4, b"\0\0\1\0"), ">") == 256
    assert integer_of(Entry(13, b"\0\0\1\0"), ">") == 256
    assert integer_of(Entry(2, b"abcd"), ">") is None
    assert integer_of(None, ">") is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((300, 300), (300, 300)),
        ((299.9994, 72.009), (300, 72)),
        ((118.11, 240.5), (118.11, 240.5)),
        ((0, 300), None),
        ((float("nan"), 300), None),
        ((1e9, 1e9), None),
    ],
)
def test_resolutions(given, expected):
    assert valid_resolution(*given) == expected


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        (r"C:\Users\jo\a.jpg", True),
        ("by /home/jo/a", True),
        ("file://server/a", True),
        (r"\\server\share", True),
        ("either/or, 1/2", False),
        ("sky: blue", False),
    ],
)
def test_texts_that_hold_paths(text, tells):
    assert has_path(Entry(tags.ASCII, text.encode() + b"\0")) == tells
    assert has_path(Entry(tags.BYTE, text.encode("utf-16-le"))) == tells
    assert not has_path(Entry(tags.UNDEFINED, text.encode()))
