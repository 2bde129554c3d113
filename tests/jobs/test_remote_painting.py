"""A job painted part by part elsewhere: what comes back, what is lost, and what stays here."""

import json
import time
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path

import pytest
from clustered import FakeConnection, FakeWorker
from commands import names, needs_runtime
from film_jobs import film_job
from painted_films import frames_of, paint_plainly, place

from ortstyle.jobs import cluster_task, film_files
from ortstyle.jobs.cluster_task import paint_part
from ortstyle.jobs.done import find_done
from ortstyle.jobs.remote_painting import LOST, RemotePainting
from ortstyle.run.lock import CheckpointLock

pytestmark = needs_runtime
__all__ = ["place"]
CHECKPOINT = Path("state/a.checkpoint")
A, B = "tcp://a:1", "tcp://b:1"


class Elsewhere:
    """Paints jobs with a connection whose tasks run in this process, or are answered by hand."""

    def __init__(self, folder, monkeypatch):
        folder.mkdir()
        self.worker, self.events = FakeWorker(folder), []
        monkeypatch.setattr(cluster_task, "ClusterWorker", lambda: self.worker)
        self.connection = FakeConnection(self._answer, slots={A: 1, B: 1}, shares={A: 2, B: 3})
        self.answers = []

    def _answer(self, data):
        answer = self.answers.pop(0) if self.answers else paint_part
        return answer(data) if callable(answer) else answer

    def painting(self, job, **others):
        return RemotePainting(
            job,
            checkpoint=CHECKPOINT,
            connection=self.connection,
            roster=self.connection.roster,
            worker=B,
            topic="t",
            tell=self.events.append,
            **others,
        )

    def paint(self, job, **others):
        return self.painting(job, **others).paint()

    def kinds(self):
        return [event.kind for event in self.events]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_task, "_caches", [])
    found = Elsewhere(tmp_path / "worker", monkeypatch)
    with found.connection:
        yield found
    for cache in cluster_task._caches:
        cache.clear()


@pytest.fixture
def job(make_tiny_job):
    return make_tiny_job("new/out.png")


def wait_until(happened):
    until = time.monotonic() + 10
    while not happened() and time.monotonic() < until:
        time.sleep(0.01)


def raising(error):
    def answer(_):
        raise error

    return answer


def test_a_job_is_painted_and_nothing_else_is_left(job, elsewhere):
    found = elsewhere.paint(job)
    assert (found.outcome, found.figures["evaluations"]) == ("done", 5)
    assert (found.figures["width"], found.figures["height"]) == (24, 18)
    assert names(Path("new")) == ["out.png"]
    assert names(CHECKPOINT.parent) == []
    assert elsewhere.kinds() == []
    ((request, files, stored), _, workers), *others = elsewhere.connection.submitted
    assert (others, stored, workers) == ([], None, [B, A])
    assert files == [file.path.read_bytes() for file in job.inputs]
    assert json.loads(request)["threads"] == {A: 2, B: 3}
    assert json.loads(request)["seconds"] == 300
    assert elsewhere.paint(job).outcome == "skipped"
    assert len(elsewhere.connection.submitted) == 1


def test_each_part_begins_where_the_one_before_has_ended(job, elsewhere):
    painting = elsewhere.painting(replace(job, checkpoint_minutes=0.0))
    assert painting.paint().outcome == "done"
    assert painting.has_progressed
    assert elsewhere.kinds() == ["checkpoint"] * 4
    stored = [data[2] for data, *_ in elsewhere.connection.submitted]
    assert stored[0] is None
    assert len(set(stored)) == 5


def test_parts_of_few_evaluations_become_longer(job, elsewhere):
    assert elsewhere.paint(replace(job, checkpoint_minutes=1e-9)).outcome == "done"
    requests = [json.loads(data[0]) for data, *_ in elsewhere.connection.submitted]
    seconds = [request["seconds"] for request in requests]
    assert len(seconds) > 2
    assert seconds == [seconds[0] * 2**number for number in range(len(seconds))]


def test_a_part_that_is_lost_leaves_the_last_checkpoint(job, elsewhere):
    for error in (CancelledError("task"), OSError("gone"), RuntimeError("gone")):
        elsewhere.answers = [paint_part, raising(error)]
        found = elsewhere.paint(replace(job, checkpoint_minutes=0.0))
        why = "it is gone" if isinstance(error, CancelledError) else "gone"
        assert (found.outcome, found.figures) == (LOST, {"error": why})
        assert CHECKPOINT.exists()
    assert elsewhere.paint(job).outcome == "done"
    assert not CHECKPOINT.exists()


def test_without_workers_a_part_is_lost(job, elsewhere):
    elsewhere.connection.now = replace(elsewhere.connection.now, slots={A: 0})
    assert elsewhere.paint(job).outcome == LOST


def test_a_worker_that_stops_by_itself_is_lost(job, elsewhere):
    elsewhere.answers = [{"outcome": "stopped", "figures": {}}]
    assert elsewhere.paint(job).figures == {"error": "the worker has stopped without a checkpoint"}


def test_answers_of_a_wrong_form_are_failures(job, elsewhere):
    wrong = {"outcome": "done", "figures": {"sha256": "0"}, "output": b"text"}
    for answer, error in [([], "wrong form"), (wrong, "is no result of it")]:
        elsewhere.answers = [answer]
        found = elsewhere.paint(job)
        assert found.outcome == "failed"
        assert error in found.figures["error"]
    assert names(Path("new")) == []


def test_a_checkpoint_that_is_none_is_told_and_the_last_one_stays(job, elsewhere):
    job = replace(job, checkpoint_minutes=0.0)
    bad = {"outcome": "stopped", "figures": {}, "checkpoint": b"text"}
    elsewhere.answers = [paint_part, bad, raising(OSError("gone"))]
    assert elsewhere.paint(job).outcome == LOST
    assert elsewhere.kinds() == ["checkpoint", "notice"]
    assert elsewhere.paint(job).outcome == "done"


def test_a_job_that_fails_keeps_what_was_painted(job, elsewhere):
    elsewhere.answers = [
        paint_part,
        {"outcome": "failed", "figures": {"error": "no memory", "kind": "MemoryError"}},
    ]
    found = elsewhere.paint(replace(job, checkpoint_minutes=0.0))
    assert (found.outcome, found.figures["error"]) == ("failed", "no memory")
    assert CHECKPOINT.exists()


def test_what_can_not_be_read_or_written_is_found_before_the_work(job, elsewhere):
    Path("file").write_bytes(b"")
    found = elsewhere.paint(replace(job, output=Path("file/out.png")))
    assert found.outcome == "failed"
    Path("photo.png").unlink()
    found = elsewhere.paint(job)
    assert (found.outcome, found.figures["kind"]) == ("failed", "JobError")
    assert "content photo.png can't be read" in found.figures["error"]
    assert elsewhere.connection.submitted == []


def test_a_job_that_another_process_paints_is_busy(job, elsewhere):
    CHECKPOINT.parent.mkdir()
    with CheckpointLock(CHECKPOINT):
        assert elsewhere.paint(job).outcome == "busy"


def test_a_job_that_is_stopped_begins_no_further_part(job, elsewhere):
    painting = elsewhere.painting(replace(job, checkpoint_minutes=0.0))

    def stop(data):
        painting.stop()
        return paint_part(data)

    elsewhere.answers = [paint_part, stop]
    assert painting.paint().outcome == "stopped"
    assert len(elsewhere.connection.submitted) == 2
    assert elsewhere.kinds() == ["checkpoint"] * 2


def test_a_part_belongs_to_the_workers_that_were_there(job, elsewhere):
    painting, found = elsewhere.painting(job), []

    def look(data):
        wait_until(lambda: painting._future is not None)
        found.extend([painting.may_run_on({A: 1}), painting.may_run_on({"tcp://c:1": 1})])
        painting.give_up()  # which has no effect on a part that has begun
        return paint_part(data)

    elsewhere.answers = [look]
    assert painting.may_run_on({})
    assert painting.paint().outcome == "done"
    assert found == [True, False]


def test_files_that_all_machines_share_are_not_sent(job, elsewhere):
    found = elsewhere.paint(job, is_shared=True)
    assert (found.outcome, found.figures["width"]) == ("done", 24)
    ((request, files, stored), *_), *_ = elsewhere.connection.submitted
    assert (files, stored) == ([], None)
    assert json.loads(request)["checkpoint"] == str(CHECKPOINT.absolute())
    assert names(Path("new")) == ["out.png"]


def test_an_output_that_is_not_there_is_told(job, elsewhere):
    elsewhere.answers = [{"outcome": "done", "figures": {"sha256": "0"}}]
    found = elsewhere.paint(job, is_shared=True)
    assert (found.outcome, found.figures["kind"]) == ("failed", "JobError")
    assert "is not there" in found.figures["error"]


@pytest.fixture
def film(place, monkeypatch):
    paint_plainly(monkeypatch)
    return film_job("new/out.mp4")


def test_a_film_is_painted_as_one_part(film, elsewhere):
    found = elsewhere.paint(film)
    assert found.outcome == "done", found.figures
    assert (found.figures["width"], found.figures["height"], found.figures["frames"]) == (64, 48, 6)
    ((request, files, stored), *_), *others = elsewhere.connection.submitted
    assert (others, stored) == ([], None)
    assert files == [file.path.read_bytes() for file in film.inputs]
    assert json.loads(request)["seconds"] is None
    assert find_done(film)
    assert len(frames_of(film.output)[0]) == 6
    assert names(Path("new")) == ["out.mp4"]
    assert names(CHECKPOINT.parent) == []
    assert names(elsewhere.worker.folder) == []
    kinds = {json.loads(message)["kind"] for _, message in elsewhere.worker.messages}
    assert {"started", "progress"} <= kinds
    assert not any(str(elsewhere.worker.folder) in text for _, text in elsewhere.worker.messages)
    assert elsewhere.paint(film).outcome == "skipped"


def test_a_film_of_no_text_is_one_too(film, elsewhere):
    assert elsewhere.paint(film_job("out.gif")).outcome == "done"


def test_a_worker_that_is_lost_loses_the_film_s_frames_alone(film, elsewhere):
    elsewhere.answers = [raising(OSError("gone"))]
    assert elsewhere.paint(film).outcome == LOST
    assert elsewhere.paint(film).outcome == "done"


def test_what_is_no_result_is_refused(film, elsewhere):
    wrong = {"outcome": "done", "figures": {"sha256": "0"}, "output": b"text"}
    elsewhere.answers = [wrong]
    found = elsewhere.paint(film)
    assert found.outcome == "failed"
    assert "a worker has sent something that is no result of it" in found.figures["error"]
    assert names(Path("new")) == []


def test_a_result_that_is_too_large_fails_in_one_line(film, elsewhere, monkeypatch):
    monkeypatch.setattr(film_files, "MOST_BYTES", 5)
    found = elsewhere.paint(film)
    assert found.outcome == "failed"
    assert "are sent to a cluster" in found.figures["error"]
    assert elsewhere.connection.submitted == []


def test_shared_folders_keep_the_frames(film, elsewhere):
    found = elsewhere.paint(film, is_shared=True)
    assert found.outcome == "done", found.figures
    assert elsewhere.connection.submitted[0][0][1] == []
    assert find_done(film)
