"""Which encoder writes a film, and in which colours."""

from pathlib import Path

import pytest
from written_films import plain_clip

pytest.importorskip("av")

from ortstyle.errors import OutputError
from ortstyle.video.media import encoder_choice
from ortstyle.video.media.colors import ColorTags
from ortstyle.video.media.encoder_choice import choose_encoder
from ortstyle.video.media.encoding import FilmEncoding


def choose(output, *, codec="auto", quality=None, **clip):
    clip = plain_clip(Path("clip"), **{"kind": "video", **clip})
    return choose_encoder(Path(output), clip, FilmEncoding(codec=codec, quality=quality))


def without(monkeypatch, *missing):
    """Let PyAV be one without some encoders and pixel formats."""
    found = encoder_choice._held

    def held(codec, encoder):
        kept = {} if encoder in missing else found(codec, encoder)
        return {bits: name for bits, name in kept.items() if name not in missing}

    monkeypatch.setattr(encoder_choice, "_held", held)


@pytest.mark.parametrize(
    ("output", "bits", "encoder", "pixel_format"),
    [
        ("a.mp4", 8, "libx264", "yuv420p"),
        ("a.mp4", 10, "libx265", "yuv420p10le"),
        ("a.gif", 8, "gif", "pal8"),
        ("a.apng", 16, "apng", "rgb48be"),
        ("a.webp", 8, "", "rgb24"),
        ("folder", 10, "", "rgb48be"),
    ],
)
def test_bits_choose_encoder_and_pixel_format(output, bits, encoder, pixel_format):
    found = choose(output, bits=bits)
    assert (found.encoder, found.pixel_format) == (encoder, pixel_format)


def test_hevc_in_mp4_has_the_tag_that_apples_players_know():
    assert choose("a.mp4", codec="hevc").tag == "hvc1"
    assert choose("a.mkv", codec="hevc").tag == ""


def test_quality_goes_to_the_codecs_own_option():
    assert choose("a.mp4").options["crf"] == "18"
    assert choose("a.mp4", quality=0).options["crf"] == "0"
    assert choose("a.mov", codec="prores", quality=1).options["profile"] == "1"


def test_another_codec_is_taken_where_an_encoder_is_missing(monkeypatch):
    without(monkeypatch, "libx265")
    found = choose("a.mp4", bits=10)
    assert (found.encoder, found.bits) == ("libx264", 10)
    without(monkeypatch, "yuv420p10le")
    assert choose("a.mp4", bits=10).bits == 8


def test_no_encoder_at_all_is_one_line(monkeypatch):
    without(monkeypatch, "libx265", "libx264", "libopenh264")
    with pytest.raises(OutputError, match=r"PyAV .* can't encode H.264 or HEVC; choose another"):
        choose("a.mp4")


@pytest.mark.parametrize(
    ("given", "height", "written"),
    [
        ((2, 2, 2, None), 1080, (1, 1, 1, False)),
        ((2, 2, 2, None), 480, (6, 6, 6, False)),
        ((1, 13, 6, True), 480, (1, 13, 6, True)),
        ((1, 1, 0, True), 480, (1, 1, 1, False)),
        ((1, 1, 8, None), 480, (1, 1, 1, False)),
        ((9, 16, 9, False), 480, (1, 1, 1, False)),
    ],
)
def test_tags_are_the_clips(given, height, written):
    tags = ColorTags(
        **dict(zip(("primaries", "transfer", "matrix", "full_range"), given, strict=True))
    )
    found = choose("a.mp4", colors=tags, height=height).colors
    assert (found.primaries, found.transfer, found.matrix, found.full_range) == written


def test_pictures_are_srgb_and_rgb_is_no_luma():
    found = choose("a.mp4", kind="pictures").colors
    assert (found.transfer, found.matrix, found.full_range) == (13, 1, False)
    found = choose("a.mkv", codec="ffv1", height=480).colors
    assert (found.primaries, found.matrix, found.full_range) == (6, 0, True)


def test_prores_is_always_of_narrow_range():
    tags = ColorTags(primaries=1, transfer=1, matrix=1, full_range=True)
    assert not choose("a.mov", codec="prores", colors=tags).colors.full_range
