"""What the boxes of AVIF, HEIC and JPEG 2000 files say of their colours, whoever wrote them."""

import struct
from io import BytesIO

import pytest
from hypothesis import given, settings, strategies as st
from profiles import DISPLAY_P3, box, heif_file, nclx

from ortstyle.pictures.isobmff import BoxColors, read_box_colors, read_crop

PROFILE = box(b"colr", b"prof", DISPLAY_P3)
OTHER = box(b"ispe", bytes(12))


def read(data):
    return read_box_colors(BytesIO(data))


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("version", [0, 1])
def test_the_main_pictures_colours_are_read(wide, version):
    options = {"wide": wide, "version": version}
    both = (OTHER, nclx(12, 13), PROFILE)
    assert read(heif_file(*both, **options)) == BoxColors(DISPLAY_P3, (12, 13))
    assert read(heif_file(*both, links=[1, 2], **options)) == BoxColors(None, (12, 13))
    assert read(heif_file(*both, links=[3, 1], **options)) == BoxColors(DISPLAY_P3)
    assert read(heif_file(nclx(1, 1), nclx(9, 16), links=[2], **options)).code_points == (9, 16)


def test_a_property_that_must_be_understood_is_one_too():
    essential = struct.pack(">B", 0x80 | 2)[0]
    assert read(heif_file(OTHER, nclx(9, 18), links=[essential])).code_points == (9, 18)


def test_numbers_that_name_nothing_are_left_out():
    assert read(heif_file(nclx(12, 13), links=[0, 9])) == BoxColors()
    assert read(heif_file()) == BoxColors()


def test_sizes_of_64_bits_and_to_the_end_of_the_file():
    data = heif_file(nclx(12, 13))
    at = data.index(b"meta") - 4
    content = data[at + 8 :]
    long = data[:at] + struct.pack(">I4sQ", 1, b"meta", 16 + len(content)) + content
    to_the_end = data[:at] + bytes(4) + data[at + 4 :]
    assert read(long) == read(to_the_end) == BoxColors(None, (12, 13))


def test_jpeg_2000():
    head = b"\0\0\0\x0cjP  \r\n\x87\n" + box(b"ftyp", b"jp2 ", bytes(4))
    profile = box(b"colr", b"\2\0\0", DISPLAY_P3)
    srgb = box(b"colr", b"\1\0\0\0\0\0\x10")
    assert read(head + box(b"jp2h", OTHER, srgb, profile)) == BoxColors(DISPLAY_P3)
    assert read(head + box(b"jp2h", srgb)) == BoxColors()


class CountingFile(BytesIO):
    """A file that counts the bytes that are read, and fails far behind its end."""

    total = 0

    def read(self, size=-1):
        assert 0 <= size <= 16 << 20
        data = super().read(size)
        self.total += len(data)
        return data


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\0\0\0\x08ftyp",
        b"\0\0\0\x10ftypavif" + bytes(4) + struct.pack(">I4s", 0xFFFFFFFF, b"meta") + bytes(99),
        b"\0\0\0\x10ftypavif" + bytes(4) + struct.pack(">I4sQ", 1, b"meta", 2**64 - 1),
        b"\0\0\0\x10ftypavif" + bytes(4) + struct.pack(">I4sQ", 1, b"free", 2**63),
        b"\0\0\0\x10ftypavif" + bytes(4) + struct.pack(">I4s", 1, b"free"),
        b"\0\0\0\x10ftypavif" + bytes(4) + struct.pack(">I4s", 3, b"free") * 9,
        b"\0\0\0\x08ftyp" + bytes(8) * 50_000,
        b"\0\0\0\x10ftypavif" + bytes(4) + box(b"free") * 50_000,
        heif_file(nclx(12, 13)).replace(b"ipco", b"ipcx"),
        heif_file(nclx(12, 13)).replace(b"pitm", b"pitx"),
        heif_file(box(b"colr", b"nclx")),
        heif_file(box(b"colr")),
    ],
)
def test_lies_are_no_colours(wrong):
    file = CountingFile(wrong)
    assert read_box_colors(file) == BoxColors()
    assert file.total < 1 << 20


def clap(*numbers):
    return box(b"clap", struct.pack(">IIIIiIiI", *numbers))


SIZE = (722, 1024)
ISPE = box(b"ispe", bytes(4), struct.pack(">II", *SIZE))


@pytest.mark.parametrize(
    ("numbers", "crop"),
    [
        ((385, 1, 330, 1, 207, 2, -616, 2), (272, 39, 657, 369)),
        ((722, 1, 1024, 1, 0, 1, 0, 1), None),
        ((720, 1, 1023, 1, 0, 1, 1, 2), (1, 1, 721, 1024)),
        ((723, 1, 1024, 1, 0, 1, 0, 1), None),
        ((385, 1, 330, 1, 2**30, 1, 0, 1), None),
        ((385, 0, 330, 1, 0, 1, 0, 1), None),
        ((0, 1, 330, 1, 0, 1, 0, 1), None),
    ],
)
def test_the_part_to_be_shown(numbers, crop):
    file = BytesIO(heif_file(ISPE, clap(*numbers)))
    assert read_crop(file, SIZE) == crop
    assert read_crop(file, (722, 1023)) is None


def test_no_crop_is_read_from_other_files():
    for data in (b"", b"GIF89a", heif_file(ISPE), heif_file(clap(1, 1, 1, 1, 0, 1, 0, 1))):
        assert read_crop(BytesIO(data), SIZE) is None


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_boxes_raise_nothing(data):
    whole = heif_file(
        ISPE,
        clap(9, 1, 9, 1, 0, 1, 0, 1),
        nclx(12, 13),
        box(b"colr", b"prof", b"profile"),
        wide=True,
    )
    wrong = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 6)) if wrong else 0):
        wrong[data.draw(st.integers(0, len(wrong) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(read(bytes(wrong)), BoxColors)
    crop = read_crop(BytesIO(bytes(wrong)), SIZE)
    assert crop is None or crop[2] <= SIZE[0]
