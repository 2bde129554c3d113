"""The first line of a batch."""

import re
from pathlib import Path

import pytest

from ortstyle.cli.batch_summary import summarise
from ortstyle.jobs.batch_plan import BatchPlanner
from ortstyle.jobs.batch_queue import BatchQueue
from ortstyle.jobs.planned_job import Wanted


@pytest.fixture
def queue(folder):
    wanted = [Wanted(content=Path("photo.png"), styles=(Path("painting.png"),))] * 3
    planner = BatchPlanner(folder=folder / "out", values={"size": 64, "iterations": 2})
    return BatchQueue.sort(
        planner.plan(wanted), folder=folder / "out", known={}, retry_failed=False
    )


def test_how_many_how_long_and_how_much_memory(queue):
    line = summarise(queue, 125.0, devices=["cpu"])
    assert re.fullmatch(r"3 jobs: 3 to paint; about 0:02:05 left; up to \d+ MB of memory", line)


def test_several_workers_and_a_time_that_is_not_known(queue):
    del queue.todo[0], queue.todo[1]
    queue.results[0] = queue.result(0, "skipped")
    queue.results[1] = queue.result(1, "failed", error="it is damaged")
    line = summarise(queue, None, devices=["cpu", "cpu"])
    assert line.startswith(
        "3 jobs: 1 to paint, 1 done before, 1 failed; how long is known once some are painted; "
    )
    assert line.endswith("MB of memory for each worker")


def test_files_that_are_replaced(folder):
    wanted = [Wanted(content=Path("photo.png"), styles=(Path("painting.png"),))] * 2
    planned = BatchPlanner(folder=folder / "out").plan(wanted)
    planned[1].output.parent.mkdir()
    planned[1].output.touch()
    queue = BatchQueue.sort(planned, folder=folder / "out", known={}, retry_failed=False)
    line = summarise(queue, None, devices=["cpu"])
    assert line.startswith("2 jobs: 2 to paint (1 replaces a file); how long")


def test_nothing_to_paint(queue):
    queue.todo.clear()
    queue.results[0] = queue.result(0, "skipped")
    assert summarise(queue, 0.0, devices=["cpu"]) == "3 jobs: 1 done before"


def test_memory_that_is_not_known_is_not_told(queue):
    Path("photo.png").unlink()
    assert summarise(queue, 1.0, devices=["cpu"]) == "3 jobs: 3 to paint; about 0:00:01 left"
