"""Which jobs a supervisor's workers take: by device, and later those that are busy."""

from dataclasses import replace

import pytest
from queued import make_jobs

from ortstyle.jobs import claims as module
from ortstyle.jobs.claims import Claims
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import Store
from ortstyle.run.lock import CheckpointLock

OWNER, OTHER = "a" * 16, "b" * 16


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "jobs.sqlite") as store:
        yield store


@pytest.fixture
def told():
    return []


@pytest.fixture
def make(store, tmp_path, told):
    """Return a function that makes claims on a store with a job for each of some devices."""

    def make_claims(*devices, **options):
        jobs = [
            replace(job, device=device)
            for job, device in zip(make_jobs(tmp_path, len(devices)), devices, strict=True)
        ]
        store.add(jobs)
        folder = StateFolder(tmp_path)
        return Claims(OWNER, folder, lambda *words: told.append(words), **options)

    return make_claims


def claimed(store, claims, device):
    row = claims.claim(store, device)
    return row and row.job.device


def test_a_job_waits_for_the_device_that_it_names(store, make):
    claims = make("cuda:0", "elsewhere", "cpu", "auto", reserved=["cpu", "cuda:0"])
    assert claimed(store, claims, "cpu") == "elsewhere"
    assert claimed(store, claims, "cpu") == "cpu"
    assert claimed(store, claims, "cpu") == "auto"
    assert claimed(store, claims, "cpu") is None
    assert not claims.are_over(store)
    assert claimed(store, claims, "cuda:0") == "cuda:0"


def test_the_jobs_of_a_device_that_fails_are_for_the_others(store, make):
    claims = make("cuda:0", reserved=["cpu", "cuda:0"])
    assert claimed(store, claims, "cpu") is None
    claims.leave_out("cuda:0")
    assert claimed(store, claims, "cpu") == "cuda:0"


def test_without_reserved_devices_each_takes_any_job(store, make):
    claims = make("cuda:0")
    assert claimed(store, claims, "cpu") == "cuda:0"


@pytest.mark.parametrize("data", ["", "{", "{}", '{"device": 5}', '{"device": null}', "[]"])
def test_a_job_with_damaged_data_is_for_any_device(store, make, data):
    claims = make("cuda:0", reserved=["cpu", "cuda:0"])
    with store.transaction():
        store.write("UPDATE jobs SET data = ?", data)
    assert claims.claim(store, "cpu")


def test_a_busy_job_is_left_for_a_moment_and_told_once(store, make, told, monkeypatch):
    monkeypatch.setattr(module, "_BUSY", 1000.0)
    claims = make("cpu")
    key = claims.claim(store, "cpu").key
    store.release(key)
    claims.end(key, is_busy=True)
    assert claims.claim(store, "cpu") is None
    assert not claims.are_over(store)
    claims.end(key, is_busy=True)
    assert [word for word, _ in told] == [key]
    claims.end(key, is_busy=False)
    assert claims.claim(store, "cpu").key == key


def test_jobs_of_other_supervisors_are_waited_for(store, make, told):
    claims = make("cpu")
    store.claim(OTHER, device="cpu")
    supervisors = store.path.with_name("supervisors")
    supervisors.mkdir()
    with CheckpointLock(supervisors / OTHER):
        assert not claims.are_over(store)
        assert not claims.are_over(store)
    assert len(told) == 1
    assert not claims.are_over(store)  # the other one has died, and its job waits again
    assert claims.claim(store, "cpu")
