"""Calls that need a worker end soon after it has gone, whatever Dask tries."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from ortstyle.jobs import cluster_calls
from ortstyle.jobs.cluster_calls import fetch, hand_over

WORKER = "tcp://a:1"


class FakeClient:
    """A client of a cluster whose calls take some seconds, and whose worker goes after some."""

    def __init__(self, *, seconds, gone_after=1e9):
        self.seconds, self.gone_at = seconds, time.monotonic() + gone_after
        self.cancelled = False
        self.scheduler = SimpleNamespace(identity=self.identity)

    async def identity(self, *, n_workers):
        assert n_workers == -1
        return {"workers": {} if time.monotonic() > self.gone_at else {WORKER: {}}}

    async def _answer(self, answer):
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return answer

    def scatter(self, data, *, workers, hash, timeout, asynchronous):  # noqa: A002
        assert (workers, hash, asynchronous) == ([WORKER], False, True)
        assert timeout <= 1
        return self._answer([f"held {each}" for each in data])

    def gather(self, future, *, asynchronous):
        assert asynchronous
        return self._answer(f"result of {future}")


CALLS = {
    "hand over": (lambda client: hand_over(client, "data", WORKER), "held data"),
    "fetch": (lambda client: fetch(client, "future", WORKER), "result of future"),
}


@pytest.fixture(params=CALLS)
def call(request, monkeypatch):
    monkeypatch.setattr(cluster_calls, "_LOOK_SECONDS", 0.05)
    return CALLS[request.param]


@pytest.mark.parametrize("seconds", [0, 0.3])
def test_a_worker_that_is_there_is_waited_for(call, seconds):
    client = FakeClient(seconds=seconds)
    assert asyncio.run(call[0](client)) == call[1]


def test_a_worker_that_has_gone_is_not_waited_for(call):
    client = FakeClient(seconds=60, gone_after=0.2)
    with pytest.raises(TimeoutError, match="worker tcp://a:1 has gone"):
        asyncio.run(call[0](client))
    assert client.cancelled


def test_an_error_of_the_call_is_raised(call):
    client = FakeClient(seconds=0)

    async def fail(*_, **__):
        raise OSError("lost")

    client.scatter = client.gather = fail
    with pytest.raises(OSError, match="lost"):
        asyncio.run(call[0](client))


def test_a_scheduler_that_does_not_answer_ends_the_call(call, monkeypatch):
    monkeypatch.setattr(cluster_calls, "_SCHEDULER_SECONDS", 0.1)
    client = FakeClient(seconds=60)
    client.scheduler.identity = lambda **_: asyncio.sleep(60)
    with pytest.raises(TimeoutError):
        asyncio.run(call[0](client))
