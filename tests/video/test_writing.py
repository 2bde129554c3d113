"""The painted frames of a folder, as the film's file takes them."""

import film_folders
import numpy as np
import pytest

from ortstyle.settings.settings import Settings
from ortstyle.video.writing import painted_count, shown_frames, shows_sources


@pytest.fixture
def folder(tmp_path):
    with film_folders.film_in(tmp_path, 5) as found:
        yield found


def put(folder, *indices, pass_=1):
    for index in indices:
        folder.put_painted(index, film_folders.pixels_of(10 * pass_ + index), pass_=pass_)


def test_frames_are_counted_up_to_the_first_gap(folder):
    assert painted_count(folder) == 0
    put(folder, 0, 1, 3)
    assert painted_count(folder) == 2
    put(folder, 2, 4)
    assert painted_count(folder) == 5
    assert painted_count(folder, passes=2) == 0


def test_frames_have_the_times_of_the_source(folder):
    put(folder, 0, 1, 2)
    frames = list(shown_frames(folder, 3, Settings()))
    assert [frame.time for frame in frames] == [k / film_folders.RATE for k in range(3)]
    assert frames[0].duration == 1 / film_folders.RATE


@pytest.mark.parametrize(("bits", "levels"), [(8, 255), (10, 65535)])
def test_pixels_are_as_deep_as_those_of_the_clip(folder, bits, levels):
    put(folder, 0)
    (frame,) = shown_frames(folder, 1, Settings(), bits=bits)
    painted = folder.painted(0)
    assert np.iinfo(frame.pixels.dtype).max == levels
    assert np.array_equal(frame.pixels, np.rint(painted * (levels / 255)))


def test_each_frame_is_of_its_latest_pass(folder):
    put(folder, 0, 1)
    put(folder, 1, pass_=2)
    first, second = shown_frames(folder, 2, Settings(), passes=3, bits=16)
    assert np.array_equal(first.pixels, folder.painted_levels(0, pass_=1))
    assert np.array_equal(second.pixels, folder.painted_levels(1, pass_=2))


@pytest.mark.parametrize("colors", ["content", "luminance"])
def test_colors_of_the_source_are_put_in_last(folder, colors):
    put(folder, 0)
    settings = Settings(colors=colors)
    assert shows_sources(settings)
    assert not shows_sources(Settings())
    (frame,) = shown_frames(folder, 1, settings)
    plain = folder.painted(0)
    source = folder.source(0).astype(np.float32)
    chroma = [picture[..., 0] - picture[..., 2] for picture in (frame.pixels * 1.0, plain, source)]
    assert np.corrcoef(chroma[0].ravel(), chroma[2].ravel())[0, 1] > 0.8
    assert np.corrcoef(chroma[0].ravel(), chroma[1].ravel())[0, 1] < 0.3
