"""One attempt at a job: what it tells, what it resumes from, and what is left when it fails."""

import base64
import json
import os
from io import BytesIO
from pathlib import Path

import pytest
from commands import embedded_run, names, needs_runtime
from fakes import before_each_evaluation
from PIL import Image

from ortstyle.errors import CheckpointError, JobError, OutputError
from ortstyle.jobs import painting
from ortstyle.jobs.control import Control
from ortstyle.jobs.leftovers import temporary_name
from ortstyle.jobs.painting import Painting
from ortstyle.jobs.preparation import settle_job
from ortstyle.report.result_writer import ResultWriter
from ortstyle.run import checkpoint as checkpoints
from ortstyle.run.pace import Pace
from ortstyle.run.run import Run

CHECKPOINT = Path("a.checkpoint")
pytestmark = needs_runtime


def paint(job, control=None, **others):
    """Paint a job; return the figures of its end and its events."""
    events = []
    attempt = Painting(
        job, checkpoint=CHECKPOINT, tell=events.append, control=control or Control(), **others
    )
    return attempt.paint(), events


def stop_after(job, number):
    """Paint a job, and stop it after some evaluations, so that there is a checkpoint."""
    control = Control()
    with before_each_evaluation(lambda made: control.stop() if made == number else None):
        assert paint(job, control)[0] is None
    assert CHECKPOINT.exists()


def texts(events):
    return [event.figures["text"] for event in events if event.kind == "notice"]


def evaluations_of(job):
    """Paint a job to its end; return how many evaluations this takes, and the events."""
    numbers = []
    with before_each_evaluation(numbers.append):
        figures, events = paint(job)
    assert figures["evaluations"] == 5
    return len(numbers), events


def test_progress_is_told_now_and_then(make_tiny_job, monkeypatch):
    job = make_tiny_job(iterations=40)
    told = [event for event in paint(job)[1] if event.kind == "progress"]
    assert 2 <= len(told) < 40
    monkeypatch.setattr(painting, "_PROGRESS_SECONDS", 0.0)
    told = [event for event in paint(job)[1] if event.kind == "progress"]
    assert [event.figures["evaluations"] for event in told] == list(range(1, 41))


def test_a_preview_is_a_small_picture(make_tiny_job):
    control = Control()
    control.preview()
    _, events = paint(make_tiny_job(size=600, iterations=1), control)
    assert not [event for event in events if event.kind == "preview"]  # it is done already
    _, events = paint(make_tiny_job(size=600, iterations=2), control)
    (preview,) = [event for event in events if event.kind == "preview"]
    with Image.open(BytesIO(base64.b64decode(preview.figures["jpeg"]))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (512, 384))
    control.preview(64)
    _, events = paint(make_tiny_job(size=600, iterations=2, seed=1), control)
    (preview,) = [event for event in events if event.kind == "preview"]
    with Image.open(BytesIO(base64.b64decode(preview.figures["jpeg"]))) as picture:
        assert picture.size == (64, 48)


@pytest.mark.parametrize("spoil", ["damaged", "other job", "other version", "none", "optimiser"])
def test_a_checkpoint_that_cannot_be_used_is_removed(make_tiny_job, spoil, monkeypatch):
    job = make_tiny_job()
    if spoil == "none":
        CHECKPOINT.write_bytes(b"no checkpoint")
    elif spoil == "other job":
        stop_after(make_tiny_job(seed=1), 2)
    else:
        with monkeypatch.context() as patched:
            if spoil == "other version":
                patched.setattr(checkpoints, "VERSION", 99)
            stop_after(job, 2)
    if spoil == "damaged":
        data = bytearray(CHECKPOINT.read_bytes())
        data[-500] ^= 1
        CHECKPOINT.write_bytes(data)
    if spoil == "optimiser":
        found = checkpoints.read_checkpoint(CHECKPOINT)
        arrays = {name: array.reshape(-1)[:0] for name, array in found.arrays.items()}
        checkpoints.write_checkpoint(CHECKPOINT, found.header, arrays)
    evaluations, events = evaluations_of(job)
    assert evaluations == 5
    (text,) = texts(events)
    assert text.startswith("the job begins anew: ")
    assert "a.checkpoint" in text
    assert not CHECKPOINT.exists()


def test_the_seed_that_is_drawn_is_the_same_when_a_job_goes_on(make_tiny_job):
    job = make_tiny_job(seed=-1, init="noise")
    stop_after(job, 2)
    assert evaluations_of(job)[0] == 3
    first = Path("out.png").read_bytes()
    assert embedded_run("out.png")["settings"]["seed"] == settle_job(job).seed
    Path("out.png").unlink()
    evaluations_of(job)
    assert Path("out.png").read_bytes() == first


def test_the_size_of_the_content_is_a_size(make_tiny_job):
    figures, _ = paint(make_tiny_job(size="content"))
    assert (figures["width"], figures["height"]) == (48, 36)


def fail_to_save(*_, **__):
    raise OutputError("output out.png can't be written (No space left on device); choose another")


def test_a_result_that_cannot_be_written_is_not_lost(make_tiny_job, monkeypatch):
    job = make_tiny_job()
    for _ in range(2):  # first after the run, then from the checkpoint
        with monkeypatch.context() as patched:
            patched.setattr(ResultWriter, "save", fail_to_save)
            with pytest.raises(OutputError, match="No space left"):
                paint(job)
        assert CHECKPOINT.exists()
    assert evaluations_of(job)[0] == 0
    again = Path("out.png").read_bytes()
    Path("out.png").unlink()
    assert evaluations_of(job)[0] == 5
    assert Path("out.png").read_bytes() == again
    assert not CHECKPOINT.exists()


def test_an_output_that_cannot_be_written_is_told_before_the_work(make_tiny_job):
    Path("file").write_bytes(b"")
    for job, line in [
        (make_tiny_job("file/out.png"), "its folder can't be made"),
        (make_tiny_job("out.nothing"), "out.nothing"),
    ]:
        with (
            before_each_evaluation(lambda _: pytest.fail("it was painted")),
            pytest.raises((JobError, OutputError), match=line),
        ):
            paint(job)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_told(make_tiny_job):
    Path("locked").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="locked"):
        paint(make_tiny_job("locked/out.png"))


def test_a_checkpoint_that_cannot_be_written_stops_no_job(make_tiny_job, monkeypatch):
    def fail(*_, **__):
        raise CheckpointError("checkpoint a can't be written (No space); choose another place")

    monkeypatch.setattr(Run, "save", fail)
    figures, events = paint(make_tiny_job(job={"checkpoint_minutes": 0.0}))
    assert figures["evaluations"] == 5
    assert texts(events) == ["checkpoint a can't be written (No space)"]


def test_a_checkpoint_that_is_there_is_not_written_again(make_tiny_job, monkeypatch):
    job, control, written = make_tiny_job(), Control(), []
    stop_after(job, 2)
    before = CHECKPOINT.read_bytes()
    monkeypatch.setattr(Run, "save", lambda *_, **__: written.append(1))
    control.pause()

    def tell(event):
        if event.kind == "paused":
            control.stop()

    attempt = Painting(job, checkpoint=CHECKPOINT, tell=tell, control=control)
    assert (attempt.paint(), attempt.evaluations, written) == (None, 2, [])
    assert CHECKPOINT.read_bytes() == before


def test_the_temporary_files_of_a_job_have_one_name(make_tiny_job, monkeypatch):
    job, seen = make_tiny_job(), set()
    real = os.fsync

    def look(descriptor):
        seen.update(name for name in names(Path()) if name.startswith(".ortstyle-"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    paint(job)
    assert seen == {temporary_name(job)}


def test_the_notices_of_a_run_are_told(make_tiny_job):
    _, events = paint(make_tiny_job("out.gif"))
    assert any("colours" in text for text in texts(events))
    json.dumps([event.to_line() for event in events])


def test_the_time_holds_what_was_painted_before_and_no_pause(make_tiny_job, monkeypatch):
    job, clock = make_tiny_job(), [0.0]
    stop_after(job, 2)
    earlier = checkpoints.read_header(CHECKPOINT)["position"]["seconds"]
    monkeypatch.setattr(painting, "monotonic", lambda: clock[0])
    control, events = Control(), []

    def tell(event):
        events.append(event)
        if event.kind == "started":
            clock[0] += 10
        elif event.kind == "paused":
            clock[0] += 1000
            control.proceed()

    control.pause()
    figures = Painting(job, checkpoint=CHECKPOINT, tell=tell, control=control).paint()
    assert figures["seconds"] == pytest.approx(earlier + 10)


def test_a_pause_is_no_part_of_the_time_of_the_run(make_tiny_job, monkeypatch):
    control, skipped = Control(), []
    monkeypatch.setattr(Pace, "skip", lambda _: skipped.append(1))
    control.pause()

    def tell(event):
        if event.kind == "paused":
            assert not skipped
            control.proceed()

    Painting(make_tiny_job(), checkpoint=CHECKPOINT, tell=tell, control=control).paint()
    assert skipped == [1]


def test_a_job_that_is_stopped_while_it_is_prepared_makes_no_evaluation(make_tiny_job):
    control = Control()

    def tell(event):
        assert event.kind in ("started", "notice")
        control.stop()

    attempt = Painting(make_tiny_job(), checkpoint=CHECKPOINT, tell=tell, control=control)
    assert attempt.paint() is None
    assert not CHECKPOINT.exists()
