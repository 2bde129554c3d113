"""A connection to a scheduler: what can be wrong with it, and who works there."""

import threading
import time
from importlib import import_module

import pytest
from commands import needs_runtime

from ortstyle import __version__
from ortstyle.jobs import cluster_calls
from ortstyle.jobs.cluster_connection import ClusterConnection


@pytest.fixture(scope="module")
def cluster():
    """Return a cluster of two workers in this process, one of two threads."""
    distributed = pytest.importorskip("distributed")
    workers = {
        name: {
            "cls": distributed.Worker,
            "options": {"nthreads": threads, "resources": {"GPU": threads}},
        }
        for name, threads in (("one", 1), ("two", 2))
    }
    scheduler = {"cls": distributed.Scheduler, "options": {"dashboard_address": ":0"}}
    with distributed.SpecCluster(workers=workers, scheduler=scheduler, silence_logs=50) as found:
        yield found


@pytest.fixture
def connection(cluster):
    with ClusterConnection(cluster.scheduler_address, resources={"GPU": 1}) as found:
        yield found


@needs_runtime
def test_workers_say_what_they_have(connection, cluster):
    roster = connection.roster()
    assert sorted(roster.slots.values()) == [1, 2]
    assert roster.suitable == roster.slots.keys() == roster.shares.keys()
    assert not roster.refused
    assert len(roster.versions) == 1
    assert all(share >= 1 for share in roster.shares.values())
    for resources, slots in [({"GPU": 2}, [0, 1]), ({"FPGA": 1}, [0, 0]), ({"GPU": 0.5}, [1, 2])]:
        with ClusterConnection(cluster.scheduler_address, resources=resources) as other:
            assert sorted(other.roster().slots.values()) == slots


@needs_runtime
def test_a_folder_that_workers_do_not_see_is_a_reason_against_them(cluster, tmp_path):
    with ClusterConnection(cluster.scheduler_address, folder=str(tmp_path / "no")) as found:
        roster = found.roster()
    assert not roster.slots
    assert all("it does not see the folder" in why for why in roster.refused.values())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ModuleNotFoundError("No module named 'onnxruntime'"), "onnxruntime is missing there"),
        (Exception(repr(ImportError("No module named 'ortstyle'"))), "ortstyle is missing there"),
        (TimeoutError(), "it does not answer"),
        (RuntimeError("broken\nin lines"), "broken in lines"),
        (None, "does not say what it has"),
        ({"ortstyle": __version__}, "does not say what it has"),
        ({"ortstyle": "0", "onnxruntime": "1", "cores": "1"}, "it has ortstyle 0, and this"),
        ({"ortstyle": __version__, "onnxruntime": "1", "cores": "x"}, "how many cores"),
    ],
)
def test_what_a_worker_answers_may_be_a_reason_against_it(connection, answer, reason):
    found = connection._read(answer)
    assert isinstance(found, str)
    assert reason in found


def test_tasks_messages_and_questions(connection):
    got, come = [], threading.Event()
    connection.subscribe("topic", lambda message: (got.append(message), come.set()))
    workers = list(connection._workers())
    future = connection.submit(say, {"n": 1}, key="ortstyle-a", workers=workers)
    assert connection.result(future, worker=workers[0]) == ({"n": 1}, workers[0])
    assert connection._client.direct_to_workers
    assert come.wait(10)
    assert got == ["hello"]
    assert connection.ask(names_of, "x") == {"x"}
    assert connection.ask(fail) == set()


def say(data):
    worker = import_module("distributed").get_worker()
    worker.log_event("topic", "hello")
    return data, worker.address


def names_of(name):
    return [name, 1]


def fail():
    raise RuntimeError("no")


def test_a_connection_ends(cluster):
    connection = ClusterConnection(cluster.scheduler_address)
    assert connection.is_alive
    connection.close()
    connection.close()
    assert connection.is_closed
    assert not connection.is_alive
    assert connection.roster().slots == {}
    until = time.monotonic() + 5
    while any("ortstyle" in name for name in _clients(cluster)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any("ortstyle" in name for name in _clients(cluster))


def _clients(cluster):
    return [str(name) for name in cluster.scheduler.clients]


@needs_runtime
def test_a_worker_that_does_not_answer_is_not_used(connection, monkeypatch):
    monkeypatch.setattr(cluster_calls, "_FACTS_SECONDS", 0.0)
    roster = connection.roster()
    assert not roster.slots
    assert set(roster.refused.values()) == {"it does not answer"}
