"""Encoders leave alone how the system schedules the threads of this process."""

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("av")
if sys.platform != "linux":
    pytest.skip("threads are scheduled by policies on Linux alone", allow_module_level=True)

import films
from written_films import frames_at, plain_clip

from ortstyle.video.media import scheduling
from ortstyle.video.media.encode import write_film
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.output_check import check
from ortstyle.video.media.scheduling import same_scheduling


def policies():
    """Return the policy of each thread of this process."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        with suppress(ProcessLookupError):  # it has just ended
            found[int(task.name)] = os.sched_getscheduler(int(task.name))
    return found


@pytest.fixture(autouse=True)
def the_usual_policy():
    """Begin and end in this thread with the usual policy, whatever a test that fails leaves."""
    usual = os.SCHED_OTHER, os.sched_param(0)
    os.sched_setscheduler(0, *usual)
    yield
    os.sched_setscheduler(0, *usual)


def test_what_is_done_in_the_context_is_taken_back():
    begun, ends, batch = threading.Barrier(3, timeout=60), threading.Event(), os.sched_param(0)

    def work(policy):
        os.sched_setscheduler(0, policy, batch)
        begun.wait()
        ends.wait(60)

    def started(policy):
        thread = threading.Thread(target=work, args=(policy,), daemon=True)
        thread.start()
        return thread

    before = started(os.SCHED_BATCH)
    while os.sched_getscheduler(before.native_id) != os.SCHED_BATCH:
        time.sleep(0.001)
    with same_scheduling():
        after = started(os.SCHED_BATCH)
        os.sched_setscheduler(before.native_id, os.SCHED_OTHER, batch)
        os.sched_setscheduler(0, os.SCHED_BATCH, batch)
        begun.wait()
    found = policies()
    ends.set()
    assert found[threading.get_native_id()] == os.SCHED_OTHER
    assert found[before.native_id] == os.SCHED_BATCH, "it was so before"
    assert found[after.native_id] == os.SCHED_OTHER
    before.join()
    after.join()


def test_a_system_that_does_not_tell_of_threads_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(scheduling, "_TASKS", tmp_path / "none")
    with same_scheduling():
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    assert os.sched_getscheduler(0) == os.SCHED_BATCH


@pytest.mark.parametrize(
    "name", ["av1.mp4", "av1.webm", "hevc.mp4", "h264.mp4", "vp9.webm", "prores.mov", "ffv1.mkv"]
)
def test_no_encoder_makes_threads_that_nothing_runs_beside(tmp_path, name):
    path = tmp_path / name
    clip, encoding = plain_clip(path.with_name("clip")), FilmEncoding(codec=Path(name).stem)
    before, seen = set(policies().values()), set()
    check(path, clip, encoding, films.SIZE)
    assert set(policies().values()) <= before

    def frames():
        for frame in frames_at(range(12)):
            yield frame
            seen.update(policies().values())

    write_film(path, frames(), clip, size=films.SIZE, encoding=encoding)
    assert seen
    assert seen | set(policies().values()) <= before
