"""IPTC: what is carried from JPEG and TIFF, and damage."""

import struct

import pytest
from exif_files import complaints_of, exiftool
from images import random_image
from PIL import Image

from ortstyle.pictures.iptc import carried_iptc, iptc_segment
from ortstyle.pictures.metadata import Carried
from ortstyle.pictures.read import read_picture
from ortstyle.pictures.write import save_picture


def dataset(record, number, value):
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


UTF8 = dataset(1, 90, b"\x1b%G")
WORDS = dataset(2, 25, "寺".encode()) + dataset(2, 25, b"temple") + dataset(2, 120, b"A temple")
VERSION = dataset(2, 0, b"\0\4")


def resources(iim):
    other = b"8BIM\x03\xed\0\0" + struct.pack(">I", 3) + b"abc\0"
    named = b"8BIM\x04\x04\3one" + struct.pack(">I", len(iim)) + iim
    return other + named


@pytest.mark.parametrize("wrap", [bytes, resources, lambda d: b"Photoshop 3.0\0" + resources(d)])
def test_words_are_carried(wrap):
    assert carried_iptc(wrap(UTF8 + VERSION + WORDS)) == UTF8 + VERSION + WORDS


def test_previews_and_odd_datasets_are_left_out():
    odd = dataset(2, 202, b"preview" * 99) + dataset(2, 10, b"too long") + dataset(7, 7, b"x")
    assert carried_iptc(odd + WORDS) == VERSION + WORDS


@pytest.mark.parametrize(
    "data", [b"", b"\x1c", b"no IPTC", b"8BIM", resources(b""), b"8BIM\x04\x04\0\0\xff\xff\xff\xff"]
)
def test_there_may_be_none(data):
    assert carried_iptc(data) is None


def test_what_follows_damage_is_left_out():
    assert carried_iptc(WORDS + dataset(2, 90, b"Kyoto")[:-1]) == VERSION + WORDS


def test_a_segment_of_a_jpeg():
    assert iptc_segment(None) == b""
    assert iptc_segment(b"x" * 70_000) == b""
    assert b"8BIM\x04\x04\0\0\0\0\0\3abc\0" in iptc_segment(b"abc")


@pytest.mark.parametrize("source", ["jpg", "tif"])
@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_programs_read_it(tmp_path, source, suffix):
    first, second = tmp_path / f"a.{source}", tmp_path / f"b.{suffix}"
    kept = carried_iptc(UTF8 + WORDS + dataset(2, 90, "Kyōto".encode()))
    save_picture(random_image(), first, carried=Carried(iptc=kept))
    save_picture(Image.new("RGB", (8, 8)), second, carried=read_picture(first).carried)
    assert complaints_of(second) == []
    found = exiftool(second)
    assert found["IPTC:Keywords"] == ["寺", "temple"]
    assert found["IPTC:City"] == "Kyōto"
