"""Removals of jobs: they wait for whoever has the job, and are not forgotten."""

import pytest
from queued import make_jobs
from supervised import wait_until

from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import Store
from ortstyle.run.lock import CheckpointLock
from ortstyle.studio.faults import NoSpace
from ortstyle.studio.paintings import removals as module
from ortstyle.studio.paintings.removals import Removals


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_POLL", 0.02)
    return tmp_path / "queue"


@pytest.fixture
def store(state):
    with Store(state / "jobs.sqlite") as store:
        yield store


@pytest.fixture
def job(store, tmp_path):
    (job,) = make_jobs(tmp_path, 1)
    store.add([job])
    return job


def finish(removals):
    wait_until(lambda: not removals.keys)
    removals.close()


def test_a_job_is_removed_with_its_files(state, store, job):
    checkpoint = StateFolder(state).checkpoint_of(job.key)
    checkpoint.parent.mkdir()
    temporary = job.output.with_name(f".ortstyle-{job.key}.png")
    for path in (checkpoint, job.output, temporary):
        path.write_text("x")
    removals = Removals(state, store.path)
    removals.begin(job.key)
    finish(removals)
    assert store.find(job.key) is None
    assert not any(path.exists() for path in (checkpoint, job.output, temporary))
    assert list((state / "removed").iterdir()) == []
    assert list(checkpoint.parent.iterdir()) == []


def test_a_job_that_a_supervisor_has_is_waited_for(state, store, job):
    store.claim("1" * 16, device="cpu")
    removals = Removals(state, store.path)
    removals.begin(job.key)
    wait_until(lambda: store.get(job.key).state == "cancelled")
    assert removals.keys == {job.key}
    removals.close()
    again = Removals(state, store.path)
    assert again.keys == {job.key}
    job.output.write_text("written meanwhile")
    store.finish(job.key, seconds=1, work=1, sha256=None, device=None)
    finish(again)
    assert not job.output.exists()


def test_a_worker_whose_supervisor_was_killed_is_waited_for(state, store, job):
    checkpoint = StateFolder(state).checkpoint_of(job.key)
    checkpoint.parent.mkdir()
    lock = CheckpointLock(checkpoint)
    removals = Removals(state, store.path)
    removals.begin(job.key)
    wait_until(lambda: store.get(job.key).state == "cancelled")
    job.output.write_text("written meanwhile")
    lock.release()
    finish(removals)
    assert not job.output.exists()


def test_damaged_data_do_not_keep_a_job(state, store, job):
    with store.transaction():
        store.write("UPDATE jobs SET data = '{}'")
    removals = Removals(state, store.path)
    removals.begin(job.key)
    finish(removals)
    assert store.find(job.key) is None


def test_a_disk_that_can_not_be_written_is_told(state, store, job):
    (state / "removed").write_text("a file")
    removals = Removals(state, store.path)
    with pytest.raises(NoSpace, match="can't be removed"):
        removals.begin(job.key)
    assert removals.keys == frozenset()
    removals.close()
