"""EXIF in files: read tag by tag, completed for each format, and reduced."""

import struct

import pytest
from exif_files import every_tag, exif_with, valid_entry
from PIL import ExifTags, Image

from ortstyle.pictures import exif_tags as tags
from ortstyle.pictures.exif import (
    complete_exif,
    exif_bytes,
    read_exif,
    read_exif_of_tiff,
    shrink_exif,
)
from ortstyle.pictures.tiff_directory import Entry

ARTIST = Entry(tags.ASCII, "José 图\0".encode())
SIZE = (48, 32)


def complete(exif, **changes):
    given = {"comment": None, "is_srgb": True, "size": SIZE}
    return complete_exif(exif, **given | changes)


@pytest.mark.parametrize("order", ["<", ">"])
def test_every_tag_is_carried_byte_for_byte(order):
    layout = every_tag(order)
    found = read_exif(exif_bytes(layout))
    assert found.order == order
    assert found.groups["image"] == layout.first
    assert found.groups["exif"] == layout.children[tags.EXIF_POINTER]
    assert found.groups["gps"] == layout.children[tags.GPS_POINTER]


@pytest.mark.parametrize(
    "odd",
    [
        {0x011A: Entry(tags.ASCII, b"72\0")},
        {0x010F: Entry(tags.RATIONAL, bytes(8))},
        {0x0132: Entry(tags.ASCII, b"yesterday\0")},
        {0x0110: Entry(12, bytes(16))},
        {0xC000: Entry(tags.ASCII, b"private\0")},
    ],
)
def test_one_odd_tag_costs_that_tag(odd):
    found = read_exif(exif_with(image={0x013B: ARTIST, **odd}))
    assert found.groups["image"] == {0x013B: ARTIST}


def test_a_maker_s_note_stays_where_it_was():
    note = Entry(tags.UNDEFINED, b"see byte 400" * 30)
    start = every_tag()
    start.children[tags.EXIF_POINTER][tags.MAKER_NOTE] = note
    data = exif_bytes(start)
    at = data.index(note.data) - 6
    assert at > 200
    for comment in ("{}", "long" * 500):
        for form in ("JPEG", "TIFF", "PNG"):
            written = complete(read_exif(data), comment=comment, form=form).to_bytes()
            assert written.index(note.data) == at
            again = read_exif(written)
            assert again.groups["exif"][tags.MAKER_NOTE] == note
            assert again.groups["image"].keys() >= {0x010F, 0x013B}


def test_a_maker_s_note_from_far_behind_is_dropped():
    row = struct.pack("<HHII", tags.MAKER_NOTE, tags.UNDEFINED, 8, 1 << 17)
    exif = struct.pack("<H", 2) + row + struct.pack("<HHII", tags.USER_COMMENT, 7, 12, 60)
    first = struct.pack("<HHHII", 1, tags.EXIF_POINTER, tags.LONG, 1, 26) + bytes(4)
    data = b"II*\0\x08\0\0\0" + first + exif + bytes(4)
    data = data.ljust(60, b"\0") + b"ASCII\0\0\0mine"
    data = data.ljust(1 << 17, b"\0") + b"far away"
    found = read_exif_of_tiff(lambda offset, size: data[offset : offset + size])
    assert set(found.groups["exif"]) == {tags.USER_COMMENT}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (b"ASCII\0\0\0mine", b"ASCII\0\0\0mine"),
        (b"ASCII   mine", b"ASCII\0\0\0mine"),
        (b"UNICODE\0" + "图".encode("utf-16-le"), b"UNICODE\0" + "图".encode("utf-16-le")),
        (b"ASCII\0\0\0" + bytes(30), None),
        (bytes(30), None),
        (b'ASCII\0\0\0{"settings": {}}', None),  # of another run
    ],
)
def test_user_comments(text, kept):
    entry = {tags.USER_COMMENT: Entry(tags.UNDEFINED, text), 0x829A: valid_entry(0x829A, "<")}
    found = read_exif(exif_with(exif=entry)).groups["exif"].get(tags.USER_COMMENT)
    assert (found and found.data) == kept


@pytest.mark.parametrize(
    ("sides", "unit", "expected"),
    [
        ((300, 1, 300, 1), 2, (300, 300)),
        ((300, 1, 300, 1), None, (300, 300)),
        ((118, 1, 59, 1), 3, (299.72, 149.86)),
        ((300, 1, 300, 1), 1, None),  # only proportions
        ((300, 0, 300, 1), 2, None),
        ((1, 10, 1, 10), 2, None),
    ],
)
def test_the_resolution_of_exif(sides, unit, expected):
    image = {
        tags.X_RESOLUTION: Entry(tags.RATIONAL, struct.pack("<2I", *sides[:2])),
        tags.Y_RESOLUTION: Entry(tags.RATIONAL, struct.pack("<2I", *sides[2:])),
    }
    if unit:
        image[tags.RESOLUTION_UNIT] = Entry(tags.SHORT, struct.pack("<H", unit))
    assert read_exif(exif_with(image=image)).resolution == expected


def test_it_is_completed_by_what_a_format_requires():
    exif = read_exif(exif_with(">", image={0x013B: ARTIST}, gps={1: valid_entry(1, ">")}))
    layout = complete(exif, comment="{}", resolution=(300, 240.5), form="JPEG", is_srgb=False)
    opened = Image.Exif()
    opened.load(exif_bytes(layout))
    assert opened[tags.ORIENTATION] == 1
    assert (opened[tags.X_RESOLUTION], opened[tags.Y_RESOLUTION]) == (300, 240.5)
    group = opened.get_ifd(ExifTags.IFD.Exif)
    assert group[tags.COLOR_SPACE] == 0xFFFF
    assert (group[tags.PIXEL_X_DIMENSION], group[tags.PIXEL_Y_DIMENSION]) == SIZE
    assert group[tags.USER_COMMENT] == b"ASCII\0\0\0{}"
    assert opened.get_ifd(ExifTags.IFD.GPSInfo)[tags.GPS_VERSION] == b"\2\3\0\0"
    in_tiff = complete(exif, comment="{}", form="TIFF")
    assert tags.PIXEL_X_DIMENSION not in in_tiff.children[tags.EXIF_POINTER]
    assert tags.ORIENTATION not in complete(None, form="AVIF").first


def test_both_parts_of_a_copyright_are_written():
    text = Entry(tags.ASCII, b"of A\0of B\0")
    exif = read_exif(exif_with(image={tags.COPYRIGHT: text}))
    assert complete(exif, form="JPEG").first[tags.COPYRIGHT] == text
    assert complete(exif, form="TIFF").first[tags.COPYRIGHT].data == b"of A; of B\0"


def test_minimal_exif_tells_no_place_path_owner_or_device():
    layout = every_tag()
    layout.first[0x010E] = Entry(tags.ASCII, b"/home/me/pictures/a.jpg\0")
    kept = read_exif(exif_bytes(layout)).minimal()
    assert kept.groups["gps"] == {}
    assert {0x010F, 0x0132, 0x013B, 0x8298} <= set(kept.groups["image"])
    assert not {0x010D, 0x010E, 0x013C} & set(kept.groups["image"])
    private = {tags.MAKER_NOTE, tags.USER_COMMENT, 0xA420, 0xA430, 0xA431, 0xA435}
    assert not private & set(kept.groups["exif"])
    assert {0x829A, 0x9003, 0xA434} <= set(kept.groups["exif"])


def test_what_is_too_large_loses_the_maker_s_note_first():
    note = Entry(tags.UNDEFINED, b"x" * 3000)
    words = Entry(tags.ASCII, b"w" * 999 + b"\0")
    exif = read_exif(exif_with(image={0x013B: ARTIST, 0x010E: words}, exif={tags.MAKER_NOTE: note}))
    layout = complete(exif, comment="{}")
    assert shrink_exif(layout, 6000) == layout
    smaller = shrink_exif(layout, 2000)
    assert smaller.first[0x013B] == ARTIST
    assert tags.MAKER_NOTE not in smaller.children[tags.EXIF_POINTER]
    least = shrink_exif(layout, 400)
    assert 0x013B not in least.first
    assert least.children[tags.EXIF_POINTER][tags.USER_COMMENT].data.endswith(b"{}")
    bare = shrink_exif(complete(exif, comment="{" * 9000), 400)
    assert len(exif_bytes(bare)) <= 400
    assert tags.USER_COMMENT not in bare.children[tags.EXIF_POINTER]


@pytest.mark.parametrize("data", [b"", b"Exif\0\0", b"\xff" * 60, b"Exif\0\0MM\0*\0\0\0\x08\0\5\1"])
def test_damaged_exif_is_none_or_empty(data):
    found = read_exif(data)
    assert found is None or found.is_empty


def test_cut_exif_keeps_what_is_whole():
    data = exif_bytes(every_tag())
    sizes = []
    for end in range(0, len(data), 7):
        found = read_exif(data[:end])
        sizes.append(0 if found is None else sum(map(len, found.groups.values())))
    assert sizes == sorted(sizes)
    assert sizes[-1] > 50
