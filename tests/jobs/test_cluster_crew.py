"""Who gets the next job, and when waiting for workers ends."""

import pytest
from clustered import FakeConnection

from ortstyle.errors import ClusterError
from ortstyle.jobs import cluster_crew
from ortstyle.jobs.cluster_connection import Roster
from ortstyle.jobs.cluster_crew import Crew


class Watch:
    """A crew, what it told, and a clock."""

    def __init__(self, monkeypatch, **roster):
        self.connection, self.lines, self.now = FakeConnection(**roster), [], 0.0
        self.crew = Crew(self.connection, notify=self.lines.append, patience=60)
        monkeypatch.setattr(cluster_crew.time, "monotonic", lambda: self.now)

    def after(self, seconds, *, is_alive=True, **roster):
        self.now += seconds
        self.connection.now, self.connection.is_alive = Roster(**roster), is_alive
        return self.crew.update()


@pytest.fixture
def watch(monkeypatch):
    return Watch(monkeypatch)


GOOD = {"slots": {"a": 2, "b": 1}, "suitable": frozenset("ab")}


def test_the_worker_with_the_most_free_slots_gets_the_next_job(watch):
    watch.after(1, **GOOD)
    choose = watch.crew.choose
    assert [choose({}), choose({"a": 1}), choose({"a": 2})] == ["a", "a", "b"]
    assert choose({"a": 2, "b": 1}) is None
    assert choose({"gone": 3}) is None


def test_workers_are_looked_at_now_and_then(watch):
    assert watch.after(1, **GOOD)
    assert not watch.after(0.1, **GOOD)
    watch.crew.look_again()
    assert watch.after(0.1, **GOOD)
    assert watch.after(1, **GOOD)
    assert watch.lines == []


def test_workers_are_waited_for_but_not_for_ever(watch):
    watch.after(1)
    watch.after(59)
    with pytest.raises(ClusterError, match=r"no worker has come to scheduler .* in 60 seconds"):
        watch.after(1)
    assert len(watch.lines) == 1


def test_the_wait_begins_anew_once_a_worker_was_there(watch):
    watch.after(1)
    watch.after(50, **GOOD)
    watch.after(50)
    watch.after(50)
    with pytest.raises(ClusterError):
        watch.after(10)


def test_paused_workers_are_waited_for(watch):
    watch.after(1, slots={"a": 0}, suitable=frozenset("a"))
    assert len(watch.lines) == 1
    assert watch.crew.choose({}) is None


def test_a_lost_scheduler_is_waited_for_unless_it_is_lost_for_good(watch):
    watch.after(1, **GOOD)
    watch.after(1, is_alive=False)
    assert "is lost; waiting 60 seconds" in watch.lines[0]
    watch.connection.is_closed = True
    with pytest.raises(ClusterError, match="is lost; what is done is kept"):
        watch.after(1, is_alive=False)


def test_resources_that_no_worker_has_are_told_at_once(watch):
    watch.connection.resources = {"GPU": 1, "RAM": 2e9}
    with pytest.raises(ClusterError, match=r"offers --resources GPU=1 RAM=2e\+09"):
        watch.after(1, slots={"a": 0})


def test_workers_that_can_not_be_used_are_told_once(watch):
    for _ in range(2):
        watch.after(1, **GOOD, refused={"c": "it has no ortstyle"})
    assert watch.lines == ["worker c is not used: it has no ortstyle"]


def test_if_no_worker_can_be_used_the_first_reason_is_told(watch):
    with pytest.raises(ClusterError, match="no worker can be used; c: it has no ortstyle"):
        watch.after(1, refused={"c": "it has no ortstyle"})


def test_versions_that_differ_are_told(watch):
    watch.after(1, **GOOD, versions=frozenset({"1.30", "1.31"}))
    assert "ONNX Runtime 1.30 and 1.31; results may differ" in watch.lines[0]
