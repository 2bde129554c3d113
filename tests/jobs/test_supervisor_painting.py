"""The supervisor with the real worker: pictures are painted, whoever is killed meanwhile."""

from pathlib import Path

import pytest
from commands import names, needs_runtime

from ortstyle.jobs.control import Control
from ortstyle.jobs.run_job import run_job
from ortstyle.jobs.store import State, Store
from ortstyle.jobs.supervisor import Supervisor
from ortstyle.run.lock import CheckpointLock

pytestmark = needs_runtime
STATE = Path(".ortstyle")


@pytest.fixture
def store(folder, monkeypatch):
    monkeypatch.setenv("ORTSTYLE_THREADS", "1")  # as the workers have, which the pictures hold
    with Store(STATE / "jobs.sqlite") as store:
        yield store


def run(store, tell, **options):
    Supervisor(store, folder=STATE, **({"devices": ["cpu"], "threads": [1]} | options)).run(
        tell=tell
    )


def test_two_workers_paint_a_queue_as_one_process_does(store, make_tiny_job):
    jobs = [make_tiny_job(f"{number}.png", seed=number, init="noise") for number in range(4)]
    broken = make_tiny_job("broken.nothing")
    store.add([*jobs, broken])
    events = []
    run(store, events.append, devices=["cpu", "cpu"], threads=[1, 1])
    rows = list(store.list())
    assert [row.state for row in rows] == [State.DONE] * 4 + [State.FAILED]
    assert {row.attempts for row in rows} == {1}
    assert all(row.seconds and row.work and row.sha256 for row in rows[:4])
    assert {event.kind for event in events} >= {"started", "progress", "done", "failed"}
    there = Path("2.png").read_bytes()
    Path("2.png").unlink()
    run_job(jobs[2], checkpoint=Path("a.ck"), tell=lambda _: None, control=Control())
    assert Path("2.png").read_bytes() == there
    store.close()
    assert names(STATE) == ["jobs.sqlite"]


def test_a_job_goes_on_from_its_checkpoint_when_its_worker_is_killed(store, make_tiny_job):
    # More than a worker makes while its first events are read.
    job = make_tiny_job(job={"checkpoint_minutes": 0.0}, iterations=150)
    run_job(job, checkpoint=Path("a.ck"), tell=lambda _: None, control=Control())
    undisturbed = Path("out.png").read_bytes()
    Path("out.png").unlink()
    store.add([job])
    supervisor = Supervisor(store, folder=STATE, devices=["cpu"], threads=[1])
    events = []

    def tell(event):
        events.append(event)
        if event.kind == "checkpoint" and sum(each.kind == "checkpoint" for each in events) == 3:
            supervisor._workers[0]._worker.kill()

    supervisor.run(tell=tell)
    assert store.get(job.key).state is State.DONE
    assert store.get(job.key).attempts == 1  # from the checkpoint on
    begun = [event.figures["done"] for event in events if event.kind == "started"]
    assert begun[0] == 0
    assert begun[1] >= 3
    assert Path("out.png").read_bytes() == undisturbed
    store.close()
    assert names(STATE) == ["jobs.sqlite"]
    assert not [name for name in names(Path()) if name.startswith(".ortstyle-")]


def test_a_job_that_another_process_still_paints_waits_for_it(store, make_tiny_job):
    """The worker of a supervisor that was killed holds the lock until it has stopped."""
    job = make_tiny_job()
    store.add([job])
    checkpoint = STATE / "checkpoints" / f"{job.key}.checkpoint"
    checkpoint.parent.mkdir()
    lock, told = CheckpointLock(checkpoint), []

    def tell(event):
        told.append(event.kind)
        if event.kind == "notice":
            assert "another process still paints" in event.figures["text"]
            lock.release()

    run(store, tell)
    assert told[0] == "notice"
    assert told[-1] == "done"
    assert "failed" not in told
    assert store.get(job.key).attempts == 1


def test_a_folder_for_checkpoints_that_can_not_be_made_costs_the_job(store, make_tiny_job):
    job = make_tiny_job()
    store.add([job])
    (STATE / "checkpoints").write_text("a file")
    run(store, lambda _: None)
    assert store.get(job.key).state is State.FAILED
    assert "checkpoints" in store.get(job.key).error
