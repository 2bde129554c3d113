"""Tests of the source frames of a film."""

from fractions import Fraction

import numpy as np
import pytest
from film_folders import RATE, film_in, levels_of, put_sources

from ortstyle.errors import DamagedFrameError, FilmError
from ortstyle.video.frames.film_folder import FilmFolder


def path_of(film, index):
    return film.path / "sources" / f"{index:07}.png"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_and_times_are_exact(tmp_path, dtype):
    with film_in(tmp_path) as film:
        film.put_source(0, levels_of(0, dtype), Fraction(-1, 3), None)
        film.put_source(1, levels_of(1, dtype), Fraction(1001, 24000), Fraction(1, 7))
    with FilmFolder.open(film.path) as film:
        assert film.source(1).dtype == dtype
        np.testing.assert_array_equal(film.source(1), levels_of(1, dtype))
        assert [each.time for each in film.times] == [Fraction(-1, 3), Fraction(1001, 24000)]
        assert [each.duration for each in film.times] == [None, Fraction(1, 7)]


def test_scenes_lie_between_cuts(tmp_path):
    with film_in(tmp_path) as film:
        assert film.scenes == ()
        put_sources(film, 7, cuts={0, 2, 6})
        assert film.scenes == (range(2), range(2, 6), range(6, 7))


def test_whether_all_are_there_is_kept(tmp_path):
    with film_in(tmp_path, 2) as film:
        assert not film.has_all_sources
        film.finish_sources()
        film.finish_sources()
    with FilmFolder.open(film.path) as film:
        assert film.has_all_sources
        assert film.source_count == 2


def test_no_frame_is_left_out(tmp_path):
    with film_in(tmp_path, 2) as film, pytest.raises(ValueError, match="before frame 2"):
        film.put_source(3, levels_of(3), Fraction(3), None)


def test_frames_of_another_size_are_refused(tmp_path):
    with film_in(tmp_path) as film, pytest.raises(ValueError, match="shape"):
        film.put_source(0, levels_of(0, size=(5, 5)), Fraction(0), None)


def test_a_clip_that_has_changed_is_refused(tmp_path):
    with film_in(tmp_path, 2) as film, pytest.raises(FilmError, match="frame 1 of the clip"):
        film.put_source(1, levels_of(1), Fraction(5), None)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-30])


def empty(path):
    path.write_bytes(b"")


def remove(path):
    path.unlink()


@pytest.mark.parametrize("damage", [cut_short, empty, remove])
def test_damaged_frames_are_named_and_put_again(tmp_path, damage):
    film_in(tmp_path, 3).close()
    with FilmFolder.open(tmp_path / "out.frames") as film:
        damage(path_of(film, 1))
        assert film.missing_sources() == [1]
        with pytest.raises(DamagedFrameError, match=r"source frame 1 .* is damaged or missing"):
            film.source(1)
        film.put_source(1, levels_of(1), 1 / RATE, 1 / RATE)
        assert film.missing_sources() == []
        assert film.source_count == 3
        np.testing.assert_array_equal(film.source(1), levels_of(1))


def test_a_frame_damaged_in_its_middle_is_found_when_it_is_read(tmp_path):
    with film_in(tmp_path, 2) as film:
        data = bytearray(path_of(film, 0).read_bytes())
        data[len(data) // 2] ^= 1
        path_of(film, 0).write_bytes(data)
        assert film.missing_sources() == []
        with pytest.raises(DamagedFrameError):
            film.source(0)
        assert film.missing_sources() == [0]


def test_frames_that_are_no_longer_needed_are_removed(tmp_path):
    with film_in(tmp_path, 4) as film:
        before = film.source_bytes
        film.remove_sources(range(1, 3))
        assert film.missing_sources() == [1, 2]
        assert film.missing_sources(range(3, 4)) == []
        assert film.source_bytes < before
        film.remove_sources()
        assert film.source_bytes == 0
        assert film.source_count == 4
