"""Directories of TIFF: what is written comes back, and damage costs an entry, not more."""

import struct

import pytest

from ortstyle.pictures.tiff_directory import (
    LARGEST_VALUE,
    Entry,
    Header,
    Layout,
    read_directory,
    read_header,
)

FIRST = {0x10F: Entry(2, b"Camera\0"), 0x112: Entry(3, b"\1\0"), 0x13B: Entry(2, b"\xe5\x9b\xbe\0")}
CHILD = {1: Entry(5, bytes(range(8))), 2: Entry(7, b"odd")}


def reader(data):
    return lambda offset, size: data[offset : offset + size]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("fixed", [0, 100, 101, 1000])
def test_what_is_written_comes_back(order, fixed):
    note = Entry(7, b"note" * 9)
    layout = Layout(
        order, FIRST, children={0x8769: {**CHILD, 0x927C: note}}, fixed_tag=0x927C, fixed=fixed
    )
    data = layout.to_bytes()
    header = read_header(reader(data))
    assert header.order == order
    first = read_directory(reader(data), header, header.first, tags=range(65536))
    (pointer,) = struct.unpack(f"{order}I", first.pop(0x8769).data)
    assert first == FIRST
    child = read_directory(reader(data), header, pointer, tags=range(65536))
    assert child == {**CHILD, 0x927C: note}
    if fixed:
        assert data[fixed : fixed + 36] == note.data
    assert len(data) % 2 == 0
    assert len(data) < fixed + 300


def test_only_the_tags_that_are_wanted_are_read():
    data = Layout("<", FIRST).to_bytes()
    assert set(read_directory(reader(data), Header("<", 8), 8, tags=[0x10F, 7])) == {0x10F}


def table(*rows):
    return struct.pack("<H", len(rows)) + b"".join(struct.pack("<HHII", *row) for row in rows)


@pytest.mark.parametrize(
    "row",
    [
        (1, 0, 1, 0),  # no type
        (1, 99, 1, 0),
        (1, 2, 0, 0),  # no value
        (1, 2, 10, 1 << 20),  # beyond the end
        (1, 5, 0xFFFFFFFF, 8),
        (1, 2, LARGEST_VALUE + 1, 0),
    ],
)
def test_an_odd_entry_costs_that_entry(row):
    data = bytes(8) + table(row, (2, 3, 1, 7), (2, 3, 1, 8), (3, 2, 4, 0x636261))
    found = read_directory(reader(data), Header("<", 8), 8, tags=range(10))
    assert found == {2: Entry(3, b"\7\0"), 3: Entry(2, b"abc\0")}


def test_many_large_entries_are_bounded():
    rows = [(tag, 1, LARGEST_VALUE, 0) for tag in range(1, 60_000)]
    data = bytes(8) + table(*rows) + bytes(LARGEST_VALUE)
    found = read_directory(reader(data), Header("<", 8), 8, tags=range(60_000))
    assert sum(len(entry.data) for entry in found.values()) <= 4 << 20


@pytest.mark.parametrize("data", [b"", b"II*", b"PK\3\4" * 4, b"II\7\0" + bytes(12), b"MM\0*\0\0"])
def test_other_files_have_no_header(data):
    assert read_header(reader(data)) is None


@pytest.mark.parametrize("offset", [0, 8, 9, 1 << 31])
def test_a_directory_that_is_not_there_is_empty(offset):
    assert read_directory(reader(b"II*\0\x08\0\0\0\xff"), Header("<", 8), offset, tags=[1]) == {}


def test_the_directory_of_a_big_tiff():
    row = struct.pack("<HHQ", 0x10F, 2, 7) + b"Camera\0\0"
    far = struct.pack("<HHQQ", 0x110, 2, 9, 72)
    data = b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + struct.pack("<Q", 2) + row + far
    data = data.ljust(72, b"\0") + b"Model 12\0"
    header = read_header(reader(data))
    assert header == Header("<", 16, is_big=True)
    found = read_directory(reader(data), header, 16, tags=range(65536))
    assert found == {0x10F: Entry(2, b"Camera\0"), 0x110: Entry(2, b"Model 12\0")}
