"""The lock of a checkpoint: one run at a time."""

import os
import subprocess
import sys

import pytest
from commands import names

from ortstyle.errors import CheckpointError, CheckpointInUseError
from ortstyle.run import lock
from ortstyle.run.lock import CheckpointLock


def test_a_checkpoint_has_one_holder_at_a_time(tmp_path):
    path = tmp_path / "a.checkpoint"
    with (
        CheckpointLock(path),
        pytest.raises(CheckpointInUseError, match="in use by another run; wait"),
    ):
        CheckpointLock(path)
    with CheckpointLock(path):
        pass
    assert names(tmp_path) == []


def test_a_killed_process_holds_no_lock(tmp_path):
    path = tmp_path / "a.checkpoint"
    code = (
        "import sys, time, pathlib; from ortstyle.run.lock import CheckpointLock; "
        "lock = CheckpointLock(pathlib.Path(sys.argv[1])); "
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().strip() == b"held"
        with pytest.raises(CheckpointError, match="in use"):
            CheckpointLock(path)
        process.kill()
    CheckpointLock(path).release()


@pytest.mark.skipif(os.name == "nt", reason="only some may make links on Windows")
def test_a_link_at_the_lock_s_place_makes_no_file_elsewhere(tmp_path):
    inside, elsewhere = tmp_path / "a.ck", tmp_path / "elsewhere"
    (tmp_path / "a.ck.lock").symlink_to(elsewhere)
    with pytest.raises(CheckpointError, match=r"a\.ck can't be written \(a\.ck\.lock is a link\)"):
        CheckpointLock(inside)
    elsewhere.write_text("a letter")
    with pytest.raises(CheckpointError, match="is a link"):
        CheckpointLock(inside)
    assert names(tmp_path) == ["a.ck.lock", "elsewhere"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_at_the_lock_s_place_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.ck.lock")
    with pytest.raises(CheckpointError, match=r"\(a\.ck\.lock is a pipe\)"):
        CheckpointLock(tmp_path / "a.ck")


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="the system follows every link")
def test_a_link_that_appears_just_before_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "special_kind", lambda path: path.symlink_to(tmp_path / "elsewhere"))
    with pytest.raises(CheckpointError, match="can't be written"):
        CheckpointLock(tmp_path / "a.ck")
    assert names(tmp_path) == ["a.ck.lock"]
