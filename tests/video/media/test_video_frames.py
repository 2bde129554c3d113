"""Frames of films' files: times, parts, turning, and damage."""

import struct
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from films import frame, index_of, is_upright, write_film

from ortstyle.errors import FilmError
from ortstyle.video.media.clip import open_clip
from ortstyle.video.media.decode import read_frames
from ortstyle.video.media.video_file import VideoFile
from ortstyle.video.media.video_frames import Damage, VideoReading, decode

av = pytest.importorskip("av")


def read(clip, size=None, begin=None, end=None):
    reading = VideoReading(clip, size or (clip.width, clip.height), begin, end)
    return list(reading.frames()), reading.notices


def indices(frames):
    return [index_of(found.pixels) for found in frames]


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".mp4", "libx264"), (".mov", "libx264"), (".mkv", "ffv1"), (".ts", "libx264"),
     (".avi", "mpeg4"), (".webm", "libvpx-vp9")],
)  # fmt: skip
def test_every_frame_is_read_once_in_order_with_its_time(tmp_path, suffix, codec):
    path = write_film(
        tmp_path / f"a{suffix}", frames=9, codec=codec, time_base=Fraction(1, 25), sound=False
    )
    clip = open_clip(path)
    frames, notices = read(clip)
    assert indices(frames) == list(range(9))
    assert [f.time - clip.start for f in frames] == [Fraction(k, 25) for k in range(9)]
    assert notices == []
    assert all(f.pixels.dtype == np.uint8 and f.pixels.shape == (48, 64, 3) for f in frames)
    assert all(is_upright(f.pixels) for f in frames)


def test_a_variable_rate_keeps_its_times(tmp_path):
    times = [Fraction(n, 1000) for n in (0, 33, 40, 400, 401, 1000)]
    for name, codec in (("a.mkv", "ffv1"), ("a.mp4", "libx264")):
        path = write_film(tmp_path / name, times=times, codec=codec, time_base=Fraction(1, 1000))
        frames, notices = read(open_clip(path))
        assert [f.time for f in frames] == times
        assert indices(frames) == list(range(6))
        assert notices == []


def test_negative_times_are_kept(tmp_path):
    path = write_film(tmp_path / "a.mkv", codec="ffv1", frames=4, options={"g": "1"})
    data = path.read_bytes()
    for time in (0, 40, 80, 120):  # of a block, after the number of its track (RFC 9559, 10.1)
        old, new = (b"\x81" + struct.pack(">h", t) + b"\x80" for t in (time, time - 80))
        assert data.count(old) == 1
        data = data.replace(old, new)
    path.write_bytes(data)
    clip = open_clip(path)
    frames, notices = read(clip)
    assert clip.start == Fraction(-2, 25)
    assert [f.time for f in frames] == [Fraction(n, 25) for n in (-2, -1, 0, 1)]
    assert notices == []
    assert indices(read(clip, begin=Fraction(-1, 25), end=Fraction(1, 25))[0]) == [1, 2]


def test_lossless_frames_are_read_exactly(tmp_path):
    path = write_film(tmp_path / "a.mkv", codec="ffv1", pix_fmt="bgr0", frames=3)
    frames, _ = read(open_clip(path))
    for index, found in enumerate(frames):
        assert np.array_equal(found.pixels, frame(index))


@pytest.mark.parametrize("colors", [(1, 1, 1, False), (6, 6, 6, True), (1, 1, 1, True)])
def test_colours_come_back_by_the_tags_of_the_film(tmp_path, colors):
    path = write_film(tmp_path / "a.mkv", codec="ffv1", pix_fmt="yuv444p", colors=colors, frames=2)
    frames, _ = read(open_clip(path))
    assert np.abs(frames[1].pixels.astype(int) - frame(1)).max() <= 2


def test_more_than_8_bits_are_read_as_16(tmp_path):
    path = write_film(
        tmp_path / "a.mkv", codec="ffv1", pix_fmt="yuv444p10le", colors=(1, 1, 1, False), frames=2
    )
    frames, _ = read(open_clip(path))
    expected = frame(1, depth=16)
    assert frames[1].pixels.dtype == np.uint16
    assert np.abs(frames[1].pixels.astype(int) - expected).max() <= 257
    assert len(np.unique(frames[1].pixels % 257)) > 1


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_frames_are_turned_upright_and_scaled(tmp_path, rotation):
    clip = open_clip(write_film(tmp_path / "a.mp4", frames=2, rotation=rotation))
    frames, _ = read(clip)
    assert frames[0].pixels.shape == (48, 64, 3)
    assert is_upright(frames[0].pixels)
    small, _ = read(clip, size=(32, 20))
    assert small[0].pixels.shape == (20, 32, 3)
    assert is_upright(small[0].pixels)


def test_a_part_of_a_program_stream_begins_with_its_first_frame(tmp_path):
    # Frames that are smaller than packs, so that a pack begins with the rest of another frame.
    generator = np.random.default_rng(3)
    noise = generator.integers(0, 60, (24, 48, 64, 3), np.uint8)
    path = write_film(
        tmp_path / "a.mpg",
        pictures=[frame(k % 12) // 2 + noise[k] for k in range(24)],
        frames=24,
        codec="mpeg2video",
        time_base=Fraction(1, 25),
        options={"g": "10", "bf": "2"},
    )
    clip = open_clip(path)
    times = [found.time for found in read(clip)[0]]
    for index in range(1, 24):
        assert [found.time for found in read(clip, begin=times[index])[0]] == times[index:]


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".flv", "flv"), (".mpg", "mpeg2video"), (".avi", "mpeg4")]
)
def test_what_follows_known_frames_is_exactly_as_in_the_whole(tmp_path, suffix, codec):
    path = write_film(
        tmp_path / f"a{suffix}",
        frames=12,
        codec=codec,
        time_base=Fraction(1, 25),
        options={"g": "4"},
    )
    clip = open_clip(path)
    whole, _ = read(clip)
    for index in (1, 5, 8, 11):
        reading = VideoReading(clip, (64, 48), known=whole[index].time)
        rest = list(reading.frames())
        assert [(f.time, f.duration) for f in rest] == [(f.time, f.duration) for f in whole[index:]]
        assert all(
            np.array_equal(a.pixels, b.pixels) for a, b in zip(rest, whole[index:], strict=True)
        )


@pytest.mark.parametrize(
    ("suffix", "options"),
    [(".mp4", {"g": "5", "bf": "2"}), (".mkv", {"g": "5", "bf": "2"}),
     (".ts", {"g": "5", "bf": "2"}), (".mp4", {"g": "250"}),
     (".mp4", {"g": "6", "x264-params": "open-gop=1:bframes=3"}),
     (".mkv", {"x264-params": "intra-refresh=1:keyint=6:bframes=0"})],
    ids=["mp4", "mkv", "ts", "one keyframe", "open", "refreshed"],
)  # fmt: skip
def test_a_part_is_exactly_that_part_of_the_whole(tmp_path, suffix, options):
    path = write_film(tmp_path / f"a{suffix}", frames=18, options=options)
    clip = open_clip(path)
    whole, _ = read(clip)
    for first in (0, 1, 4, 5, 6, 11, 17):
        begin = whole[first].time
        part, notices = read(clip, begin=begin, end=begin + Fraction(3, 25))
        expected = whole[first : first + 3]
        assert [f.time for f in part] == [f.time for f in expected]
        for found, other in zip(part, expected, strict=True):
            assert np.array_equal(found.pixels, other.pixels)
        assert notices == []


def test_a_beginning_between_two_frames_is_that_of_the_second(tmp_path):
    clip = open_clip(write_film(tmp_path / "a.mp4"))
    frames, _ = read(clip, begin=Fraction(41, 1000))
    assert indices(frames)[0] == 2


def test_a_part_after_the_end_has_no_frames(tmp_path):
    clip = open_clip(write_film(tmp_path / "a.mp4"))
    assert read(clip, begin=Fraction(100))[0] == []


def test_a_stream_without_times_is_read_by_its_rate(tmp_path):
    path = write_film(tmp_path / "a.h264", frames=9, options={"bf": "0", "g": "4"})
    clip = open_clip(path)
    frames, _ = read(clip)
    assert indices(frames) == list(range(9))
    assert all(a.time < b.time for a, b in pairwise(frames))
    part, _ = read(clip, begin=frames[5].time)
    assert indices(part) == [5, 6, 7, 8]


def test_reading_twice_gives_the_same(tmp_path):
    clip = open_clip(write_film(tmp_path / "a.mp4", options={"bf": "2"}))
    first, second = read(clip)[0], read(clip)[0]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first, second, strict=True))


def test_a_film_that_is_cut_short_is_read_as_far_as_it_goes_and_it_is_told(tmp_path):
    options = {"frames": 16, "options": {"g": "1"}}
    faststart = {"movflags": "faststart"}
    for name, start, extra in (
        ("a.mp4", b"mdat", {"container_options": faststart}),
        ("a.mkv", b"\x1f\x43\xb6\x75", {}),
    ):
        path = write_film(tmp_path / name, **options, **extra)
        data = path.read_bytes()
        begin = data.index(start)
        path.write_bytes(data[: begin + (len(data) - begin) * 7 // 10])
        frames, notices = read(open_clip(path))
        assert 4 <= len(frames) < 16
        assert indices(frames) == list(range(len(frames)))
        assert any("is cut short: it ends after" in notice for notice in notices), name


def test_packets_that_are_damaged_are_left_out_and_it_is_told(tmp_path):
    path = write_film(tmp_path / "a.mkv", codec="ffv1", frames=8)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60] = bytes(60)
    path.write_bytes(data)
    frames, notices = read(open_clip(path))
    assert 1 <= len(frames) <= 8
    assert all("\n" not in notice for notice in notices)


def test_a_stream_that_appears_later_does_not_end_the_film():
    """PyAV raises an IndexError for each packet of it."""

    class Stream:
        def decode(self, _):
            return []

    class Container:
        def __init__(self):
            self.left = [1, None, None, 2, None, 3]

        def demux(self, _):
            while self.left:
                number = self.left.pop(0)
                if number is None:
                    raise IndexError("list index out of range")
                yield SimpleNamespace(decode=lambda number=number: [number])

    file = VideoFile(Container(), Stream())
    assert list(decode(file, Damage())) == [1, 2, 3]


def test_any_damage_is_told_in_one_line_or_read_over(tmp_path):
    path = write_film(tmp_path / "a.mp4", frames=6, sound=True)
    data = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(25):
        broken = bytearray(data)
        for at in random.integers(0, len(data), 12):
            broken[at] = random.integers(256)
        path.write_bytes(broken)
        try:
            frames, notices = read(open_clip(path, max_pixels=10**5), size=(8, 8))
        except FilmError as error:
            assert "\n" not in str(error)  # noqa: PT017
            continue
        assert all(a.time < b.time for a, b in pairwise(frames))
        assert all("\n" not in notice for notice in notices)


def test_a_film_that_grows_is_read_as_it_was_and_it_is_told(tmp_path):
    path = write_film(tmp_path / "a.ts", frames=20)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 // 188 * 188])
    clip = open_clip(path)
    alone, _ = read(clip)
    reading = VideoReading(clip, (64, 48))
    frames = reading.frames()
    found = [next(frames)]
    path.write_bytes(whole)
    found += list(frames)
    assert [f.time for f in found] == [f.time for f in alone]
    assert any("changed while it was read" in notice for notice in reading.notices)


def test_a_film_that_shrinks_to_nothing_is_one_line(tmp_path):
    path = write_film(tmp_path / "a.ts", frames=20)
    clip = open_clip(path)
    path.write_bytes(b"")
    with pytest.raises(FilmError, match="film"):
        read(clip)
    path.unlink()
    with pytest.raises(FilmError, match="can't be read any more"):
        read(clip)


def test_frames_that_change_their_size_are_scaled_to_one_and_it_is_told(tmp_path):
    first = write_film(tmp_path / "a.ts", frames=4)
    second = write_film(tmp_path / "b.ts", frames=4, size=(32, 24))
    first.write_bytes(first.read_bytes() + second.read_bytes())
    frames, notices = read(open_clip(first))
    assert len(frames) == 8
    assert {f.pixels.shape for f in frames} == {(48, 64, 3)}
    assert any("changes the size of its frames" in notice for notice in notices)
    assert any("no time, or an impossible one" in notice for notice in notices)


def test_frames_that_grow_beyond_the_limit_are_refused(tmp_path):
    first = write_film(tmp_path / "a.ts", frames=4, size=(32, 24))
    second = write_film(tmp_path / "b.ts", frames=4)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    clip = open_clip(first, max_pixels=1000)
    with pytest.raises(FilmError, match=r"is 64×48, more than 1000 pixels a frame"):
        read(clip, size=(32, 24))


def test_a_film_whose_sound_is_a_little_longer_is_whole(tmp_path):
    path = write_film(tmp_path / "clip.mkv", frames=4, rate=25, codec="ffv1", sound=True)
    clip = open_clip(path)
    longer = replace(clip, duration=clip.duration + Fraction(1, 10), frames=7)
    reader = read_frames(longer, (longer.width, longer.height))
    assert len(list(reader)) == 4
    assert not any("cut short" in notice for notice in reader.notices)
