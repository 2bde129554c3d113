"""The plans of a run, predicted without running it."""

from dataclasses import replace

import pytest

from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.run import prediction
from ortstyle.run.prediction import budget_of
from ortstyle.runtime.device_lookup import find_device


def test_the_budget_is_what_is_free_on_the_processor_alone():
    pytest.importorskip("onnxruntime")
    assert budget_of(5, find_device("cpu")) == 5
    assert budget_of(None, replace(find_device("cpu"), provider="Other")) is None
    free = budget_of(None, find_device("cpu"))
    assert free > BASE_BYTES


def test_what_a_cache_holds_is_free_for_a_run_but_does_not_add_to_a_limit(monkeypatch):
    cpu = find_device("cpu")
    monkeypatch.setattr(prediction, "free_memory", lambda: 10**9)
    assert budget_of(None, cpu, cached=10**8) - budget_of(None, cpu) == 9 * 10**7
    assert budget_of(5, cpu, cached=10**8) == 5
