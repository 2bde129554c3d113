"""Threads: the cores that affinity and control groups leave."""

import os
from pathlib import Path

import pytest

from ortstyle.runtime import threads
from ortstyle.runtime.threads import LIMIT, limit_threads, thread_count


@pytest.fixture
def eight_cores(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(threads, "_control_group_quota", lambda total: total)
    monkeypatch.setattr(os, "environ", {})


def test_all_cores_are_onnx_runtimes_own_choice(eight_cores):
    assert thread_count() == 0


def test_threads_respect_the_affinity(eight_cores, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5, 6})
    assert thread_count() == 3


def test_a_system_without_affinity_may_use_all_cores(eight_cores, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    assert thread_count() == 0


def test_threads_respect_the_control_group(eight_cores, monkeypatch):
    monkeypatch.setattr(threads, "_control_group_quota", lambda _: 2)
    assert thread_count() == 2
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {4})
    assert thread_count() == 1


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("max 100000\n", 8),
        ("200000 100000\n", 2),
        ("250000 100000\n", 2),
        ("10000 100000\n", 1),
        ("50000 50000", 1),
        ("", 8),
        ("200000", 8),
        (FileNotFoundError(2, "No such file"), 8),
        (PermissionError(13, "Permission denied"), 8),
    ],
)
def test_the_control_groups_quota_is_read(monkeypatch, text, cores):
    asked = []

    def read(path, *_, **__):
        asked.append(path)
        if isinstance(text, OSError):
            raise text
        return text

    monkeypatch.setattr(Path, "read_text", read)
    assert threads._control_group_quota(8) == cores
    assert asked == [Path("/sys/fs/cgroup/cpu.max")]


def test_a_limit_is_taken_and_handed_to_numpy(eight_cores):
    limit_threads(3)
    assert thread_count() == 3
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
    limit_threads(8)
    assert thread_count() == 8


@pytest.mark.parametrize("text", ["", "0", "-1", "many", "²", "1.5"])
def test_a_limit_that_is_no_number_of_threads_is_none(eight_cores, text):
    os.environ[LIMIT] = text
    assert thread_count() == 0
