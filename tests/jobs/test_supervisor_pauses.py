"""A supervisor that frees paused jobs' workers, and one that starts its workers early."""

import pytest
from supervised import Background, Queue, wait_until

from ortstyle.jobs import device_worker, supervisor as module
from ortstyle.jobs.store import State

LONG = {"steps": 2000, "pause": 0.01}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for place in (device_worker, module):
        monkeypatch.setattr(place, "_POLL", 0.05)


@pytest.fixture
def make(tmp_path):
    queues = []

    def make_queue(count, **plan):
        queues.append(Queue(tmp_path, count, **plan))
        return queues[-1]

    yield make_queue
    for queue in queues:
        queue.close()


def test_the_next_job_gets_the_worker_of_a_paused_one(make):
    queue = make(2, **{"0": LONG})
    with Background(queue, queue.supervisor(frees_paused=True)) as background:
        wait_until(lambda: queue.figures("progress"))
        background.supervisor.pause(queue.keys[0])
    assert queue.states() == ["paused", "done"]
    assert queue.kinds(0)[-2:] == ["checkpoint", "paused"]
    row = queue.row(0)
    assert (row.owner, row.attempts) == (None, 0)
    queue.plan()
    queue.store.proceed(queue.keys[0])
    assert queue.run() == ["done", "done"]
    begun = [event.figures["done"] for event in queue.events if event.kind == "started"]
    assert begun[-1] > 0


def test_a_pause_waits_for_the_checkpoint_however_long_that_takes(make):
    queue = make(1, steps=30, pause=0.05, deaf=True)
    supervisor = queue.supervisor(frees_paused=True, patience=0.1)
    with Background(queue, supervisor) as background:
        wait_until(lambda: queue.figures("progress"))
        background.supervisor.pause(queue.keys[0])
    assert queue.states() == ["done"]
    assert len(queue.runs("begun")) == 1


def test_a_stop_in_a_pause_does_not_wait_for_ever(make):
    queue = make(1, **LONG, deaf=True)
    supervisor = queue.supervisor(frees_paused=True, patience=0.1)
    with Background(queue, supervisor) as background:
        wait_until(lambda: queue.figures("progress"))
        background.supervisor.pause(queue.keys[0])
        wait_until(lambda: background.supervisor._workers[0]._asked == "stop")
        background.supervisor.stop()
    assert queue.states() == ["paused"]
    assert queue.row().owner is None


def test_workers_that_start_early_do_so_without_a_job(make):
    queue = make(0)
    supervisor = queue.supervisor(["cpu", "cpu"], starts_early=True)
    with Background(queue, supervisor, stays=True) as background:
        wait_until(lambda: len(queue.lines()) == 2)
        background.supervisor.stop()
    assert {line.split()[0] for line in queue.lines()} == {"alive"}


def test_a_worker_that_started_early_and_died_costs_no_attempt(make):
    queue = make(0)
    supervisor = queue.supervisor(starts_early=True)
    with Background(queue, supervisor, stays=True) as background:
        wait_until(lambda: background.supervisor._workers[0]._worker)
        worker = background.supervisor._workers[0]._worker
        worker.kill()
        wait_until(lambda: not worker.is_alive)
        queue = Queue(queue.folder, 1)
        wait_until(lambda: queue.states() == ["done"])
        background.supervisor.stop()
    assert queue.row().attempts == 1
    assert queue.row().state is State.DONE
    queue.close()
