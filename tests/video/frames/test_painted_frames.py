"""Tests of the painted frames of a film."""

import numpy as np
import pytest
from film_folders import film_in, levels_of, pixels_of
from links import make_link

from ortstyle.errors import DamagedFrameError, FilmError, NotFiniteError
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.frames.frame_file import write_frame


def test_what_is_read_is_what_the_file_holds(tmp_path):
    with film_in(tmp_path) as film:
        film.put_painted(5, pixels_of(5))
        found = film.painted(5)
    with FilmFolder.open(film.path) as again:
        np.testing.assert_array_equal(again.painted(5), found)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, np.clip(pixels_of(5), 0, 255), atol=0.51 / 257)
        again.put_painted(5, found)
        np.testing.assert_array_equal(again.painted(5), found)


def test_the_last_two_passes_stay(tmp_path):
    with film_in(tmp_path) as film:
        for number in (1, 2, 3):
            film.put_painted(0, pixels_of(number), pass_=number)
    with FilmFolder.open(film.path) as again:
        assert all(again.is_painted(0, pass_=number) for number in (1, 2, 3))
        assert not again.is_painted(0, pass_=4)
        again.painted(0, pass_=2)
        with pytest.raises(DamagedFrameError, match="painted frame 0"):
            again.painted(0, pass_=1)
        assert again.is_painted(0, pass_=1)


def test_what_is_left_to_paint_depends_on_the_pass(tmp_path):
    with film_in(tmp_path) as film:
        film.put_painted(0, pixels_of(0))
        film.put_painted(1, pixels_of(1), pass_=2)
        assert film.remaining(range(3)) == [2]
        assert film.remaining(range(3), pass_=2) == [0, 2]


def test_a_damaged_frame_is_painted_anew(tmp_path):
    with film_in(tmp_path) as film:
        film.put_painted(0, pixels_of(0))
        film.put_painted(1, pixels_of(1))
        path = film.path / "painted" / "1" / "0000000.png"
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(DamagedFrameError, match=r"painted frame 0 .* again"):
            film.painted(0)
        assert film.remaining(range(2)) == [0]


def test_a_frame_that_was_cut_short_before_is_not_painted(tmp_path):
    film = film_in(tmp_path)
    film.put_painted(0, pixels_of(0))
    film.close()
    path = film.path / "painted" / "1" / "0000000.png"
    path.write_bytes(path.read_bytes()[:-1])
    with FilmFolder.open(film.path) as again:
        assert again.remaining(range(1)) == [0]


def test_a_source_frame_in_place_of_a_painted_one_is_refused(tmp_path):
    with film_in(tmp_path) as film:
        film.put_painted(0, pixels_of(0))
        with (film.path / "painted" / "1" / "0000000.png").open("wb") as file:
            write_frame(file, levels_of(0))
        with pytest.raises(DamagedFrameError, match="8 bits"):
            film.painted(0)
        assert not film.is_painted(0)


def test_pixels_that_are_not_finite_are_refused(tmp_path):
    with film_in(tmp_path) as film:
        with pytest.raises(NotFiniteError):
            film.put_painted(0, pixels_of(0) * np.nan)
        assert not film.is_painted(0)


def test_odd_names_are_no_passes(tmp_path):
    film_in(tmp_path).close()
    for name in ("0", "-1", "9" * 30, "²", "1e3", "one"):
        (tmp_path / "out.frames" / "painted" / name).mkdir(parents=True)
    with FilmFolder.open(tmp_path / "out.frames") as film:
        assert film.painted_bytes == 0


def test_a_link_in_place_of_the_frames_is_refused(tmp_path):
    film_in(tmp_path).close()
    painted, elsewhere = tmp_path / "out.frames" / "painted", tmp_path / "elsewhere"
    elsewhere.mkdir()
    make_link(painted, elsewhere)
    with pytest.raises(FilmError, match="is a link"):
        FilmFolder.open(tmp_path / "out.frames")
