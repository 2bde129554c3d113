"""What comes back from a worker: answers of a wrong form, and files that are not what they say."""

import math
from pathlib import Path

import pytest
from commands import names, needs_runtime
from PIL import Image

from ortstyle.errors import CheckpointError, JobError, OutputError
from ortstyle.jobs.control import Control
from ortstyle.jobs.done import hash_of
from ortstyle.jobs.remote_reply import (
    Reply,
    is_figures,
    place_checkpoint,
    place_output,
    read_reply,
)
from ortstyle.jobs.run_job import run_job
from ortstyle.pictures.encode import Encoding

GOOD = {"outcome": "done", "figures": {"seconds": 1.5, "sha256": "0"}, "output": b"x"}


def test_a_reply_is_read():
    found = read_reply(GOOD)
    assert (found.outcome, found.output, found.checkpoint) == ("done", b"x", None)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "done",
        {},
        {"outcome": "done"},
        GOOD | {"outcome": "lost"},
        GOOD | {"outcome": ["done"]},
        GOOD | {"output": "text"},
        GOOD | {"output": bytearray(b"x")},
        GOOD | {"checkpoint": 1},
        GOOD | {"figures": []},
        GOOD | {"figures": {"seconds": [["deep"]]}},
        GOOD | {"further": 1},
    ],
)
def test_an_answer_of_another_form_is_refused(data):
    with pytest.raises(JobError, match="answer has the wrong form"):
        read_reply(data)


@pytest.mark.parametrize(
    "data",
    [
        {"text": "x" * 5000},
        {1: "a"},
        {"loss": math.nan},
        {"loss": math.inf},
        {"scale": [1.5]},
        {"scale": list(range(100))},
        {"object": {}},
        {"terms": {"style": math.inf}},
        {"terms": {"style": "1"}},
        {"terms": {"style": {}}},
        {"terms": {"x" * 100: 1.0}},
        {"terms": {1: 1.0}},
        {"terms": dict.fromkeys(map(str, range(100)), 1.0)},
        {"file": b"x"},
        dict.fromkeys(map(str, range(100)), 0),
    ],
)
def test_figures_that_are_not_short_and_plain_are_refused(data):
    assert not is_figures(data)


def test_figures_may_hold_a_preview():
    assert is_figures({"jpeg": "x" * 200_000, "scale": [0, 3], "loss": None, "seconds": 1.0})
    assert not is_figures({"jpeg": "x" * 8_000_000})


def test_figures_may_hold_the_terms_of_the_loss():
    assert is_figures({"terms": {"content": 1.0, "style": None}})


def painted(job, place=Path("local.checkpoint"), **others):
    """Paint a job; return the bytes of its output, which is removed."""
    run_job(job, checkpoint=place, tell=lambda _: None, control=Control(), **others)
    return taken(job.output if job.output.exists() else place)


def taken(path):
    found = path.read_bytes()
    path.unlink()
    return found


def reply_with(data):
    path = Path("sent")
    path.write_bytes(data)
    figures = {"sha256": hash_of(path)}
    path.unlink()
    return Reply(outcome="done", figures=figures, output=data)


@needs_runtime
def test_a_result_is_put_in_its_place(make_tiny_job):
    job = make_tiny_job("new/out.png")
    data = painted(job)
    found = place_output(job, reply_with(data))
    assert job.output.read_bytes() == data
    assert found == {"sha256": hash_of(job.output), "width": 24, "height": 18}
    assert names(Path("new")) == ["out.png"]


@needs_runtime
def test_a_result_without_text_is_put_in_its_place(make_tiny_job):
    for job in (make_tiny_job("a.bmp"), make_tiny_job(job={"encoding": Encoding(metadata="none")})):
        data = painted(job)
        place_output(job, reply_with(data))
        assert job.output.read_bytes() == data


@needs_runtime
def test_what_is_no_result_of_the_job_leaves_what_was_there(make_tiny_job):
    job = make_tiny_job()
    data, other = painted(job), painted(make_tiny_job(seed=7))
    job.output.write_bytes(b"before")
    small = Path("small.png")
    Image.new("RGB", (1, 1)).save(small)
    bad = [
        reply_with(other),
        reply_with(b"text"),
        reply_with(b""),
        reply_with(data[:60]),
        Reply(outcome="done", figures={"sha256": "0" * 64}, output=data),
        Reply(outcome="done", figures={"sha256": None}),
    ]
    before = names(Path())
    for reply in bad:
        with pytest.raises(OutputError, match="a worker has sent something that is no result"):
            place_output(job, reply)
    assert job.output.read_bytes() == b"before"
    assert names(Path()) == before


@needs_runtime
def test_a_checkpoint_is_put_in_its_place(make_tiny_job):
    job, place = make_tiny_job(), Path("job.checkpoint")
    data = painted(job, time_limit=0)
    place_checkpoint(job, place, Reply(outcome="stopped", checkpoint=data))
    assert place.read_bytes() == data
    events = []
    run_job(job, checkpoint=place, tell=events.append, control=Control())
    assert events[0].figures["done"] == 1


@needs_runtime
def test_what_is_no_checkpoint_of_the_job_leaves_the_last_one(make_tiny_job):
    job, place = make_tiny_job(), Path("job.checkpoint")
    place.write_bytes(b"before")
    other = painted(make_tiny_job(seed=7), time_limit=0)
    own = painted(job, time_limit=0)
    for data in (other, b"", b"text", own[: len(own) // 2]):
        with pytest.raises(CheckpointError):
            place_checkpoint(job, place, Reply(outcome="stopped", checkpoint=data))
    assert place.read_bytes() == b"before"
    assert [name for name in names(Path()) if "part" in name] == []
