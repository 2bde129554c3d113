"""What comes before a job is painted: its seed, its device, and what its result says of it."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import needs_runtime

from ortstyle.errors import JobError, OutputError
from ortstyle.jobs import preparation
from ortstyle.jobs.job import make_job
from ortstyle.jobs.preparation import (
    begin_job,
    check_inputs,
    choose_job_device,
    evaluations_in,
    read_job_checkpoint,
    settle_job,
)
from ortstyle.pictures.encode import Encoding
from ortstyle.run.checkpoint import Checkpoint, write_checkpoint
from ortstyle.runtime.device_lookup import find_device


def test_the_seed_that_is_drawn_follows_from_the_job(make_tiny_job):
    job = make_tiny_job(seed=-1)
    assert 0 <= settle_job(job).seed == settle_job(job).seed < 2**31
    assert settle_job(replace(job, output=Path("other.png"))).seed != settle_job(job).seed
    assert settle_job(make_tiny_job(seed=7)).seed == 7


def test_the_size_of_the_content_becomes_a_number(make_tiny_job):
    assert settle_job(make_tiny_job(size="content")).size == 48


def test_inputs_must_be_those_of_the_job(make_tiny_job):
    job = make_tiny_job()
    check_inputs(job)
    changed = replace(job, inputs=(job.inputs[0], replace(job.inputs[1], sha256="0")))
    with pytest.raises(JobError, match=r"style painting[.]png has changed"):
        check_inputs(changed)
    with pytest.raises(JobError, match=r"would overwrite content photo[.]png"):
        check_inputs(make_tiny_job("../" + Path.cwd().name + "/photo.png"))


@pytest.mark.parametrize(
    ("header", "evaluations"),
    [
        ({"position": {"evaluations": 3}}, 3),
        ({"position": {"evaluations": "3"}}, 0),
        ({"position": []}, 0),
        ({}, 0),
    ],
)
def test_evaluations_of_a_checkpoint(header, evaluations):
    assert evaluations_in(Checkpoint(Path("a"), header, {})) == evaluations
    assert evaluations_in(None) == 0


def test_a_checkpoint_has_to_be_of_the_job(make_tiny_job):
    job, path = make_tiny_job(), Path("a.checkpoint")
    assert read_job_checkpoint(job, path) == (None, "")
    write_checkpoint(path, {"job": job.key}, {})
    found, fault = read_job_checkpoint(job, path)
    assert (found.header["job"], fault) == (job.key, "")
    for header in ({"job": "other"}, {"job": [job.key]}, {}):
        write_checkpoint(path, header, {})
        assert read_job_checkpoint(job, path) == (None, "checkpoint a.checkpoint is of another job")
    path.write_bytes(b"nothing")
    found, fault = read_job_checkpoint(job, path)
    assert found is None
    assert "a.checkpoint" in fault


@pytest.fixture
def asked(monkeypatch):
    """Return the list of names of devices that are asked for; there is cpu, and auto is cpu."""
    names = []

    def choose(name="auto", notify=lambda _: None):
        names.append(name)
        if name == "auto":
            notify("running on cpu")
        return find_device("cpu" if name == "auto" else name)

    monkeypatch.setattr(preparation, "choose_device", choose)
    preparation.automatic_device.cache_clear()
    yield names
    preparation.automatic_device.cache_clear()


def test_the_best_device_is_looked_for_once(make_tiny_job, asked):
    job = make_tiny_job(job={"device": "auto"})
    lines = []
    for _ in range(3):
        assert choose_job_device(job, None, lines.append).name == "cpu"
    assert asked == ["auto"]
    assert lines == ["running on cpu"] * 3


@pytest.mark.parametrize(
    ("device", "run", "names"),
    [
        ("auto", {"device": "cpu"}, ["cpu"]),
        ("auto", {"device": "nothing"}, ["nothing", "auto"]),
        ("auto", {"device": 1}, ["auto"]),
        ("auto", None, ["auto"]),
        ("cpu", {"device": "nothing"}, ["cpu"]),
    ],
)
def test_a_job_goes_on_on_its_device(make_tiny_job, asked, device, run, names):
    job = make_tiny_job(job={"device": device})
    stored = Checkpoint(Path("a"), {"run": run}, {})
    assert choose_job_device(job, stored, lambda _: None).name == "cpu"
    assert asked == names


@needs_runtime
@pytest.mark.parametrize("metadata", ["keep", "minimal", "none"])
def test_a_result_says_of_which_job_it_is(folder, tiny_settings, metadata):
    Path("here").mkdir()
    for name in ("photo.png", "painting.png"):
        Path(name).rename(Path("here", name))
    job = make_job(
        Path("here", "photo.png"),
        [Path("here", "painting.png")],
        Path("out.png"),
        settings=tiny_settings(init="here/photo.png"),
        encoding=Encoding(metadata=metadata),
        device="cpu",
    )
    run, writer = begin_job(job, settle_job(job), find_device("cpu"), stored=None)
    run.close()
    if metadata == "none":
        assert writer.provenance is None
    else:
        assert json.loads(writer.provenance)["job"] == job.wanted
        assert ("here/photo.png" in writer.provenance) == (metadata == "keep")


@needs_runtime
def test_an_output_that_the_format_cannot_hold_is_told(make_tiny_job):
    job = make_tiny_job("out.jpg", job={"encoding": Encoding(depth=16)})
    with pytest.raises(OutputError, match="--depth 16"):
        begin_job(job, settle_job(job), find_device("cpu"), stored=None)


@needs_runtime
def test_a_disk_without_room_is_told(make_tiny_job, monkeypatch):
    def usage(folder):
        assert Path(folder).is_dir()
        return SimpleNamespace(free=3 * 24 * 18 - 1)

    monkeypatch.setattr(preparation, "disk_usage", usage)
    job = make_tiny_job("new/out.png")
    with pytest.raises(OutputError, match=r"takes up to .*B, and its disk has .*B free; free some"):
        begin_job(job, settle_job(job), find_device("cpu"), stored=None)
    assert not any(Path("new").iterdir())
