"""A job painted by `run_job`: done once, stopped, failed, and never painted twice at once."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import embedded_run, names, needs_runtime
from fakes import before_each_evaluation

from ortstyle.errors import JobBusy
from ortstyle.jobs import preparation
from ortstyle.jobs.control import Control
from ortstyle.jobs.done import hash_of
from ortstyle.jobs.run_job import Outcome, run_job
from ortstyle.run.checkpoint import read_header
from ortstyle.run.lock import CheckpointLock
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.session import Session

CHECKPOINT = Path("state/checkpoints/a.checkpoint")
pytestmark = needs_runtime


def run(job, control=None, **others):
    """Run a job; return the outcome and its events."""
    events = []
    outcome = run_job(
        job, checkpoint=CHECKPOINT, tell=events.append, control=control or Control(), **others
    )
    assert all(event.job == job.key for event in events)
    return outcome, events


def kinds(events):
    return [event.kind for event in events]


@contextmanager
def counting():
    """Count the evaluations of runs."""
    numbers = []
    with before_each_evaluation(numbers.append):
        yield numbers


def asking(control, when):
    """Ask something of a job before evaluations of some numbers."""
    return before_each_evaluation(lambda number: when.get(number, lambda _: None)(control))


def test_a_job_is_painted_once(make_tiny_job):
    job = make_tiny_job("new/folder/out.png")
    outcome, events = run(job)
    assert outcome is Outcome.DONE
    assert kinds(events) == ["started", "progress", "progress", "done"]
    started, first, last, done = (event.figures for event in events)
    assert started["evaluations"] == last["of"] == done["evaluations"] == 5
    assert (started["done"], started["device"]) == (0, "cpu")
    assert (first["evaluations"], last["evaluations"], last["scale"]) == (1, 5, [0, 1])
    assert (done["width"], done["height"]) == (last["width"], last["height"]) == (24, 18)
    assert done["sha256"] == hash_of(job.output)
    assert 0 < last["seconds"] < done["seconds"]
    assert embedded_run(job.output)["job"] == job.wanted
    assert names(Path("state/checkpoints")) == []
    assert names(job.output.parent) == ["out.png"]
    with counting() as numbers:
        outcome, events = run(job)
    assert numbers == []
    assert outcome is Outcome.SKIPPED
    assert kinds(events) == ["done"]
    assert events[0].figures["skipped"]
    assert events[0].figures["sha256"] == done["sha256"]


@pytest.mark.parametrize("cache", [None, Cache()], ids=["without a cache", "with a cache"])
def test_a_job_that_is_stopped_goes_on_and_ends_in_the_same_bytes(make_tiny_job, cache):
    whole = make_tiny_job("whole.png", scales=2, iterations=(4, 5))
    assert run(whole)[0] is Outcome.DONE
    for number in (1, 3, 4, 5, 8):
        job, control = make_tiny_job(f"{number}.png", scales=2, iterations=(4, 5)), Control()
        with asking(control, {number: Control.stop}):
            outcome, events = run(job, control, cache=cache)
        assert outcome is Outcome.STOPPED
        assert kinds(events)[-2:] == ["checkpoint", "stopped"]
        assert events[-1].figures == {"evaluations": number}
        assert read_header(CHECKPOINT)["job"] == job.key
        assert not job.output.exists()
        with counting() as numbers:
            outcome, events = run(job, cache=cache)
        assert outcome is Outcome.DONE
        assert events[0].figures["done"] == number
        assert len(numbers) == 9 - number
        assert picture_of(job) == picture_of(whole)
        assert names(CHECKPOINT.parent) == []
    if cache is not None:
        assert cache.bytes
        cache.clear()


def picture_of(job):
    """Return the bytes of a job's output, whose settings are the same for all."""
    return job.output.read_bytes()


def test_a_job_that_is_stopped_at_its_end_is_done(make_tiny_job):
    job, control = make_tiny_job(), Control()
    with asking(control, {5: Control.stop}):
        assert run(job, control)[0] is Outcome.DONE


def test_a_job_that_is_stopped_before_its_beginning_paints_nothing(make_tiny_job):
    control = Control()
    control.stop()
    with counting() as numbers:
        outcome, events = run(make_tiny_job(), control)
    assert (outcome, kinds(events), numbers) == (Outcome.STOPPED, ["stopped"], [])


def test_a_time_limit_stops_after_one_evaluation_at_least(make_tiny_job):
    job = make_tiny_job()
    for made in (1, 2, 3, 4):
        outcome, events = run(job, time_limit=0.0)
        assert (outcome, events[-1].figures) == (Outcome.STOPPED, {"evaluations": made})
    assert run(job, time_limit=0.0)[0] is Outcome.DONE


def test_a_busy_job_is_not_painted_a_second_time(make_tiny_job):
    job = make_tiny_job()
    CHECKPOINT.parent.mkdir(parents=True)
    with CheckpointLock(CHECKPOINT), pytest.raises(JobBusy, match=r"out.png is being painted"):
        run(job)
    assert run(job)[0] is Outcome.DONE


def test_a_checkpoint_is_written_when_it_is_due_or_asked_for(make_tiny_job):
    often = make_tiny_job("often.png", job={"checkpoint_minutes": 0.0})
    saved = [each.figures for each in run(often)[1] if each.kind == "checkpoint"]
    # Not after the last evaluation.
    assert saved == [{"evaluations": evaluations} for evaluations in (1, 2, 3, 4)]
    asked, control = make_tiny_job("asked.png"), Control()
    with asking(control, {2: Control.save}):
        assert kinds(run(asked, control)[1]).count("checkpoint") == 1


def test_a_pause_writes_a_checkpoint_and_waits(make_tiny_job):
    job, control, events = make_tiny_job(), Control(), []

    def tell(event):
        events.append(event)
        if event.kind == "paused":
            assert CHECKPOINT.exists()
            control.preview()
        elif event.kind == "preview":
            control.proceed()

    with asking(control, {2: Control.pause}):
        outcome = run_job(job, checkpoint=CHECKPOINT, tell=tell, control=control)
    assert outcome is Outcome.DONE
    told = [kind for kind in kinds(events) if kind != "progress"]
    assert told == ["started", "checkpoint", "paused", "preview", "continued", "done"]


def test_a_job_that_is_paused_can_be_stopped(make_tiny_job):
    job, control, events = make_tiny_job(), Control(), []

    def tell(event):
        events.append(event)
        if event.kind == "paused":
            control.stop()

    with asking(control, {2: Control.pause}):
        outcome = run_job(job, checkpoint=CHECKPOINT, tell=tell, control=control)
    assert outcome is Outcome.STOPPED
    assert kinds(events)[-1] == "stopped"
    assert "continued" not in kinds(events)
    assert run(job)[0] is Outcome.DONE


def failure_of(job, **others):
    """Run a job that must fail; return the one line that says why."""
    outcome, events = run(job, **others)
    assert outcome is Outcome.FAILED
    assert kinds(events)[-1] == "failed"
    error = events[-1].figures["error"]
    assert error
    assert len(error.splitlines()) == 1
    return error


def test_an_input_that_has_changed_is_told(make_tiny_job):
    job = make_tiny_job()
    shutil.copy("painting.png", "photo.png")
    assert "content photo.png has changed since the job was made" in failure_of(job)
    Path("photo.png").unlink()
    assert "content photo.png is no file" in failure_of(job)


def test_a_job_overwrites_none_of_its_inputs(make_tiny_job):
    before = Path("painting.png").read_bytes()
    job = make_tiny_job("painting.png")
    assert "output painting.png would overwrite style painting.png" in failure_of(job)
    assert Path("painting.png").read_bytes() == before


def test_a_photograph_that_is_damaged_is_told(folder, make_tiny_job):
    Path("photo.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert "photo.png" in failure_of(make_tiny_job())
    assert not Path("out.png").exists()


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError(), "memory does not suffice"),
        (ZeroDivisionError("two\nlines"), "unexpected ZeroDivisionError: two lines"),
    ],
)
def test_errors_of_programs_become_one_line(make_tiny_job, monkeypatch, error, line):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(preparation, "stylize", fail)
    assert line in failure_of(make_tiny_job())


def test_a_folder_for_the_checkpoint_that_cannot_be_made_is_told(make_tiny_job):
    Path("state").write_bytes(b"")
    assert "can't be made" in failure_of(make_tiny_job())


def test_leftovers_of_a_job_that_is_done_are_removed(make_tiny_job):
    job = make_tiny_job()
    run(job)
    before = names(Path())
    CHECKPOINT.write_bytes(b"")
    Path(f".ortstyle-{job.key}.png").write_bytes(b"")
    assert run(job)[0] is Outcome.SKIPPED
    assert names(Path()) == before
    assert names(CHECKPOINT.parent) == []


def test_jobs_that_share_a_cache_leave_the_same_bytes(make_tiny_job, monkeypatch):
    alone = make_tiny_job("alone.png")
    run(alone)
    with Cache() as cache:
        run(make_tiny_job("first.png"), cache=cache)

        def refuse(*_, **__):
            raise AssertionError("this is cached")

        monkeypatch.setattr(Session, "__init__", refuse)
        outcome, _ = run(make_tiny_job("second.png"), cache=cache)
    assert outcome is Outcome.DONE
    written = {hash_of(Path(name)) for name in ("alone.png", "first.png", "second.png")}
    assert len(written) == 1


def test_what_the_cache_holds_counts_against_a_jobs_memory(make_tiny_job, monkeypatch):
    budgets = []
    real = preparation.budget_of
    monkeypatch.setattr(
        preparation,
        "budget_of",
        lambda *args, cached: budgets.append(cached) or real(*args, cached=cached),
    )
    with Cache() as cache:
        run(make_tiny_job("first.png"), cache=cache)
        held = cache.bytes
        run(make_tiny_job("second.png"), cache=cache)
    assert budgets == [0, held]
    assert held
