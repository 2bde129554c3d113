"""The plans of a run, predicted without running it."""

from dataclasses import replace

import pytest

from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.run.prediction import budget_of
from ortstyle.runtime.device_lookup import find_device


def test_the_budget_is_what_is_free_on_the_processor_alone():
    pytest.importorskip("onnxruntime")
    assert budget_of(5, find_device("cpu")) == 5
    assert budget_of(None, replace(find_device("cpu"), provider="Other")) is None
    free = budget_of(None, find_device("cpu"))
    assert free > BASE_BYTES
