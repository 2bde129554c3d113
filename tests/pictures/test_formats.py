"""The table of formats, and the encoding options that each supports."""

from pathlib import Path

import pytest
from PIL import Image

from ortstyle.errors import OutputError
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.formats import FORMATS, Format, find_format, format_of


@pytest.mark.parametrize(
    "row", [row for row in FORMATS.values() if row.suffix in Image.registered_extensions()]
)
def test_a_row_is_found_by_its_suffix(row):
    assert format_of(Path(f"a{row.suffix}")) is row
    assert format_of(Path(f"a{row.suffix.upper()}")) is row


@pytest.mark.parametrize("name", ["a.ppm", "a.dib"])
def test_other_formats_that_pillow_writes_are_plain(name):
    found = find_format(Path(name))
    assert found == Format(name=found.name)
    assert found.pillow_options(Encoding()) == {}


@pytest.mark.parametrize("name", ["a", "a.xyz", "a.ico", "a.icns", "a.xbm"])
def test_what_can_not_hold_a_picture_is_refused(name):
    with pytest.raises(OutputError, match=rf"^output {name}"):
        find_format(Path(name))


def test_a_dot_at_the_end_is_no_suffix():
    with pytest.raises(OutputError, match=r"no suffix to tell its format; try a\.png\.png$"):
        find_format(Path("a.png."))


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ({"depth": 16}, "--depth 16: .x holds 8 bits; write .png or .tif"),
        (
            {"quality": 5},
            "--quality: .x has no quality to choose; leave it out, or write .jpg, .webp or .avif",
        ),
        (
            {"chroma": "444"},
            "--chroma: .x has no chroma to choose; leave it out, or write .jpg or .avif",
        ),
    ],
)
def test_what_a_plain_format_can_not_do_is_refused(encoding, words):
    with pytest.raises(OutputError) as caught:
        Format(name="X").check(Encoding(**encoding), suffix=".x")
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("name", "encoding", "options"),
    [
        ("PNG", {}, {}),
        ("TIFF", {"depth": 16}, {}),
        ("JPEG", {}, {"quality": 95, "subsampling": "4:4:4"}),
        ("JPEG", {"quality": 7, "chroma": "420"}, {"quality": 7, "subsampling": "4:2:0"}),
        ("WEBP", {}, {"quality": 95}),
        ("AVIF", {"chroma": "422"}, {"quality": 90, "subsampling": "4:2:2"}),
    ],
)
def test_options_for_pillow(name, encoding, options):
    FORMATS[name].check(Encoding(**encoding), suffix=FORMATS[name].suffix)
    assert FORMATS[name].pillow_options(Encoding(**encoding)) == options


@pytest.mark.parametrize(
    ("name", "size", "limit"),
    [
        ("JPEG", (65_500, 1), None),
        ("JPEG", (65_501, 1), "65,500 pixels a side"),
        ("WEBP", (1, 16_383), None),
        ("WEBP", (1, 16_384), "16,383 pixels a side"),
        ("AVIF", (32_768, 1), None),
        ("AVIF", (32_769, 1), "32,768 pixels a side"),
        ("AVIF", (20_000, 20_000), "268,435,456 pixels"),
        ("GIF", (65_535, 1), None),
        ("GIF", (65_536, 1), "65,535 pixels a side"),
        ("TIFF", (37_000, 37_000), None),
        ("TIFF", (38_000, 38_000), "4.3 GB"),
        ("PNG", (1_000_000, 1_000_000), None),
    ],
)
def test_sizes_that_a_format_holds(name, size, limit):
    row = FORMATS[name]
    if limit is None:
        row.check_size(size, suffix=row.suffix)
        return
    with pytest.raises(OutputError) as caught:
        row.check_size(size, suffix=row.suffix)
    message = str(caught.value)
    assert message.startswith(f"{row.suffix} holds at most {limit}, and the result is {size[0]}×")
    assert row.suffix not in message.partition("; write ")[2]
    assert ".png" in message


def test_depth_and_transparency_count():
    tiff, size = FORMATS["TIFF"], (30_000, 30_000)
    tiff.check_size(size, suffix=".tif", has_alpha=True)
    with pytest.raises(OutputError, match=r"4\.3 GB.*; write \.png, or give a smaller --size$"):
        tiff.check_size(size, suffix=".tif", depth=16)
    with pytest.raises(OutputError):
        tiff.check_size((34_000, 34_000), suffix=".tif", has_alpha=True)


@pytest.mark.parametrize(
    "row", [row for row in FORMATS.values() if row.max_side and row.name not in ("AVIF", "PDF")]
)
def test_the_largest_side_can_be_written_and_read(tmp_path, row, monkeypatch):
    if row.suffix not in Image.registered_extensions():
        pytest.skip(f"this Pillow writes no {row.suffix}")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    for size in ((row.max_side, 1), (1, row.max_side)):
        Image.new("RGB", size).save(tmp_path / f"a{row.suffix}", row.name)
        with Image.open(tmp_path / f"a{row.suffix}") as image:
            assert image.size == size
