"""What a person is told of a film before it is painted."""

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from painted_films import order, place

from ortstyle.errors import OutputError
from ortstyle.runtime.cache import Cache
from ortstyle.settings.film import FilmSettings
from ortstyle.video.preparation import prepare
from ortstyle.video.summary import check_disk, estimate_of, summary_of

__all__ = ["place"]


@pytest.fixture
def prepared(place):
    found = prepare(
        order(begin=Fraction(1, 25), end=Fraction(1), film=FilmSettings(every=2)), "cpu", Cache()
    )
    with found.folder:
        yield found


def test_the_clip_and_the_work_are_told(prepared):
    clip, work = summary_of(prepared, seconds_each=1.0)
    assert clip == "clip.mp4: 0:00.24, 64×48, 25 frames a second, from 0:00.04 to 0:01"
    assert work.startswith("5 frames of 64×48, 2 of them between painted ones")
    assert work.endswith("in out.mkv.frames")


def test_scenes_are_known_once_the_clip_is_read(prepared):
    for index in range(5):
        pixels = np.full((48, 64, 3), index, np.uint8)
        prepared.folder.put_source(index, pixels, Fraction(index, 25), None, is_cut=index == 2)
    prepared.folder.finish_sources()
    assert estimate_of(prepared).scenes == 2
    prepared.folder.put_painted(0, np.zeros((48, 64, 3), np.float32))
    assert "5 frames are read and 1 painted already" in summary_of(prepared)[1]


def test_a_clip_that_does_not_tell_its_frames_has_no_estimate(prepared):
    unknown = replace(prepared, clip=replace(prepared.clip, frames=None))
    assert estimate_of(unknown) is None
    check_disk(unknown)
    assert len(summary_of(unknown)) == 1


def test_a_full_disk_is_told(prepared, monkeypatch):
    usage = shutil.disk_usage(Path())._replace(free=10**8)
    monkeypatch.setattr("ortstyle.video.frames.disk_room.disk_usage", lambda _: usage)
    with pytest.raises(OutputError, match="free"):
        check_disk(prepared)
