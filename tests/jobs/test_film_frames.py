"""The checkpoint of a film: its file says whose it is, and its folder goes before it."""

import json

import pytest
from film_jobs import CHECKPOINT, film_job
from films_at_work import film_folder, shifting_frame
from links import make_link
from painted_films import place

from ortstyle.errors import CheckpointError, FilmError
from ortstyle.jobs.film_frames import (
    device_of,
    frames_of,
    read_film_seconds,
    remove_frames,
    write_film_checkpoint,
)

__all__ = ["place"]


@pytest.fixture
def job(place):
    CHECKPOINT.parent.mkdir(parents=True)
    return film_job()


def test_the_file_says_whose_it_is_and_how_long_it_took(job):
    assert read_film_seconds(CHECKPOINT, job) is None
    write_film_checkpoint(CHECKPOINT, job, seconds=2.5)
    assert read_film_seconds(CHECKPOINT, job) == 2.5
    assert read_film_seconds(CHECKPOINT, film_job(changes={"seed": 7})) is None
    assert [path.name for path in CHECKPOINT.parent.iterdir()] == [CHECKPOINT.name]


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"null", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"format": 1, "job": 2}']
)
def test_what_is_no_checkpoint_of_a_film_is_none(job, text):
    CHECKPOINT.write_bytes(text)
    assert read_film_seconds(CHECKPOINT, job) is None


@pytest.mark.parametrize("seconds", ["1", -1, True, 1e999, None, []])
def test_seconds_that_are_none_count_as_no_time(job, seconds):
    found = {"format": "ortstyle film job", "job": job.key, "seconds": seconds}
    CHECKPOINT.write_text(json.dumps(found))
    assert read_film_seconds(CHECKPOINT, job) == 0


def test_a_file_that_can_t_be_written_is_said(job):
    CHECKPOINT.mkdir()
    with pytest.raises(CheckpointError, match=r"a.checkpoint can't be written"):
        write_film_checkpoint(CHECKPOINT, job, seconds=0)


def test_the_device_of_a_folder_is_that_of_its_film(job):
    frames = frames_of(CHECKPOINT)
    assert device_of(frames) is None
    film_folder(frames, [shifting_frame(0)]).close()
    assert device_of(frames) == ""


def test_a_folder_that_is_damaged_or_in_use_is_said(job):
    frames = frames_of(CHECKPOINT)
    with (
        film_folder(frames, [shifting_frame(0)]),
        pytest.raises(FilmError, match="is in use by another run"),
    ):
        device_of(frames)
    (frames / "film.json").write_text("{")
    with pytest.raises(FilmError, match="damaged"):
        device_of(frames)


def test_the_folder_is_removed_and_nothing_else(job):
    CHECKPOINT.write_bytes(b"")
    film_folder(frames_of(CHECKPOINT), [shifting_frame(0)]).close()
    remove_frames(CHECKPOINT)
    remove_frames(CHECKPOINT)
    assert [path.name for path in CHECKPOINT.parent.iterdir()] == [CHECKPOINT.name]


def test_a_link_is_removed_and_not_what_it_leads_to(job, place):
    (place / "photos").mkdir()
    (place / "photos/1.png").write_bytes(b"1")
    make_link(frames_of(CHECKPOINT), place / "photos")
    remove_frames(CHECKPOINT)
    assert not list(CHECKPOINT.parent.iterdir())
    assert (place / "photos/1.png").exists()
