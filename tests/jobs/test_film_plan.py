"""Films of a batch: which suffix they get, and what is found out before they are painted."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from film_jobs import film_job
from painted_films import place

from ortstyle.errors import FilmError, OutputError
from ortstyle.jobs import film_plan
from ortstyle.jobs.film_plan import FilmClips, estimate_job, film_suffix, is_picture_suffix
from ortstyle.settings.film import FilmSettings
from ortstyle.video.media.clip import open_clip
from ortstyle.video.media.encoding import FilmEncoding

__all__ = ["place"]


@pytest.mark.parametrize(
    ("clip", "pattern", "codec", "suffix"),
    [
        ("a.mp4", ".png", "auto", ".mp4"),
        ("a.MKV", ".jpg", "auto", ".mkv"),
        ("a.webm", ".png", "vp9", ".webm"),
        ("a.gif", ".png", "auto", ".gif"),
        ("a.avi", ".png", "auto", ".mp4"),
        ("a", ".png", "auto", ".mp4"),
        ("a.png", ".png", "auto", ".mp4"),
        ("a.mp4", ".mkv", "auto", ".mkv"),
        ("a.mp4", ".webp", "auto", ".mp4"),  # which is one of pictures too
        ("a.mp4", ".png", "prores", ".mov"),
        ("a.avi", ".png", "ffv1", ".mkv"),
        ("a.webm", ".png", "h264", ".mp4"),
        ("a.gif", ".png", "hevc", ".mp4"),
    ],
)
def test_the_suffix_is_that_of_the_clip_or_holds_the_codec(clip, pattern, codec, suffix):
    assert film_suffix(Path(clip), pattern, FilmEncoding(codec=codec)) == suffix


def test_suffixes_of_pictures_are_known():
    assert is_picture_suffix(".jpg")
    assert is_picture_suffix(".webp")
    assert not is_picture_suffix(".mp4")


def test_a_clip_is_opened_once_also_if_it_is_none(place, monkeypatch):
    opened = []

    def opening(path, **others):
        opened.append(path.name)
        return open_clip(path, **others)

    monkeypatch.setattr(film_plan, "open_clip", opening)
    clips = FilmClips()
    for _ in range(2):
        assert clips.open(Path("clip.mp4"), max_pixels=10**6).width == 64
        with pytest.raises(FilmError, match=r"red.png is a still picture"):
            clips.open(Path("red.png"), max_pixels=10**6)
    assert opened == ["clip.mp4", "red.png"]


def test_the_frames_of_a_job_are_those_of_its_part(place):
    clip = open_clip(Path("clip.mp4"))
    assert estimate_job(film_job(), clip).frames == 6
    job = film_job(begin=Fraction(1, 25), end=Fraction(4, 25), settings=FilmSettings(every=3))
    found = estimate_job(job, clip)
    assert (found.frames, found.between) == (3, 1)
    assert estimate_job(job, replace(clip, duration=None)) is None


@pytest.mark.parametrize(
    ("output", "encoding", "words"),
    [
        ("out.png", {}, "is one picture"),
        ("out.xyz", {}, "no film can be written as .xyz"),
        ("out.webm", {"codec": "h264"}, "does not hold H.264"),
        ("out.mp4", {"quality": 99}, "takes 0 to 51"),
    ],
)
def test_a_film_that_can_t_be_written_so_is_said(place, output, encoding, words):
    with pytest.raises(OutputError, match=words):
        estimate_job(film_job(output, encoding=FilmEncoding(**encoding)), open_clip("clip.mp4"))
