"""Events of a batch: shown, printed and remembered."""

import json
from io import StringIO
from pathlib import Path

import pytest
from queued import make_jobs
from rich.console import Console

from ortstyle.cli.batch_progress import BatchProgress
from ortstyle.jobs.batch_queue import BatchQueue
from ortstyle.jobs.events import Event
from ortstyle.jobs.planned_job import PlannedJob, Wanted
from ortstyle.report.batch_display import BatchDisplay


@pytest.fixture
def queue(tmp_path):
    """Return a queue of four jobs of which one is done, and of one that has failed."""
    wanted = Wanted(content=Path("a.jpg"), styles=(Path("s.jpg"),))
    jobs = make_jobs(tmp_path, 4)
    planned = [PlannedJob(wanted=wanted, output=job.output, job=job) for job in jobs]
    queue = BatchQueue([*planned, PlannedJob(wanted=wanted)], tmp_path)
    queue.results[0] = queue.result(0, "skipped")
    queue.results[4] = queue.result(4, "failed", error="/home/x is wrong")
    queue.todo.update({number: jobs[number] for number in (1, 2, 3)})
    return queue


@pytest.fixture
def progress(queue):
    console, lines = Console(file=StringIO(), width=200), []
    found = BatchProgress(
        queue,
        BatchDisplay(console, 3),
        estimate=lambda _: (0.5, 60.0),
        print_line=lines.append,
        shorten=lambda text: text.replace("/home/", ""),
    )
    found.lines = lines
    found.text = console.file.getvalue
    return found


def test_what_was_done_or_failed_before_is_told(progress):
    progress.tell_results()
    done, failed = map(json.loads, progress.lines)
    assert (done["kind"], done["figures"]["output"]) == ("done", "0.png")
    assert done["figures"]["skipped"] is True
    assert failed["figures"] == {"error": "/home/x is wrong", "output": "", "content": "a.jpg"}
    assert progress.text() == "failed: x is wrong\n"


def test_a_job_that_is_painted(progress, queue):
    key = queue.todo[1].key
    progress.take(Event("started", key, {"device": "cpu", "text": "…"}))
    progress.take(Event("progress", key, {"evaluations": 5, "of": 20, "seconds_left": 3.0}))
    progress.take(Event("paused", key))
    progress.take(Event("notice", key, {"text": "a notice"}))
    progress.take(Event("done", key, {"seconds": 4.5}))
    assert queue.results[1].state == "done"
    assert queue.results[1].seconds == 4.5
    assert progress.text().splitlines() == [
        "started 1.png (cpu)",
        "1.png: a notice",
        "done 1.png",
    ]
    events = [json.loads(line) for line in progress.lines]
    assert [event["kind"] for event in events] == [
        *("started", "progress", "paused", "notice", "done"),
    ]
    assert events[0]["figures"]["output"] == events[-1]["figures"]["output"] == "1.png"


def test_figures_that_can_not_be_are_not_shown(progress, queue):
    key = queue.todo[1].key
    progress.take(Event("started", key, {"device": "cpu"}))
    for strange in (float("nan"), float("inf"), -1, "x", None, True):
        figures = dict.fromkeys(("evaluations", "of", "seconds_left", "seconds"), strange)
        progress.take(Event("progress", key, figures))
    progress.take(Event("done", key, {"seconds": float("inf")}))
    assert queue.results[1].seconds is None


def test_the_same_error_or_notice_is_said_once(progress, queue):
    for number in (1, 2):
        key = queue.todo[number].key
        progress.take(Event("notice", key, {"text": "a notice"}))
        progress.take(Event("failed", key, {"error": "content /home/a is damaged"}))
    assert progress.text().splitlines() == [
        "1.png: a notice",
        "failed 1.png: content a is damaged",
    ]
    assert [queue.results[number].error for number in (1, 2)] == ["content a is damaged"] * 2


def test_a_job_that_was_stopped_has_no_result(progress, queue):
    progress.take(Event("stopped", queue.todo[1].key, {"evaluations": 3}))
    assert 1 not in queue.results
    assert progress.text() == "stopped 1.png\n"


def test_a_job_that_another_process_has_done_is_skipped(progress, queue):
    progress.take(Event("done", queue.todo[2].key, {"skipped": True, "seconds": 0.0}))
    assert (queue.results[2].state, queue.results[2].seconds) == ("skipped", None)


def test_strange_events_do_no_harm(progress):
    progress.take(Event("notice", "", {"text": "of no job"}))
    progress.take(Event("done", "ffff", {}))
    progress.take(Event("progress", "", {"evaluations": "many"}))
    assert progress.text() == "of no job\n"


def test_nothing_is_printed_unless_asked_for(queue):
    console = Console(file=StringIO(), width=200)
    found = BatchProgress(queue, BatchDisplay(console, 3), estimate=lambda _: (None, None))
    found.take(Event("done", queue.todo[1].key, {"seconds": 4}))
    assert queue.results[1].seconds == 4.0
