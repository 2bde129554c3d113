"""The parts of a film that may be painted apart."""

import film_folders
import numpy as np
import pytest

from ortstyle.settings.film import FilmSettings
from ortstyle.video.scene_workers import parts_of


@pytest.fixture
def folder(tmp_path):
    pytest.importorskip("cv2")
    with film_folders.film_in(tmp_path) as found:
        film_folders.put_sources(found, 7, cuts=(4,))
        found.finish_sources()
        yield found


def indices(parts):
    return [[(step.index, step.pass_) for step in part] for part in parts]


def paint(folder, index, pass_=1):
    width, height = folder.frame_size
    folder.put_painted(index, np.zeros((height, width, 3), np.float32), pass_=pass_)


def test_a_scene_is_a_part(folder):
    found = indices(parts_of(folder, FilmSettings()))
    assert found == [[(0, 1), (1, 1), (2, 1), (3, 1)], [(4, 1), (5, 1), (6, 1)]]


def test_what_is_painted_is_left_out(folder):
    for index in (0, 1, 4, 5, 6):
        paint(folder, index)
    assert indices(parts_of(folder, FilmSettings())) == [[(2, 1), (3, 1)]]
    paint(folder, 2)
    paint(folder, 3)
    assert parts_of(folder, FilmSettings()) == []


def test_passes_of_a_scene_follow_each_other(folder):
    found = indices(parts_of(folder, FilmSettings(passes=2)))
    assert found[1] == [(4, 1), (5, 1), (6, 1), (6, 2), (5, 2), (4, 2)]


def test_frames_that_do_not_depend_on_each_other_are_parts(folder):
    found = indices(parts_of(folder, FilmSettings(consistency="none", every=3)))
    assert found == [[(0, 1)], [(3, 1)], [(4, 1)], [(6, 1)]]
