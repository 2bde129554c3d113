"""One picture on a Dask cluster of two worker processes, which are killed, lost and stopped."""

import os
import signal
import threading
import time
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from clustered import FakeConnection
from commands import needs_runtime
from images import random_image

from ortstyle import stylize
from ortstyle.errors import ClusterError
from ortstyle.jobs import cluster_tiles
from ortstyle.jobs.cluster_connection import ClusterConnection
from ortstyle.jobs.cluster_tiles import ClusterTiles, DaskCrew
from ortstyle.objective.tile_executor import LocalExecutor
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.runtime.threads import LIMIT

distributed = pytest.importorskip("distributed")
pytestmark = needs_runtime

EVALUATIONS = 4


@pytest.fixture(scope="module")
def cluster():
    """Return a cluster with two worker processes of one thread each."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        silence_logs=50,
    ) as found:
        yield found


@pytest.fixture(autouse=True)
def two_workers(cluster):
    """Begin each test with two workers, whatever became of them in the test before."""
    cluster.scale(2)
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """Let this process use as many threads as the workers."""
    monkeypatch.setenv(LIMIT, "1")


class Here:
    """Has the tiles of two workers computed in this process."""

    parts, memory, device = 2, None, "cpu"

    def executor(self, graphs):
        return LocalExecutor(graphs, SessionFactory(find_device("cpu"), graphs.settings))


@pytest.fixture
def paint(tiny_settings):
    """Return a function that paints on workers, and calls `then` after each evaluation."""

    def run(workers, *, then=lambda _: None, **changes):
        content, style = random_image(64, 48, seed=1), random_image(40, 56, seed=2)
        settings = tiny_settings(size=64, iterations=EVALUATIONS, **changes)
        with closing(stylize(content, style, settings, device="cpu", workers=workers)) as painting:
            for iterate in painting:
                then(iterate.evaluations)
        assert iterate.evaluations == EVALUATIONS
        return np.asarray(iterate.image)

    return run


def kill(cluster, worker):
    """Kill the process of a worker; its nanny starts another."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        (pid,) = client.run(os.getpid, workers=[worker]).values()
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def test_the_picture_is_that_of_one_process(cluster, paint):
    with ClusterTiles(cluster.scheduler_address) as workers:
        assert (workers.parts, workers.device) == (2, "cpu")
        assert workers.memory
        found = paint(workers)
        assert workers.traffic.sent > 0 < workers.traffic.received
    np.testing.assert_array_equal(found, paint(Here()))


def test_several_scales_and_a_device_by_name(cluster, paint):
    with ClusterTiles(cluster.scheduler_address, device="cpu") as workers:
        found = paint(workers, scales=2)
    np.testing.assert_array_equal(found, paint(Here(), scales=2))


@pytest.mark.parametrize("at", [0, 9])
def test_a_worker_killed_on_the_way_changes_nothing(cluster, paint, monkeypatch, at):
    """It is killed with a tile that it has just been sent."""
    sent, send = [], DaskCrew.send

    def send_and_kill(self, number, request, *, worker):
        send(self, number, request, worker=worker)
        sent.append(worker)
        if len(sent) == at + 1:
            kill(cluster, worker)

    monkeypatch.setattr(DaskCrew, "send", send_and_kill)
    with ClusterTiles(cluster.scheduler_address) as workers:
        found = paint(workers)
    assert len(sent) > at + 1
    np.testing.assert_array_equal(found, paint(Here()))


def test_workers_come_and_go(cluster, paint):
    counts = {1: 1, 2: 2, 3: 1}

    def then(evaluations):
        if evaluations in counts:
            cluster.scale(counts[evaluations])

    with ClusterTiles(cluster.scheduler_address) as workers:
        found = paint(workers, then=then)
    np.testing.assert_array_equal(found, paint(Here()))


def test_one_worker_paints_the_tiles_of_two(cluster, paint):
    cluster.scale(1)
    with ClusterTiles(cluster.scheduler_address, parts=2) as workers:
        np.testing.assert_array_equal(paint(workers), paint(Here()))


class Leaving(FakeConnection):
    """A connection whose worker "tcp://b:1" has left when it is asked, though the roster had it."""

    def submit(self, _function, data, *, key, workers):
        if workers == ["tcp://b:1"]:
            raise TimeoutError("No valid workers found")
        return super().submit(_function, data, key=key, workers=workers)


def test_a_worker_that_has_left_is_left_out():
    answer = {"device": "cpu", "memory": 5}
    with Leaving(lambda _: answer) as connection:
        found = DaskCrew(connection).ask(["tcp://a:1", "tcp://b:1"], "auto")
    assert found == {"tcp://a:1": ("cpu", 5)}


@pytest.mark.parametrize("slots", [{"tcp://b:1": 1}, {"tcp://a:1": 1, "tcp://b:1": 1}])
def test_a_worker_that_is_there_and_does_not_answer_is_named(slots):
    with (
        Leaving(lambda _: {"device": "cpu", "memory": 5}, slots=slots) as connection,
        pytest.raises(ClusterError, match="worker tcp://b:1 does not say what it has"),
    ):
        DaskCrew(connection).ask(list(slots), "auto")


def test_workers_forget_a_picture_that_is_done(cluster, paint):
    def pictures():
        from ortstyle.jobs import tile_worker

        return list(tile_worker._pictures)

    with ClusterTiles(cluster.scheduler_address) as workers:
        paint(workers)
        with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
            assert list(client.run(pictures).values()) == [[], []]


def test_no_worker_at_all_is_told_at_once(cluster):
    cluster.scale(0)
    deadline = time.monotonic() + 60
    while cluster.scheduler.workers:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with pytest.raises(ClusterError, match=r"has no workers; start one with: dask worker tcp:"):
        ClusterTiles(cluster.scheduler_address)


def test_a_device_that_workers_lack_is_told(cluster):
    with pytest.raises(ClusterError, match=r"^worker tcp://[^ ]*: device directml"):
        ClusterTiles(cluster.scheduler_address, device="directml")


def test_workers_with_different_devices_are_told(cluster, monkeypatch):
    found = [("cuda", None), ("cpu", 10**9)]
    monkeypatch.setattr(DaskCrew, "ask", lambda _, names, __: dict(zip(names, found, strict=True)))
    with pytest.raises(ClusterError, match=r"different devices \(cpu on .*, cuda on .*--device"):
        ClusterTiles(cluster.scheduler_address)


def test_workers_with_different_versions_are_told(cluster, monkeypatch):
    roster = ClusterConnection.roster

    def two_versions(self):
        return replace(roster(self), versions=frozenset({"1.30.0", "1.32.0"}))

    monkeypatch.setattr(ClusterConnection, "roster", two_versions)
    with pytest.raises(ClusterError, match=r"ONNX Runtime \(1.30.0, 1.32.0\)"):
        ClusterTiles(cluster.scheduler_address)


def test_a_scheduler_that_is_lost_is_told_in_one_line(paint):
    with (
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            dashboard_address=":0",
            silence_logs=50,
        ) as lost,
        ClusterTiles(lost.scheduler_address, timeout=1) as workers,
        pytest.raises(ClusterError, match=r"^scheduler tcp://[^ ]* is lost; [^\n]*$"),
    ):
        paint(workers, then=lambda evaluations: evaluations > 1 or lost.close())


def test_what_a_worker_says_of_itself_is_checked(cluster, monkeypatch):
    monkeypatch.setattr(cluster_tiles, "describe_worker", len)  # the length of the device's name
    with pytest.raises(ClusterError, match="does not say what it has"):
        ClusterTiles(cluster.scheduler_address)


def test_no_thread_is_left(cluster, paint):
    before = set(threading.enumerate())
    with ClusterTiles(cluster.scheduler_address) as workers:
        paint(workers)
    left = set(threading.enumerate()) - before
    assert not [thread.name for thread in left if not thread.daemon]
