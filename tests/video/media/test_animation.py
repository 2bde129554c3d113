"""Animated GIF, PNG and WebP as films."""

import io
import struct
import zlib
from fractions import Fraction

import numpy as np
import pytest
from films import SIZE, frame, index_of, is_upright, write_animation
from images import random_image

from ortstyle.errors import FilmError
from ortstyle.video.media.animation import open_animation, read_animation

LIMIT = 10**6
SUFFIXES = [".gif", ".png", ".webp"]


def opened(path, max_pixels=LIMIT):
    return open_animation(path, max_pixels=max_pixels)


def read(clip, size=None, begin=None, end=None):
    return list(read_animation(clip, size or (clip.width, clip.height), begin=begin, end=end))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_frames_have_their_own_times(tmp_path, suffix):
    clip = opened(write_animation(tmp_path / f"a{suffix}", durations=(40, 80, 120)))
    assert (clip.width, clip.height, clip.frames, clip.has_alpha) == (*SIZE, 3, False)
    assert clip.duration == Fraction(240, 1000)
    assert clip.rate == Fraction(25, 2)
    assert not clip.notices
    frames = read(clip)
    assert [f.time for f in frames] == [0, Fraction(40, 1000), Fraction(120, 1000)]
    assert [f.duration for f in frames] == [Fraction(n, 1000) for n in (40, 80, 120)]
    assert [index_of(f.pixels) for f in frames] == [0, 1, 2]
    assert all(is_upright(f.pixels) for f in frames)
    assert all(f.time % clip.time_base == 0 for f in frames)


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_what_is_lossless_is_read_exactly(tmp_path, suffix):
    clip = opened(write_animation(tmp_path / f"a{suffix}"))
    for index, found in enumerate(read(clip)):
        assert np.array_equal(found.pixels, frame(index))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_transparency_lies_on_white_and_it_is_told(tmp_path, suffix):
    clip = opened(write_animation(tmp_path / f"a{suffix}", transparent=True))
    assert clip.has_alpha
    assert "is transparent; it is painted on white" in clip.notices[0]
    for found in read(clip):
        assert (found.pixels[-4:, -4:] == 255).all()
        assert found.pixels[20, 40, 1] < 100


def test_a_part_is_read_and_scaled(tmp_path):
    clip = opened(write_animation(tmp_path / "a.gif", durations=[50] * 5))
    part = read(clip, size=(32, 24), begin=Fraction(50, 1000), end=Fraction(150, 1000))
    assert [index_of(f.pixels) for f in part] == [1, 2]
    assert part[0].pixels.shape == (24, 32, 3)


def test_a_frame_that_is_shown_for_no_time_is_shown_as_browsers_do(tmp_path):
    clip = opened(write_animation(tmp_path / "a.gif", durations=(0, 10, 20)))
    assert [f.duration for f in read(clip)] == [Fraction(1, 10), Fraction(1, 10), Fraction(1, 50)]


def test_thirds_of_seconds_are_exact_in_png(tmp_path):
    path = write_animation(tmp_path / "a.png", durations=(40, 40))
    data, at = bytearray(path.read_bytes()), 0
    while (at := data.find(b"fcTL", at)) >= 0:
        struct.pack_into(">HH", data, at + 24, 1, 30)  # after number, size and position
        struct.pack_into(">I", data, at + 30, zlib.crc32(data[at : at + 30]))
        at += 4
    path.write_bytes(data)
    clip = opened(path)
    assert [f.time for f in read(clip)] == [0, Fraction(1, 30)]
    assert clip.time_base == Fraction(1, 30)


def test_a_still_picture_beside_the_animation_of_a_png_is_no_frame(tmp_path):
    path = write_animation(tmp_path / "a.png", durations=(40, 40, 40), default_image=True)
    clip = opened(path)
    assert clip.frames == 2
    assert [index_of(f.pixels) for f in read(clip)] == [1, 2]


def test_a_still_picture_is_for_render(tmp_path):
    random_image().save(tmp_path / "a.gif")
    with pytest.raises(FilmError, match=r"is a still picture \(GIF\); paint it with ortstyle ren"):
        opened(tmp_path / "a.gif")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_animation_that_is_cut_short_is_used_as_far_as_it_goes_or_refused(tmp_path, suffix):
    path = write_animation(tmp_path / f"a{suffix}", durations=[40] * 4)
    whole = path.read_bytes()
    for length in range(len(whole) - 1, 0, -61):
        path.write_bytes(whole[:length])
        try:
            clip = opened(path)
        except FilmError as error:
            assert "\n" not in str(error)  # noqa: PT017
            continue
        assert len(read(clip)) == clip.frames
        assert clip.frames == 4 or suffix == ".gif" or "is damaged after" in clip.notices[0]


def test_frames_before_the_damage_are_used(tmp_path):
    path = write_animation(tmp_path / "a.png", durations=[40] * 4)
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"fcTL") + 20])
    clip = opened(path)
    assert clip.frames == 3
    assert "is damaged after 3 frames, which are painted" in clip.notices[0]
    assert [index_of(f.pixels) for f in read(clip)] == [0, 1, 2]


def test_a_gif_that_is_cut_short_is_used_as_far_as_it_goes(tmp_path):
    path = write_animation(tmp_path / "a.gif", durations=[40] * 4)
    path.write_bytes(path.read_bytes()[:-60])
    clip = opened(path)
    assert clip.frames in (3, 4)
    assert len(read(clip)) == clip.frames


def test_too_many_pixels_are_refused(tmp_path):
    with pytest.raises(FilmError, match="more than 100 pixels"):
        opened(write_animation(tmp_path / "a.gif"), max_pixels=100)


def test_an_animation_that_is_gone_is_told(tmp_path):
    path = write_animation(tmp_path / "a.gif")
    clip = opened(path)
    path.unlink()
    with pytest.raises(FilmError, match="can't be read"):
        read(clip)


def test_pillow_can_be_used_between_frames(tmp_path):
    """Pillow's limit belongs to the whole process, and is held only while a frame is decoded."""
    clip = opened(write_animation(tmp_path / "a.gif"))
    frames = read_animation(clip, SIZE, begin=None, end=None)
    next(frames)
    random_image().save(io.BytesIO(), "PNG")
    again = opened(tmp_path / "a.gif")
    assert again == clip
    assert next(frames).time > 0
    frames.close()
