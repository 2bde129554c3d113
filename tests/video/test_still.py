"""One frame of a film, to show what it is."""

import films
import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import FilmError
from ortstyle.video.still import read_still

pytest.importorskip("av")


def test_the_frame_is_from_the_middle(tmp_path):
    films.write_film(tmp_path / "clip.mp4", frames=9)
    found = read_still(tmp_path / "clip.mp4", side=32)
    assert found.size == (32, 24)
    whole = read_still(tmp_path / "clip.mp4", side=500)
    assert whole.size == (64, 48)
    assert films.index_of(np.asarray(whole)) in (4, 5)


def test_deep_films_are_shown_too(tmp_path):
    films.write_film(tmp_path / "clip.mkv", frames=3, codec="ffv1", pix_fmt="yuv420p10le")
    assert read_still(tmp_path / "clip.mkv", side=64).mode == "RGB"


def test_what_is_no_film_is_said(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(FilmError, match="is a still picture"):
        read_still(tmp_path / "a.png", side=32)
