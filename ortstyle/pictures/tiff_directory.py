"""Directories of TIFF, in which EXIF is stored too: read and written entry by entry, as raw bytes.

Nothing is converted, so that text in UTF-8, fractions and a maker's own data stay what they are.
"""

import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from ortstyle.pictures.exif_tags import SIZES

Read = Callable[[int, int], bytes]
"""A function that returns a number of bytes from an offset on; fewer at the end of the file."""

Order = Literal["<", ">"]
"""The byte order of a file, little or big endian."""

LARGEST_VALUE = 1 << 20
"""Bytes of the largest value that is read."""
_TOTAL = 4  # times the largest value: what all values of a directory may have
_MOST_ENTRIES = 4096  # entries of a directory that are looked at, as in libtiff


@dataclass(frozen=True)
class Entry:
    """An entry of a directory.

    Attributes
    ----------
    type
        The type of the values, a key of `exif_tags.SIZES`.
    data
        The values, in the byte order of the directory.
    offset
        Where the values were in the file that they were read from.
    """

    type: int
    data: bytes = field(repr=False)
    offset: int = field(default=0, compare=False)

    @property
    def count(self) -> int:
        """The number of values."""
        return len(self.data) // SIZES[self.type]


Directory = dict[int, Entry]
"""Entries by tag."""


@dataclass(frozen=True)
class Header:
    """The beginning of a TIFF: its byte order as ``<`` or ``>``, and where its directory is."""

    order: Order
    first: int
    is_big: bool = False


def reader_of(file: BinaryIO) -> Read:
    """Return a function that reads a file."""
    end = file.seek(0, 2)

    def read(offset: int, size: int) -> bytes:
        if not 0 <= offset < end:
            return b""
        file.seek(offset)
        return file.read(size)

    return read


def read_header(read: Read) -> Header | None:
    """Return the header of a TIFF or BigTIFF; None for any other file."""
    start = read(0, 16)
    if start[:2] not in (b"II", b"MM") or len(start) < 8:
        return None
    order: Order = "<" if start[:2] == b"II" else ">"
    version = struct.unpack(f"{order}H", start[2:4])[0]
    if version == 42:
        return Header(order, struct.unpack(f"{order}I", start[4:8])[0])
    if version == 43 and len(start) == 16:
        return Header(order, struct.unpack(f"{order}Q", start[8:])[0], is_big=True)
    return None


def read_directory(
    read: Read, header: Header, offset: int, *, tags: Collection[int], largest: int = LARGEST_VALUE
) -> Directory:
    """Read those entries of a directory that have one of some tags.

    Entries that are damaged, that a tag has already had, or that are too large are left out.

    Parameters
    ----------
    read
        Reads the file.
    header
        Its header.
    offset
        Where the directory is.
    tags
        The tags wanted.
    largest
        Bytes of the largest value that is read; all together may have four times as many.
    """
    found: Directory = {}
    total = 0
    for tag, kind, length, place in _entries(read, header, offset):
        if tag not in tags or tag in found or not 0 < length <= largest:
            continue
        total += length
        if total > _TOTAL * largest:
            continue
        data = read(place, length)
        if len(data) == length:
            found[tag] = Entry(kind, data, place)
    return found


def directory_sizes(read: Read, header: Header, offset: int) -> dict[int, int]:
    """Return the bytes of the largest value that each tag of a directory has, by tag."""
    found: dict[int, int] = {}
    for tag, _, length, _ in _entries(read, header, offset):
        found[tag] = max(length, found.get(tag, 0))
    return found


def next_directory(read: Read, header: Header, offset: int) -> int | None:
    """Return the offset of the directory after one; None if that is not in the file.

    It is 0 after the last one, and where the file ends too early for it.
    """
    code, inline = ("Q", "Q") if header.is_big else ("H", "I")
    start = read(offset, struct.calcsize(f"<{code}"))
    if len(start) < struct.calcsize(f"<{code}"):
        return None
    count = struct.unpack(header.order + code, start)[0]
    end = offset + len(start) + count * (20 if header.is_big else 12)
    found = read(end, struct.calcsize(f"<{inline}"))
    if len(found) < struct.calcsize(f"<{inline}"):
        return 0
    return int(struct.unpack(header.order + inline, found)[0])


def _entries(read: Read, header: Header, offset: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield tag, type, bytes, and offset of the value of each entry of a directory."""
    order, form = header.order, "HHQQ" if header.is_big else "HHII"
    size, of_count = struct.calcsize(f"<{form}"), "Q" if header.is_big else "H"
    at = offset + struct.calcsize(f"<{of_count}")
    start = read(offset, at - offset)
    if len(start) < at - offset:
        return
    count = min(struct.unpack(order + of_count, start)[0], _MOST_ENTRIES)
    table = read(at, count * size)
    inline = size - struct.calcsize("<HHQ" if header.is_big else "<HHI")
    for k in range(len(table) // size):
        row = table[k * size : (k + 1) * size]
        tag, kind, number, where = struct.unpack(order + form, row)
        length = number * SIZES.get(kind, 0)
        yield tag, kind, length, at + (k + 1) * size - inline if length <= inline else where


@dataclass(frozen=True)
class Layout:
    """A TIFF without pixels that is laid out: directories that point to others, and their values.

    Attributes
    ----------
    order
        The byte order, ``<`` or ``>``.
    first
        The first directory.
    children
        The directories that an entry of the first one points to, by the tag of that entry.
    fixed
        The offset of a value that must lie at it, because it holds offsets of its own; 0 for none.
        Used for the one entry with the tag `fixed_tag`.
    fixed_tag
        The tag of that entry.
    """

    order: Order
    first: Directory
    children: Mapping[int, Directory] = field(default_factory=dict)
    fixed_tag: int = 0
    fixed: int = 0

    def to_bytes(self) -> bytes:
        """Return the file: header, directories and values, each at an even offset."""
        held = [e for d in self.children.values() for tag, e in d.items() if tag == self.fixed_tag]
        length = len(held[0].data) if held and self.fixed else 0
        space = _Space(self.fixed if length else 0, length)
        children = {tag: entries for tag, entries in self.children.items() if entries}
        first = dict(self.first)
        for tag in children:
            first[tag] = Entry(4, bytes(4))
        at = {0: space.place(_table_size(first))}
        at |= {tag: space.place(_table_size(entries)) for tag, entries in children.items()}
        for tag in children:
            first[tag] = Entry(4, struct.pack(f"{self.order}I", at[tag]))
        for key, entries in {0: first, **children}.items():
            space.write(at[key], self._table(entries, space))
        magic = b"II" if self.order == "<" else b"MM"
        space.write(0, magic + struct.pack(f"{self.order}HI", 42, at[0]))
        return bytes(space.data)

    def _table(self, entries: Directory, space: "_Space") -> bytes:
        """Return a directory, after its values that do not fit into it have been written."""
        table = struct.pack(f"{self.order}H", len(entries))
        for tag, entry in sorted(entries.items()):
            value = entry.data.ljust(4, b"\0")
            if len(entry.data) > 4:
                is_fixed = bool(self.fixed) and tag == self.fixed_tag
                offset = self.fixed if is_fixed else space.place(len(entry.data))
                space.write(offset, entry.data)
                value = struct.pack(f"{self.order}I", offset)
            table += struct.pack(f"{self.order}HHI", tag, entry.type, entry.count) + value
        return table + bytes(4)


class _Space:
    """Bytes of a file that are given out from its start on, around one place that is taken."""

    def __init__(self, taken: int, length: int) -> None:
        self._taken, self._low = taken, 8
        self._high = max(8, taken + length) if taken else 8
        self._high += self._high % 2
        self.data = bytearray()

    def place(self, size: int) -> int:
        """Return an even offset at which there is room for a number of bytes."""
        if self._low + size <= self._taken:
            offset = self._low
            self._low += size + size % 2
            return offset
        offset = self._high
        self._high += size + size % 2
        return offset

    def write(self, offset: int, data: bytes) -> None:
        """Write bytes at an offset; what lies before and has not been written is 0."""
        end = offset + len(data)
        self.data.extend(bytes(max(0, end + end % 2 - len(self.data))))
        self.data[offset:end] = data


def _table_size(entries: Directory) -> int:
    return 2 + 12 * len(entries) + 4
