"""One device's worker: what the store keeps of a job, whatever the worker says about it."""

from threading import Event as Flag

import pytest
from queued import make_jobs

from ortstyle.jobs.device_worker import DeviceWorker, stored_figures
from ortstyle.jobs.estimate import work_of
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import Store
from ortstyle.jobs.threads import Stopping

GOOD = {"seconds": 2.5, "sha256": "a" * 64, "width": 400, "height": 300}


@pytest.fixture
def job(tmp_path):
    return make_jobs(tmp_path, 1)[0]


def test_the_figures_of_a_job_that_is_done(job):
    work = work_of(job, (400, 300))
    assert stored_figures(job, GOOD) == {"seconds": 2.5, "work": work, "sha256": "a" * 64}


def test_a_job_that_was_done_before_has_taken_no_time(job):
    assert stored_figures(job, GOOD | {"skipped": True})["seconds"] is None


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"seconds": "long"}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
        ({"seconds": -1}, "seconds"),
        ({"sha256": "a"}, "sha256"),
        ({"sha256": None}, "sha256"),
        ({"width": 0}, "work"),
        ({"width": "400"}, "work"),
        ({"height": None}, "work"),
        ({"height": [1]}, "work"),
    ],
)
def test_figures_that_can_not_be_are_left_out(job, change, name):
    assert stored_figures(job, GOOD | change)[name] is None


@pytest.mark.parametrize(
    ("worker", "wanted", "found"),
    [("cpu", "auto", "cpu"), ("cpu", "cuda:0", "cpu"), ("auto", "cuda:0", "cuda:0")],
)
def test_the_device_of_a_job_is_the_workers_unless_that_has_none(tmp_path, worker, wanted, found):
    (job,) = make_jobs(tmp_path, 1, device=wanted)
    with Store(tmp_path / "jobs.sqlite") as store:
        store.add([job])
        row = store.get(job.key)
    folder, stopping = StateFolder(tmp_path), Stopping(Flag(), Flag(), 1.0)
    device_worker = DeviceWorker(
        worker, threads=0, command=[], folder=folder, tell=print, stopping=stopping
    )
    assert device_worker._job_of(row).device == found
