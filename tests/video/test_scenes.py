"""Scenes are painted one after the other, and the frames between painted ones made."""

from types import SimpleNamespace

import film_folders
import numpy as np
import pytest

from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video import scenes as module
from ortstyle.video.painting.passes import last_pass, painted_indices
from ortstyle.video.painting.scene_painter import PaintedFrame
from ortstyle.video.scenes import Scenes

SIZE = (32, 24)


@pytest.fixture
def folder(tmp_path):
    pytest.importorskip("cv2")
    with film_folders.film_in(tmp_path, size=SIZE) as found:
        for index in range(7):
            pixels = film_folders.levels_of(0, size=SIZE)
            time = index / film_folders.RATE
            found.put_source(index, pixels, time, None, is_cut=index == 4)
        found.finish_sources()
        yield found


@pytest.fixture
def scenes(folder, monkeypatch):
    def paint_scene(folder, frames, *, palette_at, settings, film, **_):
        for pass_ in range(1, last_pass(film) + 1):
            for index in painted_indices(frames, film):
                if not folder.is_painted(index, pass_=pass_):
                    pixels = np.full((SIZE[1], SIZE[0], 3), 10 * index, np.float32)
                    folder.put_painted(index, pixels, pass_=pass_)
                    first = index == frames[0] and pass_ == 1
                    yield PaintedFrame(index, pass_, 1, 1.0, 1.0, is_first=first)

    monkeypatch.setattr(module, "paint_scene", paint_scene)
    palettes = SimpleNamespace(at=None, settings=Settings())

    def make(**film):
        return Scenes(folder, palettes, FilmSettings(**film), device="cpu", memory=None, cache=None)

    return make


def test_each_scene_begins_with_a_first_frame(scenes):
    found = scenes()
    assert (found.count, found.done, found.left) == (7, 0, (2, 5))
    told = [(frame.index, found.done, found.left) for frame in found.paint()]
    assert told[:2] == [(0, 1, (1, 5)), (1, 2, (1, 4))]
    assert told[-1] == (6, 7, (0, 0))
    assert found.gaps == []
    assert list(found.fill()) == []


def test_what_is_painted_counts_as_done(scenes):
    steps = scenes().paint()
    for _ in range(5):
        next(steps)
    again = scenes()
    assert (again.count, again.done, again.left) == (7, 5, (0, 2))
    assert [frame.index for frame in again.paint()] == [5, 6]


def test_frames_by_themselves_are_all_first(scenes):
    assert scenes(consistency="none").left == (7, 0)


def test_passes_count_each(scenes):
    assert scenes(passes=2).count == 14
    assert scenes(passes=2, loop=True).count == 21


def test_frames_between_are_made_from_both_sides_by_their_times(scenes, folder):
    found = scenes(every=3)
    painted = [frame.index for frame in found.paint()]
    assert painted == [0, 3, 4, 6]
    assert found.gaps == [range(1, 3), range(5, 6)]
    assert list(found.fill()) == [1, 2, 5]
    means = [float(folder.painted(index).mean()) for index in range(4)]
    assert means[0] < means[1] < means[2] < means[3]
    assert found.gaps == []


def test_a_gap_waits_for_both_its_ends(scenes):
    found = scenes(every=3)
    next(found.paint())
    assert found.gaps == []
