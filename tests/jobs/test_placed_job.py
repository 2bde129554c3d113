"""Jobs whose files have come from another machine: same key, same provenance, safe names."""

from pathlib import Path

import pytest
from commands import names

from ortstyle.errors import JobError
from ortstyle.jobs.job import Job
from ortstyle.jobs.placed_job import locate_job, place_job


@pytest.fixture
def job(make_tiny_job):
    return make_tiny_job("folder/out.tif", init="photo.png")


@pytest.fixture
def placed(job, tmp_path):
    folder = tmp_path / "placed"
    folder.mkdir()
    return place_job(job, [b"a", b"b", b"c", b"d"], folder, memory=7)


def test_files_are_written_in_order(placed, tmp_path):
    assert [file.role for file in placed.inputs] == ["content", "style", "init", "model"]
    assert [file.path.read_bytes() for file in placed.inputs] == [b"a", b"b", b"c", b"d"]
    inside = names(tmp_path / "placed")
    assert inside == ["input-0.png", "input-1.png", "input-2.png", "input-3.onnx"]
    assert placed.output == tmp_path / "placed/output.tif"


def test_settings_name_the_files_that_were_written(placed):
    assert placed.settings.init == str(placed.inputs[2].path)
    assert placed.settings.model == str(placed.inputs[3].path)
    assert Job.from_dict(placed.to_dict()).inputs == placed.inputs


def test_the_job_is_the_one_that_was_made(placed, job):
    assert (placed.key, placed.wanted, placed.made) == (job.key, job.wanted, job)
    assert placed.memory == 7
    assert placed.settings.seed == job.settings.seed
    assert placed.recorded_paths == {
        placed.settings.init: "photo.png",
        placed.settings.model: job.settings.model,
    }


def test_messages_tell_the_paths_of_the_job_that_was_made(placed):
    found = placed.restore(f"content {placed.content} and output {placed.output} are wrong")
    assert found == f"content photo.png and output {Path('folder/out.tif')} are wrong"


def test_a_wrong_number_of_files_is_refused(job, tmp_path):
    with pytest.raises(JobError, match="1 files came with a job that reads 4"):
        place_job(job, [b"a"], tmp_path)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("../../.ssh/keys.png", ".png"),
        (r"C:\Users\a\photo.JPG", ".JPG"),
        ("photo.p:ng", ""),
        ("photo.tar gz", ""),
        ("photo", ""),
        ("..", ""),
        ("photo.averyverylongsuffix", ""),
    ],
)
def test_of_a_name_from_elsewhere_only_a_plain_suffix_is_kept(job, tmp_path, name, suffix):
    data = job.to_dict()
    data["inputs"][0]["path"] = data["output"] = name
    folder = tmp_path / "placed"
    folder.mkdir()
    placed = place_job(Job.from_dict(data), [b"a", b"b", b"c", b"d"], folder)
    assert placed.content == folder / f"input-0{suffix}"
    assert placed.output == folder / f"output{suffix}"


def test_relative_paths_refer_to_a_folder(job, tmp_path):
    located = locate_job(job, tmp_path, threads=2)
    assert located.content == tmp_path / "photo.png"
    assert located.settings.init == str(tmp_path / "photo.png")
    assert located.settings.model == job.settings.model
    assert located.output == tmp_path / "folder/out.tif"
    assert (located.key, located.threads) == (job.key, 2)


def test_a_job_that_records_names_alone_does_so_elsewhere_too(make_tiny_job, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/start.png").write_bytes((tmp_path / "photo.png").read_bytes())
    job = make_tiny_job(init=str(tmp_path / "deep/start.png"), job={"names_only": True})
    placed = locate_job(job, tmp_path)
    assert placed.recorded_paths[placed.settings.init] == "start.png"
