"""Source frames are read once, and what is there is not read again."""

from dataclasses import dataclass
from fractions import Fraction

import film_folders
import numpy as np
import pytest

from ortstyle.errors import FilmError
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.reading import eight_bits, read_sources

COUNT = 6


@dataclass(frozen=True)
class Frame:
    time: Fraction
    duration: Fraction | None
    pixels: object


class Source:
    """A clip of frames in memory; it counts what is read of it."""

    def __init__(self, count=COUNT, shift=0):
        self.count, self.shift, self.read = count, shift, []

    def __call__(self, begin):
        for index in range(self.count):
            time = index / film_folders.RATE + self.shift
            if begin is None or time >= begin:
                self.read.append(index)
                yield Frame(time, None, film_folders.levels_of(index))


class Cuts:
    """Finds a cut at some frames, which it knows by their pixels; it counts what it is told."""

    def __init__(self, *indices):
        self.told = 0
        self._first = [film_folders.levels_of(index) for index in indices]

    def __call__(self, pixels):
        self.told += 1
        return any(np.array_equal(pixels, first) for first in self._first)


@pytest.fixture
def folder(tmp_path):
    with film_folders.film_in(tmp_path) as found:
        yield found


def test_all_frames_are_put_with_their_times(folder):
    assert list(read_sources(folder, Source(), is_cut=Cuts(0, 3))) == list(range(COUNT))
    assert folder.has_all_sources
    assert folder.scenes == (range(3), range(3, COUNT))
    assert np.array_equal(folder.source(4), film_folders.levels_of(4))
    assert folder.times[4].time == 4 / film_folders.RATE


def test_a_film_may_be_one_scene(folder):
    list(read_sources(folder, Source()))
    assert folder.scenes == (range(COUNT),)


def test_what_is_there_is_not_read_again(folder):
    list(read_sources(folder, Source(), is_cut=Cuts(3)))
    again = Source()
    assert list(read_sources(folder, again, is_cut=Cuts(3))) == []
    assert again.read == []


@pytest.mark.parametrize("before", [1, 3, 4, COUNT])
def test_reading_goes_on_and_finds_the_same_cuts(folder, before):
    steps = read_sources(folder, Source(), is_cut=Cuts(3))
    for _ in range(before):
        next(steps)
    steps.close()
    again, cuts = Source(), Cuts(3)
    assert list(read_sources(folder, again, is_cut=cuts)) == list(range(before, COUNT))
    assert again.read == list(range(before - 1, COUNT))
    assert cuts.told == COUNT
    assert folder.scenes == (range(3), range(3, COUNT))


def test_a_frame_that_was_removed_is_read_again(folder):
    list(read_sources(folder, Source()))
    folder.remove_sources(range(2, 4))
    again = Source()
    assert list(read_sources(folder, again)) == [2, 3]
    assert again.read == [2, 3]
    assert np.array_equal(folder.source(3), film_folders.levels_of(3))


def test_frames_that_are_painted_are_not_missed(folder):
    list(read_sources(folder, Source()))
    for index in range(COUNT):
        folder.put_painted(index, film_folders.pixels_of(index))
    folder.remove_sources()
    assert list(read_sources(folder, Source())) == []
    assert list(read_sources(folder, Source(), passes=2)) == list(range(COUNT))


def test_a_clip_that_has_changed_is_refused(folder):
    list(read_sources(folder, Source()))
    folder.remove_sources(range(2, 4))
    with pytest.raises(FilmError, match="no frame at"):
        list(read_sources(folder, Source(shift=Fraction(1, 1000))))


def test_a_part_without_frames_is_refused(folder):
    with pytest.raises(FilmError, match="--from"):
        list(read_sources(folder, Source(0)))
    assert not folder.has_all_sources


def test_frames_of_16_bits_are_rounded_for_cuts(tmp_path):
    with FilmFolder.create(tmp_path / "f", film_folders.record_in(tmp_path)) as folder:
        told = []

        def read(begin):
            yield Frame(Fraction(0), None, film_folders.levels_of(0, np.uint16))

        list(read_sources(folder, read, is_cut=lambda pixels: bool(told.append(pixels))))
        assert told[0].dtype == np.uint8
        assert folder.source(0).dtype == np.uint16


def test_eight_bits_are_the_nearest_of_sixteen():
    levels = np.array([0, 128, 129, 257, 65535], np.uint16)
    assert eight_bits(levels).tolist() == [0, 0, 1, 1, 255]
