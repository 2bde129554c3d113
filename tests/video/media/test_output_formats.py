"""The table of formats, and what a name and an encoding mean."""

from pathlib import Path

import pytest

from ortstyle.errors import OutputError
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.output_formats import FORMATS, PICTURES, codecs_for, format_of
from ortstyle.video.media.video_codecs import CODECS


def names(output, bits=8, **choice):
    found = codecs_for(Path(output), FilmEncoding(**choice), bits=bits)
    return [codec.name for codec in found]


@pytest.mark.parametrize(
    ("output", "bits", "first"),
    [
        ("a.mp4", 8, "h264"),
        ("a.MP4", 10, "hevc"),
        ("a.mov", 12, "hevc"),
        ("a.mkv", 8, "h264"),
        ("a.webm", 8, "vp9"),
        ("a.webm", 10, "av1"),
        ("a.gif", 10, "gif"),
        ("a.apng", 8, "apng"),
        ("a.webp", 8, "webp"),
        ("folder", 8, "png"),
        ("a-%05d.png", 8, "png"),
    ],
)
def test_the_first_choice_depends_on_the_bits(output, bits, first):
    assert names(output, bits)[0] == first


def test_every_row_names_codecs_of_the_table():
    for row in FORMATS.values():
        assert set(row.codecs) | set(row.auto) <= set(CODECS)


def test_a_folder_whose_name_has_a_suffix_holds_pictures(tmp_path):
    folder = tmp_path / "a.mp4"
    folder.mkdir()
    assert format_of(folder) is PICTURES


@pytest.mark.parametrize(
    ("output", "choice", "words"),
    [
        ("a.avi", {}, "no film can be written as .avi; use one of .mp4, .mov, .mkv, .webm, .gif"),
        ("a.png", {}, "is one picture; for a film of PNGs write a-%05d.png"),
        (
            "a.mp4",
            {"codec": "prores"},
            "prores: .mp4 does not hold ProRes; .* .mov or .mkv",
        ),
        ("a.webm", {"codec": "h264"}, "--codec h264: .webm does not hold H.264; choose from vp9"),
        ("a.gif", {"codec": "h264"}, "--codec h264: .gif has no codec to choose"),
        ("folder", {"codec": "h264"}, "a folder of pictures has no codec"),
        ("a.mp4", {"quality": 52}, "--quality 52: H.264 takes 0 to 51"),
        ("a.mov", {"quality": 4, "codec": "prores"}, "ProRes takes 0 to 3"),
        ("a.webp", {"quality": 0}, "WebP takes 1 to 100"),
        ("a.gif", {"quality": 1}, "GIF has no quality to choose"),
        ("a.mkv", {"quality": 1, "codec": "ffv1"}, "FFV1 has no quality"),
    ],
)
def test_what_does_not_fit_together_is_refused(output, choice, words):
    with pytest.raises(OutputError, match=words):
        names(output, **choice)
