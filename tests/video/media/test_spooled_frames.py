"""Frames on the disk for a second look."""

from fractions import Fraction

import films
import numpy as np
import pytest
from written_films import frames_at

from ortstyle.video.media.film_times import timed
from ortstyle.video.media.spooled_frames import SpooledFrames


def spool(folder, frames):
    times = timed(frames, Fraction(1, 100), Fraction(0), rate=Fraction(25))
    return SpooledFrames.gather(times, films.SIZE, folder=folder)


@pytest.mark.parametrize("depth", [8, 16])
def test_frames_are_read_as_often_as_one_likes(tmp_path, depth):
    with spool(tmp_path, frames_at([0, Fraction(1, 10), 1], depth=depth)) as spooled:
        for _ in range(2):
            for index, pixels in enumerate(spooled):
                expected = films.frame(index, depth=depth) / (1 if depth == 8 else 257)
                assert (pixels == np.rint(expected)).all()
                assert pixels.dtype == np.uint8
        assert [one.length for one in spooled.frames] == [10, 90, 50]
        assert not any(one.frame.pixels.size for one in spooled.frames)
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_after_an_error(tmp_path):
    def broken():
        yield from frames_at([0, 1, 2])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spool(tmp_path, broken())
    assert not list(tmp_path.iterdir())
