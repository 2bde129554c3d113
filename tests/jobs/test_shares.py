"""The cores and the memory of the processor, shared out among the workers."""

import pytest

from ortstyle.errors import SettingsError
from ortstyle.jobs import shares as module
from ortstyle.jobs.shares import share_memory, share_threads
from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.run import prediction


def test_the_cores_are_shared_out(monkeypatch):
    monkeypatch.setattr(module, "thread_count", lambda: 8)
    assert share_threads(["cpu"]) == [0]
    assert share_threads(["cpu"], limit=3) == [3]
    assert share_threads(["cpu", "cpu"]) == [4, 4]
    assert share_threads(["cpu", "cpu", "cpu"]) == [3, 3, 2]
    assert share_threads(["cuda:0", "cuda:1"]) == [0, 0]
    assert share_threads(["cuda:0", "cpu", "cpu"], limit=6) == [0, 3, 3]
    assert share_threads(["cpu"] * 10) == [1] * 10
    assert share_threads(["auto"]) == [0]
    assert share_threads(["auto"], limit=3) == [3]


def test_a_device_that_does_not_exist_is_named():
    with pytest.raises(SettingsError, match="cdua"):
        share_threads(["cdua:0"])


def test_the_memory_is_shared_out_where_several_count_on_it(monkeypatch):
    monkeypatch.setattr(prediction, "budget_of", lambda *_: BASE_BYTES + 6_000)
    assert share_memory(["cpu"]) == [None]
    assert share_memory(["cuda:0", "cpu", "cuda:1"]) == [None] * 3
    assert share_memory(["cpu", "cuda", "cpu", "cpu"]) == [
        *(BASE_BYTES + 2_000, None),
        *(BASE_BYTES + 2_000, BASE_BYTES + 2_000),
    ]
    monkeypatch.setattr(prediction, "budget_of", lambda *_: 0)
    assert share_memory(["cpu", "cpu"]) == [BASE_BYTES] * 2
