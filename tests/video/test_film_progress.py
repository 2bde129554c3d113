"""What a film tells."""

import numpy as np
import pytest

from ortstyle.video.film_progress import FilmProgress, progress_of


def test_a_thumbnail_is_the_painted_frame_at_a_lower_resolution():
    pixels = np.zeros((40, 80, 3), np.float32)
    pixels[..., 1] = 254.6
    found = FilmProgress(phase="painting", done=1, count=2, index=0, _pixels=lambda: pixels)
    assert found.has_picture
    image = found.thumbnail((20, 20))
    assert image.size == (20, 10)
    assert image.getpixel((3, 3)) == (0, 255, 0)


def test_a_small_frame_is_not_enlarged():
    pixels = np.zeros((4, 8, 3), np.float32)
    found = FilmProgress(phase="painting", done=1, count=2, index=0, _pixels=lambda: pixels)
    assert found.thumbnail((20, 20)).size == (8, 4)


def test_reading_has_no_picture():
    found = FilmProgress(phase="reading", done=1, count=None, index=0)
    assert not found.has_picture
    with pytest.raises(ValueError, match="reading"):
        found.thumbnail((20, 20))


def test_the_rest_of_a_phase_takes_as_long_a_frame():
    assert progress_of("writing", 2, 5, 1, 0.5).seconds_left == 1.5
    assert progress_of("reading", 2, None, 1, 0.5).seconds_left is None
    assert progress_of("reading", 2, 5, 1, None).seconds_left is None
