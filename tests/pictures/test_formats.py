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


@pytest.mark.parametrize("name", ["a.gif", "a.ppm", "a.tga"])
def test_other_formats_that_pillow_writes_are_plain(name):
    found = find_format(Path(name))
    assert found == Format(name=found.name)
    assert found.pillow_options(Encoding()) == {}


@pytest.mark.parametrize("name", ["a", "a.xyz", "a.ico", "a.icns", "a.xbm"])
def test_what_can_not_hold_a_picture_is_refused(name):
    with pytest.raises(OutputError, match=rf"^output {name}"):
        find_format(Path(name))


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
