"""Films painted as jobs: told frame by frame, stopped, gone on with, and done once."""

from fractions import Fraction
from pathlib import Path

import films
import numpy as np
import pytest
from commands import names, needs_runtime
from film_jobs import CHECKPOINT, film_job
from painted_films import duration_of, frames_of, paint_plainly, place

from ortstyle.jobs import film_painting
from ortstyle.jobs.control import Control
from ortstyle.jobs.done import find_done, hash_of
from ortstyle.jobs.film_frames import frames_of as folder_of
from ortstyle.jobs.run_job import Outcome, run_job
from ortstyle.run.lock import CheckpointLock
from ortstyle.runtime.cache import Cache
from ortstyle.settings.film import FilmSettings
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.media.encoding import FilmEncoding

pytestmark = needs_runtime
__all__ = ["place"]
LOSSLESS = FilmEncoding(codec="ffv1")


@pytest.fixture
def painted(place, monkeypatch):
    """Paint plainly, and tell every step of progress; return the frames that were painted."""
    monkeypatch.setattr(film_painting, "_PROGRESS_SECONDS", 0)
    return paint_plainly(monkeypatch)


def run(job, control=None, *, when=None, **others):
    """Run a job; return the outcome and its events. `when` is called with each event."""
    events = []

    def tell(event):
        events.append(event)
        if when:
            when(event)

    outcome = run_job(job, checkpoint=CHECKPOINT, tell=tell, control=control or Control(), **others)
    assert all(event.job == job.key for event in events)
    return outcome, events


def of_kind(events, kind):
    return [event.figures for event in events if event.kind == kind]


def stop_after(control, frames, phase="painting"):
    def when(event):
        figures = event.figures
        if event.kind == "progress" and (figures["phase"], figures["frames"]) == (phase, frames):
            control.stop()

    return when


def test_a_film_is_painted_once(painted, place):
    job = film_job("new/out.mp4")
    outcome, events = run(job)
    assert outcome is Outcome.DONE
    (started,), (done,) = of_kind(events, "started"), of_kind(events, "done")
    assert (started["frames"], started["done"], started["device"]) == (6, 0, "cpu")
    assert "clip.mp4" in started["text"]
    assert (done["width"], done["height"], done["frames"]) == (64, 48, 6)
    assert done["sha256"] == hash_of(job.output)
    assert done["evaluations"] == started["evaluations"]
    progress = of_kind(events, "progress")
    assert [(each["phase"], each["frames"]) for each in progress] == [
        (phase, k) for phase in ("reading", "painting", "writing") for k in range(1, 7)
    ]
    evaluations = [each["evaluations"] for each in progress]
    assert evaluations == sorted(evaluations)
    assert evaluations[-1] == progress[-1]["of"] == started["evaluations"]
    assert all(each["seconds_left"] is not None for each in progress if each["phase"] != "reading")
    assert duration_of("new/out.mp4", "audio") == pytest.approx(0.24, abs=0.03)
    assert names(CHECKPOINT.parent) == []
    assert names(Path("new")) == ["out.mp4"]
    painted.clear()
    outcome, events = run(job)
    assert (outcome, painted) == (Outcome.SKIPPED, [])
    assert events[0].figures["skipped"]
    assert (events[0].figures["width"], events[0].figures["device"]) == (64, "cpu")
    assert not find_done(film_job("new/out.mp4", settings=FilmSettings(every=2)))


@pytest.mark.parametrize("at", [("reading", 3), ("painting", 1), ("painting", 5), ("writing", 2)])
def test_a_film_that_is_stopped_goes_on_to_the_same_bytes(painted, at):
    run(film_job("whole.mkv", encoding=LOSSLESS))
    whole = frames_of("whole.mkv")
    painted.clear()
    job, control = film_job(encoding=LOSSLESS), Control()
    outcome, events = run(job, control, when=stop_after(control, at[1], at[0]))
    assert outcome is Outcome.STOPPED
    assert [event.kind for event in events[-2:]] == ["checkpoint", "stopped"]
    assert not job.output.exists()
    assert names(CHECKPOINT.parent) == ["a.checkpoint", "a.checkpoint.frames"]
    kept = events[-2].figures["evaluations"]
    outcome, events = run(job)
    assert outcome is Outcome.DONE
    assert of_kind(events, "started")[0]["done"] == kept > 0
    assert painted == [(index, 1) for index in range(6)]
    found = frames_of(job.output)
    assert found[0] == whole[0]
    assert np.array_equal(found[1], whole[1])
    assert names(CHECKPOINT.parent) == []


def test_seconds_are_those_of_all_attempts(painted, monkeypatch):
    job, control = film_job(), Control()
    run(job, control, when=stop_after(control, 3))
    monkeypatch.setattr(film_painting, "read_film_seconds", lambda *_: 1000.0)
    (done,) = of_kind(run(job)[1], "done")
    assert 1000 < done["seconds"] < 2000


def test_a_pause_ends_with_going_on(painted):
    control = Control()

    def when(event):
        if event.kind == "progress" and event.figures["frames"] == 2:
            control.pause()
        elif event.kind == "paused":
            control.preview(64)
            control.proceed()

    outcome, events = run(film_job(), control, when=when)
    kinds = [event.kind for event in events]
    assert outcome is Outcome.DONE
    assert kinds.count("paused") == kinds.count("continued") == 3  # once a phase
    assert kinds.count("preview") == 3


def test_a_paused_film_may_be_stopped(painted):
    control = Control()

    def when(event):
        if event.kind == "progress":
            control.pause()
        elif event.kind == "paused":
            control.stop()

    assert run(film_job(), control, when=when)[0] is Outcome.STOPPED


def test_a_film_that_is_stopped_before_it_begins_leaves_nothing(painted):
    control = Control()
    control.stop()
    outcome, events = run(film_job(), control)
    assert (outcome, [event.kind for event in events]) == (Outcome.STOPPED, ["stopped"])
    assert names(CHECKPOINT.parent) == []


def test_a_film_whose_record_is_damaged_begins_anew(painted):
    job, control = film_job(), Control()
    run(job, control, when=stop_after(control, 3))
    (folder_of(CHECKPOINT) / "film.json").write_bytes(b"{")
    painted.clear()
    outcome, events = run(job)
    assert outcome is Outcome.DONE
    assert "the film begins anew" in of_kind(events, "notice")[0]["text"]
    assert len(painted) == 6


def test_a_frame_that_is_damaged_is_made_anew(painted):
    job, control = film_job(encoding=LOSSLESS), Control()
    run(job, control, when=stop_after(control, 5))
    frame = folder_of(CHECKPOINT) / "painted/1/0000002.png"
    data = bytearray(frame.read_bytes())
    data[len(data) // 2] ^= 0xFF
    frame.write_bytes(data)
    painted.clear()
    outcome, events = run(job)
    assert outcome is Outcome.DONE
    assert (2, 1) in painted
    assert any("it is made anew" in each["text"] for each in of_kind(events, "notice"))


def test_frames_of_another_job_are_not_gone_on_with(painted):
    control = Control()
    run(film_job(), control, when=stop_after(control, 3))
    painted.clear()
    assert run(film_job(changes={"seed": 9}))[0] is Outcome.DONE
    assert len(painted) == 6


def test_frames_that_another_process_uses_stay(painted):
    job, control = film_job(), Control()
    run(job, control, when=stop_after(control, 3))
    with FilmFolder.open(folder_of(CHECKPOINT)) as folder:
        outcome, events = run(job)
        assert outcome is Outcome.FAILED
        assert "in use" in events[-1].figures["error"]
        assert folder.is_painted(0)


def test_a_clip_that_has_changed_is_said(painted, place):
    job = film_job()
    films.write_film(place / "clip.mp4", frames=3)
    outcome, events = run(job)
    assert outcome is Outcome.FAILED
    assert "content clip.mp4 has changed since the job was made" in events[-1].figures["error"]


def test_a_clip_that_is_no_film_fails_in_one_line(painted, place):
    (place / "clip.mp4").write_bytes(b"no film")
    outcome, events = run(film_job())
    assert outcome is Outcome.FAILED
    assert events[-1].figures["error"].startswith("film clip.mp4 is a text file")


def test_a_part_of_the_clip_is_painted(painted):
    job = film_job(begin=Fraction(1, 25), end=Fraction(4, 25), encoding=LOSSLESS)
    assert of_kind(run(job)[1], "done")[0]["frames"] == 3
    assert len(frames_of("out.mkv")[0]) == 3


def test_evaluations_are_stopped_and_shown_between(place):
    """Also within a frame, which may take minutes; its evaluations are those of the network."""
    job, control, cache = film_job(changes={"iterations": 6, "scales": 1}), Control(), Cache()
    control.preview(64)

    def when(event):
        if event.kind == "preview":
            control.stop()

    outcome, _ = run(job, control, when=when, cache=cache)
    assert outcome is Outcome.STOPPED
    with FilmFolder.open(folder_of(CHECKPOINT)) as folder:
        assert folder.source_count == 6
        assert not folder.is_painted(0)
    assert cache.bytes  # it is the worker's, and stays
    cache.clear()


def test_a_film_is_locked_while_it_is_painted(painted):
    locked = []

    def when(event):
        if event.kind == "progress":
            with pytest.raises(Exception, match="in use"):
                CheckpointLock(CHECKPOINT)
            locked.append(event)

    run(film_job(), when=when)
    assert locked
