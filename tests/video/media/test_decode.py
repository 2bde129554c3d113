"""Frames of films of every kind."""

from fractions import Fraction

import pytest
from films import index_of, write_animation, write_film, write_pictures

from ortstyle.video.media.clip import open_clip
from ortstyle.video.media.decode import FrameReader, SourceFrame, read_frames

pytest.importorskip("av")


@pytest.mark.parametrize("kind", ["film", "folder", "animation"])
def test_every_kind_is_read_with_its_times(tmp_path, kind):
    if kind == "film":
        path = write_film(tmp_path / "a.mkv", codec="ffv1", frames=4)
    elif kind == "folder":
        path = write_pictures(tmp_path / "a", frames=4)
    else:
        path = write_animation(tmp_path / "a.png", durations=[40] * 4)
    clip = open_clip(path)
    assert (clip.frames, clip.rate) == (4, 25)
    reader = read_frames(clip, (clip.width, clip.height), begin=Fraction(1, 25))
    frames = list(reader)
    assert isinstance(frames[0], SourceFrame)
    assert [index_of(f.pixels) for f in frames] == [1, 2, 3]
    assert [f.time for f in frames] == [Fraction(k, 25) for k in (1, 2, 3)]
    assert reader.notices == ()


def test_a_reader_can_be_closed_early(tmp_path):
    clip = open_clip(write_film(tmp_path / "a.mp4"))
    reader = read_frames(clip, (64, 48))
    next(reader)
    reader.close()
    clip.path.unlink()  # which Windows would not allow of a file that is open
    assert list(reader) == []


def test_any_iterator_can_be_closed():
    FrameReader(iter(()), []).close()
