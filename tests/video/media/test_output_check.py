"""Checks of a film's output before the work."""

import os
import sys
from fractions import Fraction

import films
import pytest
from wine import IS_WINE
from written_films import clip_of, plain_clip

pytest.importorskip("av")

import av

from ortstyle.errors import OutputError
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.output_check import check, film_errors


def checked(output, *, size=films.SIZE, clip=None, codec="auto", **options):
    clip = clip or plain_clip(output.with_name("clip"))
    return check(output, clip, FilmEncoding(codec=codec, **options), size)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "auto"),
        ("a.mp4", "hevc"),
        ("a.mp4", "av1"),
        ("a.webm", "auto"),
        ("a.mov", "prores"),
        ("a.mkv", "ffv1"),
        ("a.gif", "auto"),
        ("a.apng", "auto"),
        ("a.webp", "auto"),
    ],
)
def test_nothing_is_left_where_all_is_well(tmp_path, name, codec, capfd):
    assert checked(tmp_path / name, codec=codec) == ()
    assert not list(tmp_path.iterdir())
    assert IS_WINE or capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("a.mp4", (63, 48), "H.264 takes even sizes, not 63×48"),
        ("a.mp4", (0, 48), "even sizes, not 0×48"),
        ("a.mp4", (20_000, 48), "can't encode H.264 of 20000×48 .*; choose another --size"),
        ("a.webp", (16_384, 2), "WebP holds at most 16383 pixels a side"),
        ("gone/a.mp4", (64, 48), "its folder does not exist; create it first"),
        ("gone/new/a-%d.png", (64, 48), "its folder does not exist; create it first"),
    ],
)
def test_what_can_not_be_written_is_one_line(tmp_path, name, size, words):
    with pytest.raises(OutputError, match=words) as caught:
        checked(tmp_path / name, size=size)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_the_clip_itself_is_no_output(tmp_path):
    path = films.write_film(tmp_path / "a.mp4", frames=2)
    with pytest.raises(OutputError, match="is the clip itself"):
        checked(path, clip=clip_of(path))


@pytest.mark.skipif(sys.platform == "win32", reason="a folder of Windows is not write-protected")
def test_a_write_protected_file_is_told(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"mine")
    path.chmod(0o444)
    if os.access(path, os.W_OK):
        pytest.skip("the user may write everything")
    with pytest.raises(OutputError, match="write-protected"):
        checked(path)


def test_notices_say_what_is_lost(tmp_path):
    clip = plain_clip(tmp_path / "clip", bits=12, rate=Fraction(100))
    assert checked(tmp_path / "a.mp4", codec="h264", clip=clip) == (
        "the clip has 12 bits a colour, and H.264 from this PyAV 10",
    )
    *_, rate = checked(tmp_path / "a.gif", clip=clip)
    assert rate == ".gif shows at most 50 frames a second; some are left out"
    assert checked(tmp_path / "folder", clip=clip) == ("pictures hold no times: show 100 a second",)


def test_errors_of_ffmpeg_and_of_the_system_are_one_line(tmp_path):
    for error in (
        OSError(28, "No space left on device"),
        av.error.ExternalError(-542398533, "Generic error in an external library"),
    ):
        words = r"a.mp4 can't be written \((No|Generic)"
        with pytest.raises(OutputError, match=words), film_errors(tmp_path / "a.mp4"):
            raise error
