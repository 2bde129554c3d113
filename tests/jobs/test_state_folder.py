"""The folder of the store: who is alive there, and what is removed in the end."""

import os
import subprocess
import sys

import pytest
from commands import names
from queued import make_jobs

from ortstyle.errors import CheckpointError, JobError
from ortstyle.jobs import state_folder
from ortstyle.jobs.film_frames import frames_of
from ortstyle.jobs.state_folder import Owner, StateFolder
from ortstyle.jobs.store import State, Store
from ortstyle.run.checkpoint_files import temporary_path
from ortstyle.run.lock import CheckpointLock

KEY = "0123456789abcdef"
FIGURES = {"seconds": 1.0, "work": 1.0, "sha256": None, "device": "cpu"}


@pytest.fixture
def folder(tmp_path):
    return StateFolder(tmp_path / ".ortstyle")


@pytest.fixture
def store(folder, tmp_path):
    with Store(folder.path / "jobs.sqlite") as store:
        store.add(make_jobs(tmp_path, 3))
        yield store


def write(folder, *keys):
    for key in keys:
        path = folder.checkpoint_of(key)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"a checkpoint")


def test_the_jobs_of_owners_that_are_alive_stay_theirs(folder, store):
    with Owner(folder, store) as owner:
        key = store.claim(owner.name, device="cpu").key
        with Store(store.path) as other:
            folder.free_abandoned(other)
        assert store.get(key).owner == owner.name
    assert store.get(key).state is State.WAITING


def test_the_jobs_of_an_owner_that_was_killed_wait_again(folder, store):
    code = (
        "import sys, time; from pathlib import Path; from ortstyle.jobs.store import Store\n"
        "from ortstyle.jobs.state_folder import Owner, StateFolder\n"
        "path = Path(sys.argv[1]); store = Store(path / 'jobs.sqlite')\n"
        "owner = Owner(StateFolder(path), store)\n"
        "print(store.claim(owner.name, device='cpu').key, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        key = process.stdout.readline().strip()
        folder.free_abandoned(store)
        assert store.get(key).state is State.RUNNING
        process.kill()
        process.wait()
        assert names(folder.path / "supervisors")
        folder.free_abandoned(store)
    assert store.get(key).state is State.WAITING
    assert names(folder.path / "supervisors") == []


def test_the_jobs_of_an_owner_without_a_lock_wait_again(folder, store):
    key = store.claim(KEY, device="cpu").key
    folder.free_abandoned(store)
    assert store.get(key).owner is None


def test_only_the_store_stays_when_all_is_done(folder, store):
    write(folder, *(row.key for row in store.list()), KEY)
    folder.checkpoint_of(KEY).unlink()
    (folder.path / "checkpoints" / f"{KEY}.checkpoint.lock").touch()
    temporary_path(folder.checkpoint_of(KEY)).touch()
    (folder.path / "checkpoints" / f".ortstyle-{KEY}.checkpoint").touch()  # from a cluster
    for row in store.list():
        store.finish(row.key, **FIGURES)
    with Owner(folder, store):
        folder.tidy(store)
        assert len(names(folder.path / "checkpoints")) == 6  # somebody is alive
    assert "checkpoints" not in names(folder.path)
    assert "supervisors" not in names(folder.path)


def test_the_checkpoints_of_jobs_that_are_not_over_stay(folder, store):
    first, second, third = (row.key for row in store.list())
    write(folder, first, second, third, KEY)
    store.finish(first, **FIGURES)
    store.fail(second, "why")
    folder.tidy(store)
    kept = sorted(f"{key}.checkpoint" for key in (second, third, KEY))
    assert names(folder.path / "checkpoints") == kept


def test_what_a_process_still_writes_stays(folder, store):
    write(folder, KEY)
    temporary = temporary_path(folder.checkpoint_of(KEY))
    temporary.touch()
    with CheckpointLock(folder.checkpoint_of(KEY)):
        folder.discard(KEY)
        folder.tidy(store)
        assert temporary.exists()
        assert folder.checkpoint_of(KEY).exists()
    folder.discard(KEY)
    assert not folder.checkpoint_of(KEY).exists()
    folder.discard(KEY)


def test_a_file_system_without_locks_is_told(folder, store, monkeypatch):
    def refuse(path):
        raise CheckpointError("no locks") from OSError("no locks available")

    monkeypatch.setattr(state_folder, "CheckpointLock", refuse)
    with pytest.raises(JobError, match=r"several processes \(no locks available\); choose another"):
        Owner(folder, store)


def test_a_file_in_the_place_of_a_folder_is_told(folder, store):
    (folder.path / "supervisors").touch()
    with pytest.raises(JobError, match="can't be used by several processes"):
        Owner(folder, store)


def test_an_owner_ends_also_where_the_store_can_not_be_written(folder, store):
    owner = Owner(folder, store)
    store.close()
    owner.close()
    assert names(folder.path / "supervisors") == []
    assert os.path.isdir(folder.path)  # noqa: PTH112


def test_the_frames_of_a_film_go_with_its_checkpoint(folder, store):
    first, second, *_ = (row.key for row in store.list())
    write(folder, first, second)
    for key in (first, second):
        (frames_of(folder.checkpoint_of(key)) / "sources").mkdir(parents=True)
    store.finish(first, **FIGURES)
    folder.tidy(store)
    assert names(folder.path / "checkpoints") == [
        f"{second}.checkpoint",
        f"{second}.checkpoint.frames",
    ]
    folder.discard(second)
    assert names(folder.path / "checkpoints") == []
