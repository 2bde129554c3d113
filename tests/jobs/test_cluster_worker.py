"""The worker as a task sees it, with a stand-in for Dask's."""

import os
from types import SimpleNamespace

import pytest

from ortstyle.jobs import cluster_worker
from ortstyle.jobs.cluster_worker import ClusterWorker
from ortstyle.runtime import threads
from ortstyle.runtime.threads import LIMIT

GIGABYTE = 10**9


@pytest.fixture
def dask(monkeypatch):
    """Return what stands in for the worker of Dask's."""
    sent = []
    found = SimpleNamespace(
        address="tcp://a:1",
        local_directory="scratch",
        sent=sent,
        log_event=lambda topic, message: sent.append((topic, message)),
        get_current_task=lambda: "task",
        memory_manager=SimpleNamespace(memory_limit=4 * GIGABYTE),
        state=SimpleNamespace(nthreads=2, tasks={"task": SimpleNamespace(state="executing")}),
    )
    module = SimpleNamespace(get_worker=lambda: found)
    monkeypatch.setattr(cluster_worker, "import_module", lambda _: module)
    return found


@pytest.fixture
def free(monkeypatch):
    """Set how many bytes the processor has free."""
    found = [100 * GIGABYTE]
    monkeypatch.setattr(cluster_worker, "budget_of", lambda *_: found[0])
    return found


def test_a_task_takes_its_share_of_the_memory_limit(dask, free):
    assert ClusterWorker().memory_for("cpu") == 1.5 * GIGABYTE
    free[0] = GIGABYTE
    assert ClusterWorker().memory_for("cpu") == GIGABYTE


def test_a_limit_of_main_memory_is_none_for_other_devices(dask, free, monkeypatch):
    monkeypatch.setattr(cluster_worker, "_processor", lambda _: None)
    assert ClusterWorker().memory_for("cuda") is None
    dask.memory_manager.memory_limit = None
    assert ClusterWorker().memory_for("cpu") is None


def test_the_processor_is_found_by_its_names(dask):
    assert cluster_worker._processor("cpu").is_processor
    assert cluster_worker._processor("nonsense") is None


def test_a_task_knows_whether_it_is_waited_for(dask):
    worker = ClusterWorker()
    assert worker.is_waited_for
    dask.state.tasks["task"].state = "cancelled"
    assert not worker.is_waited_for
    dask.state.tasks.clear()
    assert not worker.is_waited_for


def test_messages_are_sent(dask):
    ClusterWorker().send("topic", "text")
    assert dask.sent == [("topic", "text")]
    assert str(ClusterWorker().folder) == "scratch"


@pytest.mark.parametrize(
    ("wanted", "given", "share", "expected"),
    [
        (3, "2", 4, "3"),
        (0, "2", 4, "2"),
        (0, "", 4, "4"),
        (0, "", 0, None),
        (0, "many", 4, "4"),
    ],
)
def test_threads_are_those_of_the_job_of_the_environment_or_a_share(
    dask, monkeypatch, wanted, given, share, expected
):
    for name in (LIMIT, *threads._OF_NUMPY):
        monkeypatch.setenv(name, "0")  # so that it is restored
        monkeypatch.delenv(name)
    monkeypatch.setattr(cluster_worker, "_LIMIT_GIVEN", given)
    ClusterWorker().limit_threads(wanted, {"tcp://a:1": share, "tcp://b:1": 9})
    assert os.environ.get(LIMIT) == expected
