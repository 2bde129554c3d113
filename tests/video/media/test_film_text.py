"""What a film's file says of how it was made is found again in every format that holds it."""

from fractions import Fraction

import films
import pytest

from ortstyle.errors import FilmError
from ortstyle.video.media.clip import open_clip
from ortstyle.video.media.encode import FilmFrame, write_film
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.film_text import read_film_text

pytest.importorskip("av")

TEXT = '{"job": {"a": 1, "words": "' + 3000 * "x" + '"}}'


@pytest.fixture
def clip(tmp_path):
    films.write_film(tmp_path / "clip.mkv", frames=3)
    return open_clip(tmp_path / "clip.mkv")


def write(path, clip, **tags):
    frames = [FilmFrame(Fraction(k, 25), None, films.frame(k)) for k in range(3)]
    size = clip.width, clip.height
    write_film(path, frames, clip, size=size, encoding=FilmEncoding(), tags=tags)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
def test_the_text_is_found_again(tmp_path, clip, suffix):
    path = tmp_path / f"out{suffix}"
    write(path, clip, ortstyle=TEXT)
    assert read_film_text(path) == TEXT


def test_a_comment_of_its_own_is_no_text(tmp_path, clip):
    path = tmp_path / "out.mp4"
    write(path, clip, comment="ortstyle is nice\nand ortstyle: {}")
    assert read_film_text(path) is None


def test_what_is_no_film_is_said(tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"no film at all")
    with pytest.raises(FilmError, match="is no film"):
        read_film_text(tmp_path / "out.mp4")


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng"])
def test_animations_hold_none(tmp_path, clip, suffix):
    path = tmp_path / f"out{suffix}"
    write(path, clip, ortstyle=TEXT)
    assert read_film_text(path) is None
