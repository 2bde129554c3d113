"""The pages of a TIFF: which one is taken, and that the others cost little."""

import struct
import tracemalloc
from io import BytesIO

import numpy as np
import pytest
from tiffs import BLACK_IS_ZERO, RGB, tiff_of

from ortstyle.errors import PictureError
from ortstyle.pictures import tiff_pages
from ortstyle.pictures.read import read_picture
from ortstyle.pictures.tiff_pages import read_layout

PLAIN = np.zeros((4, 6, 3), np.uint8)


def next_at(data):
    """Return where a little-endian TIFF of one page has the offset of the next."""
    directory = struct.unpack_from("<I", data, 4)[0]
    return directory + 2 + 12 * struct.unpack_from("<H", data, directory)[0]


def with_pages(data, entries, count):
    """Append pages, each with the same entries: tag, type, count and value or offset."""
    data, at = bytearray(data), next_at(data)
    for _ in range(count):
        struct.pack_into("<I", data, at, len(data))
        data += struct.pack("<H", len(entries))
        for entry in entries:
            data += struct.pack("<HHII", *entry)
        at = len(data)
        data += bytes(4)
    return bytes(data)


def test_all_pages_are_counted_without_reading_their_tags():
    values = bytes(1 << 20)
    data = tiff_of(PLAIN, RGB) + values
    start = len(data) - len(values)
    shared = [(tag, 4, len(values) // 4, start) for tag in (273, 279, 320, 330, 50000, 50001)]
    data = with_pages(data, shared, 200)
    tracemalloc.start()
    found = read_layout(BytesIO(data), "a")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.count, found.index, found.layout.width) == (201, 0, 6)
    assert peak < 4 << 20


def test_a_chain_that_returns_ends():
    data = bytearray(with_pages(tiff_of(PLAIN, RGB), [(254, 4, 1, 1)], 3))
    struct.pack_into("<I", data, len(data) - 4, struct.unpack_from("<I", data, 4)[0])
    assert read_layout(BytesIO(data), "a").count == 1  # three are reduced pictures


@pytest.mark.parametrize("tag", [258, 273, 279, 320, 34675])
def test_values_larger_than_those_of_pictures_are_refused(monkeypatch, tag):
    monkeypatch.setattr(tiff_pages, "_LARGEST", {34675: 90})
    monkeypatch.setattr(tiff_pages, "_LARGEST_OTHER", 80)
    data = tiff_of(PLAIN, RGB, tags=[(tag, 4, range(40))])
    words = f"content a.tif is a TIFF whose tag {tag} has 160 bytes, more than "
    with pytest.raises(PictureError, match=words):
        read_layout(BytesIO(data), "content a.tif")


def test_a_value_larger_than_the_file_is_as_if_missing():
    data = tiff_of(PLAIN, RGB, tags=[(34675, 7, b"profile")])
    whole, cut = (struct.pack("<HHI", 34675, 7, size) for size in (7, 30 << 20))
    assert read_layout(BytesIO(data), "a").profile == b"profile"
    assert read_layout(BytesIO(data.replace(whole, cut)), "a").profile == b""


@pytest.mark.parametrize("place", [1 << 40, 1 << 62, (1 << 64) - 1])
def test_strips_and_directories_beyond_the_end_of_the_file(tmp_path, place):
    data = tiff_of(PLAIN, RGB, big=True, rows=4, tags=[(273, 16, [place])])
    assert read_layout(BytesIO(data), "a").layout.segments == ((len(data), 72),)
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(PictureError, match="data end too early"):
        read_picture(tmp_path / "a.tif")
    data = data[:8] + struct.pack("<Q", place) + data[16:]
    with pytest.raises(OSError, match="no directory"):
        read_layout(BytesIO(data), "a")


def test_what_the_pixels_do_not_need_may_be_large():
    data = bytearray(tiff_of(PLAIN, RGB, tags=[(37724, 4, [5, 6])]))
    data = data.replace(struct.pack("<HHI", 37724, 4, 2), struct.pack("<HHI", 37724, 4, 5 << 28))
    assert read_layout(BytesIO(data), "a").layout.width == 6


@pytest.mark.parametrize("tag", [254, 255, 258, 259, 262, 330, 274, 278, 317, 338, 339])
@pytest.mark.parametrize(("kind", "numbers"), [(2, b"text\0"), (5, [1, 0, 2, 0])])
def test_tags_of_a_type_that_they_can_not_have_are_as_if_missing(tag, kind, numbers):
    bits = [(258, 3, [8] * 3)] if tag != 258 else []  # 1 where it is missing
    data = tiff_of(PLAIN, RGB, tags=[*bits, (tag, kind, numbers)])
    found = read_layout(BytesIO(data), "a")
    assert (found.layout.width, found.count, found.orientation) == (6, 1, 1)


def test_several_numbers_where_one_is_due_are_as_if_missing():
    data = tiff_of(PLAIN, RGB, tags=[(tag, 3, [2, 3, 4]) for tag in (259, 262, 274, 278, 317)])
    found = read_layout(BytesIO(data), "a")
    assert (found.layout.compression, found.layout.photometric, found.orientation) == (1, RGB, 1)


def test_a_single_strip_may_have_no_length():
    samples = np.zeros((4, 6, 1), np.uint8)
    data = tiff_of(samples, BLACK_IS_ZERO, rows=4, tags=[(279, 4, [0])])
    assert read_layout(BytesIO(data), "a").layout.segments == ((16, len(data) - 16),)


@pytest.mark.parametrize("size", [0, 4, 8, 10])
def test_a_file_without_directories_is_damaged(size):
    with pytest.raises(OSError, match="no directory"):
        read_layout(BytesIO(tiff_of(PLAIN, RGB)[:size]), "a")
