"""A job that is killed at any step of its work with files ends in the same bytes, nothing left."""

import json
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from commands import ENVIRONMENT, names, needs_runtime

from ortstyle.jobs.control import Control
from ortstyle.jobs.run_job import Outcome, run_job

CHECKPOINT = Path("state/a.checkpoint")
pytestmark = needs_runtime

#: Runs the job of a file, and ends the process at the n-th step of its work with files.
PROGRAM = """
import json, os, sys
from pathlib import Path
from ortstyle.jobs.control import Control
from ortstyle.jobs.job import Job
from ortstyle.jobs.run_job import run_job

left = int(sys.argv[1])

def count(real):
    def step(*arguments, **others):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*arguments, **others)
    return step

os.fsync, Path.replace, Path.unlink = map(count, (os.fsync, Path.replace, Path.unlink))
job = Job.from_dict(json.loads(Path("job.json").read_text("utf-8")))
run_job(job, checkpoint=Path("state/a.checkpoint"), tell=lambda _: None, control=Control())
"""


def kill_at(step, job):
    """Run a job, and kill it at a step; return whether it has come so far."""
    Path("job.json").write_text(json.dumps(job.to_dict()), "utf-8")
    command = [sys.executable, "-c", PROGRAM, str(step)]
    found = subprocess.run(command, env=ENVIRONMENT, check=False)
    assert found.returncode in (0, 9)
    return found.returncode == 9


def run(job):
    return run_job(job, checkpoint=CHECKPOINT, tell=lambda _: None, control=Control())


def check(step, make_tiny_job):
    """Kill a job at a step, and run it again; return whether it has come so far."""
    job = make_tiny_job(f"{step}.png", job={"checkpoint_minutes": 0.0}, iterations=3)
    before = {*names(Path()), job.output.name, "job.json", "state"}
    killed = kill_at(step, job)
    assert run(job) in (Outcome.DONE, Outcome.SKIPPED)
    assert {*names(Path())} == before
    assert names(Path("state")) == []
    assert job.output.read_bytes() == Path("whole.png").read_bytes()
    return killed


@pytest.fixture(autouse=True)
def whole(make_tiny_job):
    """Write whole.png, the result of a job that was not disturbed."""
    assert run(make_tiny_job("whole.png", iterations=3)) is Outcome.DONE


@pytest.mark.parametrize("step", [2, 9])
def test_a_job_that_is_killed_leaves_nothing(make_tiny_job, step):
    assert check(step, make_tiny_job)


@pytest.mark.slow
def test_a_job_that_is_killed_at_each_step_leaves_nothing(make_tiny_job):
    steps = next(step for step in count() if not check(step, make_tiny_job))
    assert steps > 12
