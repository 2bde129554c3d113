"""A batch on a Dask cluster of two worker processes, which are killed, lost and stopped."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from commands import ENDLESS, names, needs_runtime

from ortstyle.errors import ClusterError
from ortstyle.jobs import cluster_crew
from ortstyle.jobs.cluster import ClusterSupervisor
from ortstyle.jobs.control import Control
from ortstyle.jobs.input_file import InputFile
from ortstyle.jobs.run_job import Outcome, run_job
from ortstyle.jobs.store import State, Store
from ortstyle.runtime.threads import LIMIT

distributed = pytest.importorskip("distributed")
pytestmark = needs_runtime

STATE = Path("state")
OFTEN = 0.7 / 60  # minutes between two checkpoints


@pytest.fixture(scope="module")
def cluster():
    """Return a cluster with two worker processes of one thread each, one with a resource."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        resources={"GPU": 1},
        silence_logs=50,
    ) as found:
        yield found


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """Let this process paint with as many threads as the workers."""
    monkeypatch.setenv(LIMIT, "1")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Look at the workers, and at the states of jobs in the store, often."""
    monkeypatch.setattr(cluster_crew, "_REFRESH_SECONDS", 0.05)


@pytest.fixture(autouse=True)
def no_threads_are_left():
    before = set(threading.enumerate())
    yield
    left = [thread for thread in set(threading.enumerate()) - before if "job" in thread.name]
    assert not left


@pytest.fixture
def store(folder):
    with Store(STATE / "jobs.sqlite") as found:
        yield found


class Batch:
    """Jobs in a store, a supervisor that has them painted by a cluster, and what that told."""

    def __init__(self, store, jobs, address, **others):
        self.store, self.jobs, self.events = store, jobs, []
        store.add(jobs)
        self.supervisor = ClusterSupervisor(store, folder=STATE, address=address, **others)
        self.acts = {}

    def run(self, **others):
        """Run the batch; `acts` are called once, with the event, at the first of their kind."""
        self.supervisor.run(tell=self._take, **others)
        return self

    def _take(self, event):
        self.events.append(event)
        if act := self.acts.pop(event.kind, None):
            act(event)

    def kinds(self, job):
        return [event.kind for event in self.events if event.job == job.key]

    def states(self):
        return [row.state.value for row in self.store.list()]


@pytest.fixture
def make_batch(store, cluster):
    def make(jobs, *, address=None, **others):
        return Batch(store, jobs, address or cluster.scheduler_address, **others)

    return make


@pytest.fixture
def make_jobs(make_tiny_job):
    """Return a function that makes jobs with seeds of their own."""

    def make(count, **settings):
        return [
            make_tiny_job(f"remote/{seed}.png", seed=seed, job={"threads": 0}, **settings)
            for seed in range(count)
        ]

    return make


def painted_here(job):
    """Paint a job in this process at another place, and return its bytes."""
    here = replace(job, output=Path("local.png"), checkpoint_minutes=5.0)
    events = []
    outcome = run_job(
        here, checkpoint=Path("local.checkpoint"), tell=events.append, control=Control()
    )
    assert outcome is Outcome.DONE, events[-1]
    found = here.output.read_bytes()
    here.output.unlink()
    return found


def folders_in(path):
    return [entry.name for entry in path.iterdir() if entry.is_dir()]


def often(jobs):
    return [replace(job, checkpoint_minutes=OFTEN) for job in jobs]


def test_a_batch_gives_the_bytes_that_one_process_gives(make_batch, make_jobs):
    jobs = make_jobs(5)
    batch = make_batch(jobs).run()
    assert batch.states() == ["done"] * 5
    for job in jobs:
        assert job.output.read_bytes() == painted_here(job)
        assert batch.kinds(job)[0] == "started"
        assert batch.kinds(job)[-2:] == ["progress", "done"]
    assert not folders_in(STATE)
    assert names(Path("remote")) == [f"{seed}.png" for seed in range(5)]
    row = next(batch.store.list())
    assert row.seconds > 0
    assert row.work > 0
    assert (row.device, row.owner, row.attempts) == ("cluster", None, 1)
    batch.store.reopen(jobs[1].key)
    again = Batch(batch.store, jobs, batch.supervisor._address).run()
    assert [event.figures.get("skipped") for event in again.events] == [True]


def test_a_job_in_many_parts_gives_the_same_bytes(make_batch, make_jobs):
    (job,) = (replace(job, checkpoint_minutes=0.0) for job in make_jobs(1, iterations=4))
    batch = make_batch([job]).run()
    assert batch.kinds(job).count("started") == 1
    assert batch.kinds(job).count("checkpoint") == 3
    assert job.output.read_bytes() == painted_here(job)


def test_a_worker_that_is_killed_costs_no_more_than_a_part(make_batch, make_jobs, cluster):
    (job,) = (replace(job, checkpoint_minutes=0.0) for job in make_jobs(1, iterations=12))
    batch = make_batch([job])
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        processes = client.run(os.getpid).values()

    def kill_workers(_):
        for process in processes:  # their nannies start others
            os.kill(process, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)

    batch.acts["checkpoint"] = lambda _: batch.acts.update(checkpoint=kill_workers)
    batch.run()
    assert batch.states() == ["done"]
    begun = [event.figures["done"] for event in batch.events if event.kind == "started"]
    assert begun[0] == 0
    assert len(begun) > 1
    assert all(done > 1 for done in begun[1:])
    assert batch.kinds(job).count("checkpoint") == 11
    assert any("lost" in e.figures["text"] for e in batch.events if e.kind == "notice")
    assert job.output.read_bytes() == painted_here(job)


def test_a_job_that_is_stopped_goes_on_here(make_batch, make_jobs):
    # After each evaluation the worker sends a checkpoint; this process stops it after the second.
    (job,) = (replace(job, checkpoint_minutes=0.0) for job in make_jobs(1, iterations=12))
    batch = make_batch([job])
    stop = {"checkpoint": lambda _: batch.supervisor.stop()}
    batch.acts["checkpoint"] = lambda _: batch.acts.update(stop)
    batch.run()
    assert batch.states() == ["waiting"]
    assert batch.kinds(job)[-1] == "stopped"
    checkpoint = STATE / "checkpoints" / f"{job.key}.checkpoint"
    events = []
    run_job(job, checkpoint=checkpoint, tell=events.append, control=Control())
    assert events[0].figures["done"] > 0
    assert [e.kind for e in events if e.kind in {"notice", "failed"}] == []
    assert job.output.read_bytes() == painted_here(job)


def test_jobs_that_are_stopped_send_a_checkpoint(make_batch, make_jobs):
    jobs = make_jobs(2, **ENDLESS)
    batch, begun = make_batch(jobs), set()

    def stop(event):
        begun.add(event.job)
        if len(begun) == len(jobs):  # before its first evaluation a job has no checkpoint
            batch.supervisor.stop()
        else:
            batch.acts["progress"] = stop

    batch.acts["progress"] = stop
    batch.run()
    assert batch.states() == ["waiting"] * 2
    for job in jobs:
        assert batch.kinds(job)[-1] == "stopped"
        assert (STATE / "checkpoints" / f"{job.key}.checkpoint").exists()


def test_ctrl_c_stops_the_batch(make_batch, make_jobs):
    jobs = make_jobs(1, **ENDLESS)
    batch = make_batch(jobs)

    def interrupt(_):
        raise KeyboardInterrupt

    batch.acts["progress"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        batch.run()
    assert batch.states() == ["waiting"]
    assert (STATE / "checkpoints" / f"{jobs[0].key}.checkpoint").exists()


def test_a_job_that_is_cancelled_leaves_its_worker(make_batch, make_jobs):
    jobs = make_jobs(1, **ENDLESS)
    batch = make_batch(jobs)
    batch.acts["progress"] = lambda event: batch.supervisor.cancel(event.job)
    batch.run()
    assert batch.states() == ["cancelled"]
    assert not folders_in(STATE)


def test_a_job_that_is_paused_gives_its_worker_to_another(make_batch, make_jobs):
    jobs = make_jobs(1, **ENDLESS)
    batch = make_batch(jobs)

    def proceed(event):
        batch.acts["started"] = lambda _: batch.supervisor.stop()
        batch.supervisor.proceed(event.job)

    batch.acts["progress"] = lambda event: batch.supervisor.pause(event.job)
    batch.acts["stopped"] = proceed
    batch.run()
    assert batch.states() == ["waiting"]
    assert batch.kinds(jobs[0]).count("started") == 2


def test_a_preview_comes_when_it_is_asked_for(make_batch, make_jobs):
    batch = make_batch(make_jobs(1, **ENDLESS))
    batch.acts["progress"] = lambda event: batch.supervisor.preview(event.job)
    batch.acts["preview"] = lambda _: batch.supervisor.stop()
    batch.run()
    (preview,) = (event for event in batch.events if event.kind == "preview")
    assert preview.figures["jpeg"].startswith("/9j/")


def test_a_job_that_fails_says_why_with_the_paths_of_this_machine(make_batch, make_jobs):
    jobs = make_jobs(2)
    damaged = Path("damaged.png")
    damaged.write_bytes(Path("photo.png").read_bytes()[:60])
    batch = make_batch([jobs[0], damaged_job(jobs[1], damaged)]).run()
    assert batch.states() == ["done", "failed"]
    error = next(batch.store.list(states=[State.FAILED])).error
    assert "content damaged.png" in error
    assert "ortstyle-" not in error


def damaged_job(job, path):
    return replace(job, inputs=(InputFile.of("content", path), *job.inputs[1:]))


def test_workers_may_read_and_write_the_files_themselves(make_batch, make_jobs):
    jobs = make_jobs(2)
    batch = make_batch(jobs, is_shared=True).run()
    assert batch.states() == ["done"] * 2
    for job in jobs:
        assert job.output.read_bytes() == painted_here(job)
    assert not folders_in(STATE)


def test_resources_decide_who_paints(make_batch, make_jobs):
    assert make_batch(make_jobs(2), resources={"GPU": 1}).run().states() == ["done"] * 2


def test_resources_that_no_worker_has_are_told_at_once(make_batch, make_jobs):
    batch = make_batch(make_jobs(1), resources={"FPGA": 2})
    began = time.monotonic()
    with pytest.raises(ClusterError, match=r"no worker .* offers --resources FPGA=2; start one"):
        batch.run()
    assert time.monotonic() - began < 30
    assert batch.states() == ["waiting"]


@contextmanager
def small_cluster(workers=1):
    """Start a scheduler and workers in this process."""
    with distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        dashboard_address=":0",
        silence_logs=50,
    ) as found:
        yield found


def test_a_cluster_without_workers_is_not_waited_for_for_ever(make_batch, make_jobs):
    with small_cluster(0) as empty:
        batch = make_batch(make_jobs(1), address=empty.scheduler_address, patience=0.5)
        with pytest.raises(ClusterError, match=r"no worker has come .* dask worker"):
            batch.run()
    assert batch.states() == ["waiting"]
    assert [event.kind for event in batch.events] == ["notice"]


def test_a_scheduler_that_is_lost_leaves_the_jobs_waiting(make_batch, make_jobs):
    with small_cluster() as lost:
        jobs = often(make_jobs(2, **ENDLESS))
        batch = make_batch(jobs, address=lost.scheduler_address, patience=1)
        batch.acts["checkpoint"] = lambda _: lost.close()
        with pytest.raises(ClusterError, match=r"is lost; what is done is kept"):
            batch.run()
    assert batch.states() == ["waiting"] * 2
    assert len(names(STATE / "checkpoints")) == 1


def test_a_scheduler_that_is_not_there_is_told_in_one_line(make_batch, make_jobs, monkeypatch):
    monkeypatch.setattr("ortstyle.jobs.cluster._CONNECT_SECONDS", 1.0)
    batch = make_batch(make_jobs(1), address="tcp://127.0.0.1:1")
    with pytest.raises(ClusterError, match=r"scheduler tcp://127.0.0.1:1 does not answer"):
        batch.run()
    assert batch.states() == ["waiting"]
