"""Jobs sent out and entered into the store, with a cluster whose answers are made up."""

import threading
import time

import pytest
from clustered import FakeConnection
from queued import make_jobs

from ortstyle.errors import ClusterError
from ortstyle.jobs import cluster_dispatch, remote_painting
from ortstyle.jobs.cluster_crew import Crew
from ortstyle.jobs.cluster_dispatch import Dispatch
from ortstyle.jobs.events import Event
from ortstyle.jobs.remote_reply import Reply
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import Store

OWNER = "0" * 16
DONE = Reply(outcome="done", figures={"seconds": 2.0, "sha256": "f" * 64, "width": 8, "height": 6})
LOST = Reply(outcome="lost", figures={"error": "gone"})


class Painting:
    """Stands in for the painting of a job; `replies` are those to come, by the job's number."""

    def __init__(self, job, *, worker, tell, **_):
        assert (job.device, job.threads) == ("cpu", 3)
        self.job, self.worker, self.has_progressed = job, worker, False
        self._tell, self._ended = tell, threading.Event()

    def paint(self):
        found = self.replies[int(self.job.output.stem)].pop(0)
        self._tell(Event("checkpoint", self.job.key))
        if callable(found):
            found = found(self)
        if found is None:
            self._ended.wait(10)
            found = LOST
        return found

    def stop(self):
        pass

    def give_up(self):
        self._ended.set()

    def may_run_on(self, workers):
        return self.worker in workers


class Desk:
    """A store with jobs, and a dispatch."""

    def __init__(self, path, replies, monkeypatch, slots=None):
        self.store, self.events = Store(path / "state/jobs.sqlite"), []
        self.jobs = make_jobs(path, len(replies))
        self.store.add(self.jobs)
        self.connection = FakeConnection(
            slots=slots or {"a": 1}, suitable=frozenset(slots or {"a": 1})
        )
        self.crew = Crew(self.connection, notify=lambda _: None, patience=0.2)
        kind = type("Scripted", (Painting,), {"replies": dict(enumerate(map(list, replies)))})
        monkeypatch.setattr(cluster_dispatch, "RemotePainting", kind)
        self.acts, self.dispatch = {}, None

    def run(self, stops=lambda: 0):
        with Dispatch(
            self.store,
            owner=OWNER,
            folder=StateFolder(self.store.path.parent),
            cluster=self.connection,
            crew=self.crew,
            tell=self._take,
            device="cpu",
            threads=3,
        ) as self.dispatch:
            while self.dispatch.step(stops=stops()):
                pass
        return self.states()

    def _take(self, event):
        self.events.append(event)
        if act := self.acts.pop(event.kind, None):
            act(event)

    def states(self):
        return [row.state.value for row in self.store.list()]

    def kinds(self, number=0):
        return [event.kind for event in self.events if event.job == self.jobs[number].key]

    def texts(self):
        return [event.figures["text"] for event in self.events if event.kind == "notice"]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    desks = []

    def make(*replies, **others):
        desks.append(Desk(tmp_path, replies, monkeypatch, **others))
        return desks[-1]

    monkeypatch.setattr(cluster_dispatch, "_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(cluster_dispatch, "_BUSY_SECONDS", 0.05)
    monkeypatch.setattr("ortstyle.jobs.cluster_crew._REFRESH_SECONDS", 0.01)
    yield make
    for each in desks:
        each.store.close()
        each.connection.close()


def test_jobs_that_are_done_are_entered(desk):
    found = desk([DONE], [DONE])
    assert found.run() == ["done", "done"]
    assert found.kinds() == ["checkpoint", "done"]
    row = next(found.store.list())
    assert (row.seconds, row.sha256, row.device, row.owner) == (2.0, "f" * 64, "cluster", None)
    assert row.work > 0


def test_no_more_jobs_are_sent_out_than_there_are_slots(desk):
    at_once, most, changed = [0], [0], threading.Condition()

    def paint(_):
        with changed:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
            changed.notify_all()
            changed.wait_for(lambda: most[0] >= 3, 60)
        time.sleep(0.05)  # for one more, which is not to come
        with changed:
            at_once[0] -= 1
        return DONE

    found = desk(*([paint] for _ in range(8)), slots={"a": 2, "b": 1})
    assert found.run() == ["done"] * 8
    assert most[0] == 3


def test_a_failure_is_entered_in_one_line(desk):
    found = desk([Reply(outcome="failed", figures={"error": "no\nmemory", "kind": "X"})], [DONE])
    assert found.run() == ["failed", "done"]
    assert found.store.get(found.jobs[0].key).error == "no memory"
    (failed,) = (event for event in found.events if event.kind == "failed")
    assert failed.figures == {"error": "no memory", "kind": "X"}


def test_a_lost_worker_is_replaced(desk):
    found = desk([LOST, LOST, DONE])
    assert found.run() == ["done"]
    assert found.texts() == ["the worker was lost (gone); another one goes on"] * 2
    assert found.store.get(found.jobs[0].key).attempts == 1


def test_a_job_whose_workers_are_lost_again_and_again_fails(desk):
    found = desk([LOST, LOST, LOST], [DONE])
    assert found.run() == ["failed", "done"]
    assert "3 workers were lost at the same part" in found.store.get(found.jobs[0].key).error


def test_a_job_that_goes_on_between_losses_does_not_fail(desk):
    def progress(painting):
        painting.has_progressed = True
        return LOST

    assert desk([LOST, LOST, progress, LOST, DONE]).run() == ["done"]


def test_a_job_that_another_process_paints_is_tried_again(desk):
    busy = Reply(outcome="busy")
    found = desk([busy, busy, DONE])
    assert found.run() == ["done"]
    assert found.texts() == ["another process still paints this; it is tried again"]


def test_when_it_is_stopped_jobs_wait_again(desk):
    found, stops = desk([None], [DONE]), [0]
    found.acts["checkpoint"] = lambda _: stops.__setitem__(0, 1)
    assert found.run(stops=lambda: stops[0]) == ["waiting", "waiting"]
    assert found.kinds() == ["checkpoint", "stopped"]
    assert found.connection.asked[0][1:] == ([found.jobs[0].key], "stop")


def test_a_second_stop_does_not_wait(desk):
    found, stops = desk([None]), [0]
    found.acts["checkpoint"] = lambda _: stops.__setitem__(0, 2)
    assert found.run(stops=lambda: stops[0]) == ["waiting"]
    assert found.connection.asked == []


def test_a_job_that_is_cancelled_or_paused_leaves_its_worker(desk):
    for change in ("cancel", "pause"):
        found = desk([None])
        if change == "pause":
            found.store.add(found.jobs)  # which lets the cancelled one wait again
        found.acts["checkpoint"] = lambda event, f=found, c=change: getattr(f.store, c)(event.job)
        assert found.run() == ["cancelled" if change == "cancel" else "paused"]


def test_jobs_of_workers_that_are_gone_are_given_up(desk):
    found = desk([None, DONE])

    def exchange(_):
        found.connection.now = type(found.connection.now)(slots={"b": 1}, suitable=frozenset("b"))

    found.acts["checkpoint"] = exchange
    assert found.run() == ["done"]
    assert len(found.texts()) == 1


def test_a_lost_scheduler_leaves_the_jobs_waiting(desk):
    found = desk([None], [DONE])
    found.acts["checkpoint"] = lambda _: setattr(found.connection, "is_alive", False)
    with pytest.raises(ClusterError, match="is lost"):
        found.run()
    assert found.states() == ["waiting", "waiting"]
    assert found.kinds() == ["checkpoint", "stopped"]


def test_messages_of_workers_are_told_if_they_are_events_of_jobs_here(desk):
    found = desk([None])
    key = found.jobs[0].key
    good = Event("progress", key, {"evaluations": 1}).to_line()
    started = Event("started", key, {"done": 0}).to_line()
    notices = [Event("notice", key, {"text": text}).to_line() for text in "aba"]
    bad = [
        "text",
        7,
        None,
        "[" * 10**5,
        Event("progress", "0" * 16, {}).to_line(),
        Event("done", key, {}).to_line(),
        Event("progress", key, {"a": "x" * 10**4}).to_line(),
        Event("progress", key, {"a": {}}).to_line(),
    ]

    def send(_):
        for message in [*bad, started, started, *notices, good]:
            found.connection.handle(message)

    found.acts |= {"checkpoint": send, "progress": lambda _: found.store.cancel(key)}
    found.run()
    assert found.kinds() == ["checkpoint", "started", *["notice"] * 2, "progress", "stopped"]


def test_a_flood_of_messages_is_cut_off(desk):
    found = desk([DONE])
    found.run()
    for _ in range(20_000):
        found.connection.handle("x")
    assert found.dispatch._inbox.qsize() <= cluster_dispatch._MOST_MESSAGES


def test_a_row_of_another_version_fails(desk, monkeypatch):
    found = desk([DONE])
    monkeypatch.setattr("ortstyle.jobs.job._packaged_model_hash", lambda: "0" * 64)
    assert found.run() == ["failed"]
    assert "made by another version" in found.store.get(found.jobs[0].key).error


def test_something_can_be_asked_of_a_job(desk):
    found = desk([None])
    key = found.jobs[0].key

    def ask(_):
        found.dispatch.ask(key, "preview", 64)
        found.dispatch.ask("0" * 16, "preview")
        found.store.cancel(key)

    found.acts["checkpoint"] = ask
    found.run()
    assert found.connection.asked[0] == (found.dispatch._topic, [key], "preview", 64)
    assert len(found.connection.asked) == 2


def test_the_outcomes_of_a_painting_are_known():
    assert LOST.outcome == remote_painting.LOST
