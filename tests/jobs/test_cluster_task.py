"""Parts of jobs as a worker paints them, with a worker that is not Dask's."""

import json
from pathlib import Path

import pytest
from clustered import FakeWorker
from commands import names, needs_runtime
from fakes import before_each_evaluation

from ortstyle import __version__
from ortstyle.jobs import cluster_task
from ortstyle.jobs.cluster_task import paint_part, tell_jobs, worker_facts
from ortstyle.jobs.events import Event
from ortstyle.run.lock import CheckpointLock

pytestmark = needs_runtime


@pytest.fixture
def worker(monkeypatch, tmp_path):
    folder = tmp_path / "worker"
    folder.mkdir()
    found = FakeWorker(folder)
    monkeypatch.setattr(cluster_task, "ClusterWorker", lambda: found)
    monkeypatch.setattr(cluster_task, "_caches", [])
    yield found
    for cache in cluster_task._caches:
        cache.clear()


def request_for(job, **changes):
    known = {"job": job.to_dict(), "topic": "t", "seconds": None, "threads": {"a": 3}}
    return json.dumps({**known, "checkpoint": None, "folder": str(Path.cwd()), **changes})


def files_of(job):
    return [file.path.read_bytes() for file in job.inputs]


def kinds(worker):
    return [Event.from_line(message).kind for _, message in worker.messages]


def test_a_worker_tells_what_it_has(tmp_path):
    found = worker_facts(None)
    assert found["ortstyle"] == __version__
    assert int(found["cores"]) > 0
    assert found["onnxruntime"]
    assert "lack" not in worker_facts(str(tmp_path))
    assert "does not see" in worker_facts(str(tmp_path / "missing"))["lack"]


def test_a_part_in_which_the_job_is_done(make_tiny_job, worker):
    job = make_tiny_job()
    reply = paint_part((request_for(job), files_of(job), None))
    assert (reply["outcome"], reply["figures"]["evaluations"]) == ("done", 5)
    assert reply["output"].startswith(b"\x89PNG")
    assert "checkpoint" not in reply
    assert kinds(worker) == ["started", "progress", "progress"]
    assert {topic for topic, _ in worker.messages} == {"t"}
    assert worker.limits == [(1, {"a": 3})]
    assert names(worker.folder) == []
    assert not job.output.exists()


def test_parts_follow_each_other(make_tiny_job, worker):
    job, checkpoint, done = make_tiny_job(), None, []
    while True:
        reply = paint_part((request_for(job, seconds=0.0), files_of(job), checkpoint))
        if reply["outcome"] == "done":
            break
        checkpoint = reply["checkpoint"]
        done.append(reply["figures"]["evaluations"])
    assert done == [1, 2, 3, 4]
    assert len(cluster_task._caches) == 1
    whole = paint_part((request_for(job), files_of(job), None))
    assert reply["output"] == whole["output"]


def test_a_job_at_paths_of_this_machine_is_written_there(make_tiny_job, worker, monkeypatch):
    job, folder = make_tiny_job(), Path.cwd()
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    place = folder / "state" / "a.checkpoint"
    reply = paint_part((request_for(job, checkpoint=str(place), folder=str(folder)), [], None))
    assert reply.keys() == {"outcome", "figures"}
    assert (folder / "out.png").exists()
    assert names(folder / "state") == []


def test_a_job_that_another_process_paints_is_busy(make_tiny_job, worker):
    job, place = make_tiny_job(), Path("a.checkpoint").absolute()
    with CheckpointLock(place):
        reply = paint_part((request_for(job, checkpoint=str(place)), [], None))
    assert reply == {"outcome": "busy", "figures": {}}


def test_a_failure_is_one_line_without_the_paths_of_the_worker(make_tiny_job, worker):
    job = make_tiny_job()
    photo, *others = files_of(job)
    reply = paint_part((request_for(job), [photo[:60], *others], None))
    assert reply["outcome"] == "failed"
    assert reply["figures"]["error"].startswith("content photo.png has changed since")
    assert str(worker.folder) not in json.dumps(reply["figures"])


@pytest.mark.parametrize("data", [("", [], None), ("{}", [], None), ("[1]", [], None), (1, 2, 3)])
def test_a_request_of_another_form_is_a_failure(worker, data):
    assert paint_part(data)["outcome"] == "failed"


def test_a_job_that_is_being_painted_can_be_asked(make_tiny_job, worker):
    job, found = make_tiny_job(), []

    def ask(number):
        if number == 2:
            assert tell_jobs("t", [job.key], "preview", 64) == [job.key]
        if number == 3:
            found.extend([tell_jobs("other", [job.key], "stop"), tell_jobs("t", ["0"], "stop")])
            found.append(tell_jobs("t", ["0", job.key], "stop"))

    with before_each_evaluation(ask):
        reply = paint_part((request_for(job), files_of(job), None))
    assert found == [[], [], [job.key]]
    assert reply["outcome"] == "stopped"
    assert reply["checkpoint"]
    assert [e for e in map(Event.from_line, (m for _, m in worker.messages)) if e.kind == "preview"]
    assert tell_jobs("t", [job.key], "stop") == []


def test_a_job_that_nobody_waits_for_stops(make_tiny_job, worker):
    worker.is_waited_for = False
    job = make_tiny_job()
    reply = paint_part((request_for(job), files_of(job), None))
    assert reply["outcome"] == "stopped"
    assert reply["figures"]["evaluations"] < 2


def test_progress_is_told_seldom_but_at_the_end(make_tiny_job, worker, monkeypatch):
    from ortstyle.jobs import painting

    monkeypatch.setattr(painting, "_PROGRESS_SECONDS", 0.0)
    job = make_tiny_job(iterations=6)
    paint_part((request_for(job), files_of(job), None))
    told = [Event.from_line(message) for _, message in worker.messages]
    numbers = [event.figures["evaluations"] for event in told if event.kind == "progress"]
    assert (numbers[0], numbers[-1]) == (1, 6)
    assert len(numbers) < 6
