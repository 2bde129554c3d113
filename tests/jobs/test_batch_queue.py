"""Which jobs of a batch are done, have failed before, or are to be painted."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ortstyle.jobs.batch_queue import BatchQueue, KnownJob, known_jobs
from ortstyle.jobs.done import hash_of
from ortstyle.jobs.job import make_job
from ortstyle.jobs.planned_job import PlannedJob, Wanted
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import State, Store
from ortstyle.run.lock import CheckpointLock
from ortstyle.settings.settings import Settings


@pytest.fixture
def planned(folder):
    """Return planned jobs with outputs `x/0.bmp` to `x/3.bmp`, and one that can't be made."""
    found = []
    for number in range(4):
        output = folder / "out" / "x" / f"{number}.bmp"
        wanted = Wanted(content=Path("photo.png"), styles=(Path("painting.png"),))
        job = make_job(folder / "photo.png", [folder / "painting.png"], output, settings=Settings())
        found.append(PlannedJob(wanted=wanted, output=output, size=(48, 36), job=job))
    return [*found, replace(found[0], job=None, output=None, error="it is wrong")]


def sort(planned, folder, known=None, *, retry_failed=False):
    return BatchQueue.sort(
        planned, folder=folder / "out", known=known or {}, retry_failed=retry_failed
    )


def known(state, **others):
    values = {"sha256": None, "error": None, "is_owned": False}
    return KnownJob(state, **values | others)


def test_jobs_that_are_not_done_are_to_be_painted(planned, folder):
    queue = sort(planned, folder)
    assert list(queue.todo) == [0, 1, 2, 3]
    assert list(queue.results) == [4]
    assert (queue.results[4].state, queue.results[4].error) == ("failed", "it is wrong")
    assert [queue.name_of(number) for number in (3, 4)] == ["x/3.bmp", ""]


def test_a_job_whose_output_is_the_file_that_it_wrote_is_done(planned, folder):
    (folder / "out" / "x").mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(planned[0].output)
    (folder / "out" / "x" / "1.bmp").write_bytes(b"another")
    sha256 = hash_of(planned[0].output)
    states = {one.job.key: known(State.DONE, sha256=sha256) for one in planned[:3]}
    queue = sort(planned, folder, states)
    assert list(queue.todo) == [1, 2, 3]
    assert queue.results[0].state == "skipped"


def test_a_job_that_failed_before_is_painted_again_if_asked_for(planned, folder):
    states = {planned[0].job.key: known(State.FAILED, error="it was damaged")}
    queue = sort(planned, folder, states)
    assert (queue.results[0].state, queue.results[0].error) == ("failed", "it was damaged")
    assert 0 in sort(planned, folder, states, retry_failed=True).todo


def test_jobs_enter_the_store_and_wait_there_whatever_they_were(planned, folder):
    keys = [one.job.key for one in planned[:4]]
    with Store(folder / "jobs.sqlite") as store:
        store.add(one.job for one in planned[:4])
        store.finish(keys[0], seconds=1.0, work=1.0, sha256="0" * 64, device="cpu")
        store.fail(keys[1], "it was damaged")
        store.pause(keys[2])
        states = known_jobs(store)
        assert [states[key].state for key in keys] == ["done", "failed", "paused", "waiting"]
        queue = sort(planned, folder, states, retry_failed=True)
        queue.enter(store, states, retry_failed=True)
        rows = list(store.list())
        assert {row.state for row in rows} == {State.WAITING}
        assert len({row.work for row in rows}) == 1
        assert rows[0].work > 0


def test_folders_of_outputs_are_made(planned, folder):
    queue = sort(planned, folder)
    queue.make_folders()
    assert (folder / "out" / "x").is_dir()
    assert len(queue.todo) == 4


def test_a_folder_that_can_not_be_made_fails_its_jobs(planned, folder):
    (folder / "out").mkdir()
    (folder / "out" / "x").touch()
    queue = sort(planned, folder)
    queue.make_folders()
    assert queue.todo == {}
    assert "x can't be made (" in queue.results[3].error
    assert queue.results[3].error.endswith("choose another place with -o")


def test_checkpoints_of_the_same_outputs_with_other_settings_are_removed(planned, folder):
    state = StateFolder(folder / "state")
    old = [replace(one.job, settings=Settings(size=64)) for one in planned[:2]]
    elsewhere = replace(old[0], output=folder / "other.bmp")
    kept = [planned[2].job.key, elsewhere.key, "f" * 16]
    with Store(folder / "state" / "jobs.sqlite") as store:
        store.add([*old, elsewhere, *(one.job for one in planned[:4])])
        state.checkpoint_of("x").parent.mkdir()
        for key in (old[0].key, old[1].key, *kept):
            state.checkpoint_of(key).touch()
        with CheckpointLock(state.checkpoint_of(old[1].key)):  # a process paints it
            sort(planned, folder).discard_superseded(store, state)
        found = {path.stem for path in state.checkpoint_of("x").parent.glob("*.checkpoint")}
    assert found == {old[1].key, *kept}


def test_temporary_files_of_killed_processes_are_removed(planned, folder):
    abandoned = folder / "out" / "x" / ".ortstyle-0123456789abcdef.png"
    abandoned.parent.mkdir(parents=True)
    abandoned.touch()
    queue = sort(planned, folder)
    queue.make_folders()
    assert abandoned.exists()  # it may be that of a process
    os.utime(abandoned, (0, 0))
    queue.make_folders()
    assert not abandoned.exists()
