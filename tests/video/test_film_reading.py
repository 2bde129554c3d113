"""The source frames of a film are read into its folder, each once."""

import pytest
from painted_films import lossless, place

from ortstyle.runtime.cache import Cache
from ortstyle.video.film_reading import read_film
from ortstyle.video.preparation import prepare

__all__ = ["place"]


@pytest.fixture
def prepared(place):
    found = prepare(lossless(), "cpu", Cache())
    yield found
    found.folder.close()


def test_each_frame_is_told_once_it_is_in_the_folder(prepared):
    told = [(step.index, prepared.folder.source_count) for step in read_film(prepared)]
    assert told == [(index, index + 1) for index in range(6)]
    assert prepared.folder.has_all_sources


def test_frames_that_are_there_are_not_read_again(prepared):
    steps = read_film(prepared)
    for _ in range(3):
        next(steps)
    steps.close()
    assert [step.index for step in read_film(prepared)] == [3, 4, 5]
    assert list(read_film(prepared)) == []
