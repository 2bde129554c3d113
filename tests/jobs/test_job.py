"""Jobs: to JSON and back, and what makes two jobs the same."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from ortstyle.errors import JobError, PictureError, SettingsError
from ortstyle.jobs.film_part import FilmPart
from ortstyle.jobs.job import Job, make_job
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.settings import Settings
from ortstyle.video.media.encoding import FilmEncoding


@pytest.fixture
def job(tmp_path):
    for name in ("photo.png", "painting.png", "mask.png"):
        (tmp_path / name).write_bytes(name.encode())
    settings = Settings(size=64, iterations=3, style_mask=(str(tmp_path / "mask.png"),))
    return make_job(
        tmp_path / "photo.png",
        [tmp_path / "painting.png"],
        tmp_path / "out.png",
        settings=settings,
        encoding=Encoding(depth=16),
        device="cpu",
        threads=1,
    )


def test_a_job_survives_json(job):
    found = Job.from_dict(json.loads(json.dumps(job.to_dict())))
    assert found == job
    assert found.key == job.key


def test_a_job_holds_the_hash_of_each_file_that_it_reads(job):
    assert [file.role for file in job.inputs] == ["content", "style", "style mask"]
    assert len({file.sha256 for file in job.inputs}) == 3


def test_hashes_that_are_known_are_not_computed_again(tmp_path):
    known = {Path("/nowhere/a"): "1", Path("/nowhere/b"): "2"}
    job = make_job(
        Path("/nowhere/a"),
        [Path("/nowhere/b")],
        tmp_path / "out.png",
        settings=Settings(),
        hash_of=known,
    )
    assert [file.sha256 for file in job.inputs] == ["1", "2"]


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(PictureError, match=r"content .*photo.png is no file"):
        make_job(tmp_path / "photo.png", [tmp_path], tmp_path / "o.png", settings=Settings())


def test_what_changes_the_result_changes_the_key(job, tmp_path):
    others = [
        replace(job, settings=replace(job.settings, seed=1)),
        replace(job, encoding=Encoding(depth=8)),
        replace(job, output=tmp_path / "other.png"),
        replace(job, inputs=(replace(job.inputs[0], sha256="0"), *job.inputs[1:])),
    ]
    assert len({job.key, *(other.key for other in others)}) == 5


def test_what_does_not_change_the_result_leaves_the_key(job):
    moved = replace(job.inputs[0], path=Path("elsewhere.png"))
    same = [
        replace(job, device="auto", threads=2, memory=10**9, checkpoint_minutes=1.0),
        replace(job, inputs=(moved, *job.inputs[1:])),
    ]
    assert {other.key for other in same} == {job.key}


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": []},
        {"inputs": [{"role": "content", "path": "a", "sha256": "0"}]},
        {"inputs": [{"role": "style", "path": "a"}]},
        {"inputs": "content"},
        {"output": 1},
        {"device": None},
        {"threads": -1},
        {"threads": True},
        {"memory": "6GB"},
        {"checkpoint_minutes": "often"},
        {"checkpoint_minutes": -1},
        {"checkpoint_minutes": float("nan")},
        {"encoding": []},
    ],
)
def test_data_of_the_wrong_form_are_refused(job, change):
    with pytest.raises((JobError, SettingsError)):
        Job.from_dict(job.to_dict() | change)


def test_the_files_of_the_settings_have_to_be_inputs(job):
    data = job.to_dict()
    other = {"settings": data["settings"] | {"init": "elsewhere.png"}}
    with pytest.raises(JobError, match="its inputs are not the files that its settings name"):
        Job.from_dict(data | other)
    with pytest.raises(JobError, match="its inputs are not"):
        Job.from_dict(data | {"inputs": data["inputs"][:2]})


def test_a_setting_that_is_wrong_is_refused(job):
    with pytest.raises(SettingsError, match="size"):
        Job.from_dict(job.to_dict() | {"settings": {"size": -1}})


def test_a_job_of_an_older_store_records_paths_as_it_did(job):
    data = job.to_dict()
    del data["names_only"]
    assert Job.from_dict(data) == job
    assert job.recorded_paths == {}


def test_a_job_may_record_names_without_folders(job, tmp_path):
    found = replace(job, names_only=True)
    assert found.recorded_paths == {str(tmp_path / "mask.png"): "mask.png"}
    assert found.key == job.key
    assert Job.from_dict(found.to_dict()) == found
    with pytest.raises(JobError, match="neither true nor false"):
        Job.from_dict(found.to_dict() | {"names_only": 1})


@pytest.fixture
def film_job(job, tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"clip")
    part = FilmPart(settings=FilmSettings(every=2), begin=Fraction(1, 3))
    styles = [tmp_path / "painting.png"]
    return make_job(
        tmp_path / "clip.mp4", styles, tmp_path / "o.mp4", settings=job.settings, film=part
    )


def test_the_job_of_a_film_survives_json(film_job):
    found = Job.from_dict(json.loads(json.dumps(film_job.to_dict())))
    assert found == film_job
    assert found.key == film_job.key
    assert found.film.begin == Fraction(1, 3)


def test_what_changes_a_film_changes_the_key(film_job):
    part = film_job.film
    parts = [
        replace(part, settings=FilmSettings()),
        replace(part, encoding=FilmEncoding(audio=False)),
        replace(part, begin=None),
        replace(part, style_times=(Fraction(0),)),
        None,
    ]
    others = [replace(film_job, film=each) for each in parts]
    assert len({film_job.key, *(other.key for other in others)}) == 6


def test_the_encoding_of_pictures_is_nothing_to_a_film(film_job):
    assert replace(film_job, encoding=Encoding(depth=16)).key == film_job.key


def test_a_job_of_an_older_store_is_of_a_picture(job):
    data = job.to_dict()
    del data["film"]
    assert Job.from_dict(data) == job


@pytest.mark.parametrize(
    "change",
    [
        {"film": "clip.mp4"},
        {"film": []},
        {"film": {}},
        {"film": {"begin": "1/0"}},
        {"film": {"begin": "1e99999999"}},
        {"film": {"style_times": ["0", "1", "2"]}},
        {"film": {"settings": {"every": True}}},
    ],
)
def test_films_of_the_wrong_form_are_refused(film_job, change):
    data = film_job.to_dict()
    if isinstance(change["film"], dict) and change["film"]:
        change = {"film": data["film"] | change["film"]}
    with pytest.raises((JobError, SettingsError)):
        Job.from_dict(data | change)
