"""The lock of a checkpoint: one run at a time."""

import subprocess
import sys

import pytest
from commands import names

from ortstyle.errors import CheckpointError
from ortstyle.run.lock import CheckpointLock


def test_a_checkpoint_has_one_holder_at_a_time(tmp_path):
    path = tmp_path / "a.checkpoint"
    with CheckpointLock(path), pytest.raises(CheckpointError, match="in use by another run; wait"):
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
