"""Supervisors and workers that are killed at random moments, and several supervisors at once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from commands import ENVIRONMENT
from supervised import HELD, Queue, wait_until

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
SUPERVISE = """
import json, sys
from pathlib import Path
from ortstyle.jobs import claims, supervisor
from ortstyle.jobs.store import Store
state, *command = sys.argv[1:]
claims._BUSY = 0.1
with Store(Path(state, "jobs.sqlite")) as store:
    supervisor.Supervisor(
        store, folder=Path(state), devices=["cpu", "cpu"], threads=[1, 1], command=command
    ).run(tell=lambda event: print(event.to_line(), flush=True))
"""


@pytest.fixture
def queue(tmp_path):
    queue = Queue(tmp_path, 12, steps=4, pause=0.02)
    yield queue
    queue.close()


def start(queue):
    """Start a supervisor in a process of its own; what it tells goes to a file."""
    command = [sys.executable, "-c", SUPERVISE, str(queue.state), *queue.command]
    with (queue.folder / "told").open("ab") as told:
        return subprocess.Popen(command, stdout=told, stderr=subprocess.PIPE, env=ENVIRONMENT)


def end(process):
    """Wait for a process; return what it wrote to standard error."""
    return process.communicate(timeout=120)[1].decode()


def living(queue):
    """Return the worker processes that were started last, the last one last."""
    return [int(line.split()[2]) for line in queue.lines() if line.startswith("alive ")]


def assert_all_is_done_once(queue):
    assert queue.states() == ["done"] * 12
    assert sorted(path.name for path in queue.folder.glob("*.png")) == sorted(
        job.output.name for job in queue.jobs
    )
    painted = Counter(queue.runs("painted"))
    assert set(painted.values()) <= {1}
    # One that was killed between writing its output and saying so has been skipped later.
    assert {job.output.stem for job in queue.jobs} - set(painted) <= set(queue.runs("skipped"))
    queue.close()
    assert [path.name for path in queue.state.iterdir()] == ["jobs.sqlite"]
    assert not list(queue.folder.glob(".ortstyle-*"))


def test_several_supervisors_share_the_jobs(queue):
    processes = [start(queue) for _ in range(3)]
    for process in processes:
        assert end(process) == ""
        assert process.returncode == 0
    assert_all_is_done_once(queue)
    assert sorted(queue.runs("begun")) == sorted(job.output.stem for job in queue.jobs)


def disturb(queue, rng):
    """Start a supervisor and kill it at a random moment, and often a worker before."""
    before = len(living(queue))
    with start(queue) as process:
        if rng.random() < 0.8:
            wait_until(lambda: process.poll() is not None or len(living(queue)) > before)
        time.sleep(rng.uniform(0, 0.3))
        workers = living(queue)[before:]
        if workers and rng.random() < 0.6:
            with suppress(OSError):  # it has ended
                os.kill(int(rng.choice(workers)), KILL)
            time.sleep(rng.uniform(0, 0.2))
        process.kill()
        end(process)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))]
)
def test_what_is_killed_at_random_moments_is_painted_once_in_the_end(queue, seed):
    rng = np.random.default_rng(seed)
    for _ in range(5):
        disturb(queue, rng)
    queue.store.add(queue.jobs, retry_failed=True)
    assert end(start(queue)) == ""
    assert_all_is_done_once(queue)


def test_the_jobs_of_a_supervisor_that_was_killed_go_on_elsewhere(queue):
    queue.plan(**HELD)
    first = start(queue)
    wait_until(lambda: len(queue.runs("begun")) == 2)
    queue.plan(steps=4)
    second = start(queue)
    wait_until(lambda: len(queue.runs("begun")) > 2)
    first.kill()
    end(first)
    queue.let_go()
    assert end(second) == ""
    assert {row.attempts for row in queue.store.list()} == {1}
    assert_all_is_done_once(queue)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_reaches_the_supervisor_alone(queue):
    """A terminal sends the signal to all processes of a group."""
    queue.plan(steps=1000, pause=0.01)
    command = [sys.executable, "-c", SUPERVISE, str(queue.state), *queue.command]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, env=ENVIRONMENT, start_new_session=True
    ) as process:
        wait_until(lambda: len(queue.runs("begun")) == 2)
        os.killpg(process.pid, signal.SIGINT)
        out, error = process.communicate(timeout=60)
    assert out.count(b'"stopped"') == 2, (out, error)
    assert error.decode().strip().endswith("KeyboardInterrupt")
    assert queue.states() == ["waiting"] * 12
    assert Path(queue.state / "checkpoints", f"{queue.keys[0]}.checkpoint").exists()
