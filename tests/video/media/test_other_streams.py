"""Which streams of a clip its film takes over."""

from pathlib import Path

import films
import pytest
from written_films import clip_of, plain_clip

pytest.importorskip("av")


from ortstyle.errors import FilmError
from ortstyle.video.media.clip_record import OtherStream
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.other_streams import choose_streams, open_source
from ortstyle.video.media.output_formats import format_of


def choose(clip, output, *, audio=True):
    path = Path(output)
    kept, notices = choose_streams(
        clip, FilmEncoding(audio=audio), format_of(path), suffix=path.suffix
    )
    return [other.codec for other in kept], list(notices)


@pytest.fixture(scope="module")
def mkv(tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / "clip.mkv"
    return clip_of(films.write_film(path, frames=20, rate=20, sound=True, subtitles=True))


@pytest.fixture(scope="module")
def mp4(tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / "clip.mp4"
    options = {"frames": 20, "rate": 20, "chapters": [(0, 1, "a")]}
    return clip_of(films.write_film(path, sound=True, subtitles=True, **options))


def test_what_the_format_holds_is_kept(mp4, mkv):
    assert choose(mp4, "a.mp4") == (["aac", "mov_text"], [])
    codecs, notices = choose(mkv, "a.mkv")
    assert codecs[0] == "aac"
    assert len(codecs) == 2
    assert notices == []


def test_what_it_does_not_hold_is_said(mp4, mkv):
    assert choose(mp4, "a.webm") == (
        [],
        [
            ".webm can't hold the clip's sound (aac), left out; .mkv may hold them",
            ".webm can't hold the clip's subtitles (mov_text), left out; .mkv may hold them",
        ],
    )
    codecs, (notice,) = choose(mkv, "a.mp4")
    assert codecs == ["aac"]
    assert "subtitles" in notice


def test_sound_may_be_left_out_without_a_word(mp4):
    assert choose(mp4, "a.mp4", audio=False) == (["mov_text"], [])
    assert choose(mp4, "a.gif", audio=False) == ([], [])
    assert choose(mp4, "a.gif") == ([], [".gif holds no sound"])
    assert choose(mp4, "folder") == ([], ["a film of pictures holds no sound"])


def test_data_is_said_and_pictures_have_none(mp4):
    data = OtherStream(index=1, kind="data", codec="klv")
    clip = plain_clip(mp4.path, kind="video", others=(data,))
    assert choose(clip, "a.mkv") == ([], [".mkv can't hold the clip's data (klv), left out"])
    assert choose(plain_clip(mp4.path), "a.mkv") == ([], [])


def test_a_clip_that_is_gone_is_one_line(tmp_path):
    sound = OtherStream(index=1, kind="audio", codec="aac")
    clip = plain_clip(tmp_path / "gone.mp4", kind="video", others=(sound,))
    with pytest.raises(FilmError, match=r"gone.mp4 can't be read again \(No such .*put it back"):
        choose(clip, "a.mp4")


def test_what_has_taken_the_clips_place_may_not_name_other_files(tmp_path):
    other = films.write_film(tmp_path / "other.ts", frames=5, sound=True)
    clip = plain_clip(tmp_path / "clip.mkv")
    clip.path.write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{other.name}\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(FilmError, match="can't be read again"):
        open_source(clip)
    clip.path.write_text(f"ffconcat version 1.0\nfile {other.name}\n")
    with pytest.raises(FilmError, match="can't be read again"):
        open_source(clip)
