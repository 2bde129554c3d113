"""A studio that is killed while its queue paints; the next one goes on."""

import json
import signal
import subprocess
import sys

import pytest
from commands import ENVIRONMENT, needs_runtime
from PIL import Image
from queued import make_jobs
from supervised import Queue, wait_until

from ortstyle.jobs.control import Control
from ortstyle.jobs.job import make_job
from ortstyle.jobs.run_job import run_job
from ortstyle.jobs.store import State, Store
from ortstyle.jobs.worker import worker_command
from ortstyle.studio.paintings.queue import PaintingQueue

STUDIO = """
import json, sys
from pathlib import Path
from ortstyle.jobs.job import Job
from ortstyle.studio.paintings.queue import PaintingQueue
folder, jobs, *command = sys.argv[1:]
queue = PaintingQueue(
    Path(folder), devices=["cpu"], threads=1, command=command or None,
    tell=lambda event: print(event.to_line(), flush=True),
)
queue.add([Job.from_dict(job) for job in json.loads(jobs)])
sys.stdin.read()
"""
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class Killed:
    """A studio in a process of its own, which is killed in the end."""

    def __init__(self, folder, jobs, command=()):
        data = json.dumps([job.to_dict() for job in jobs])
        self.process = subprocess.Popen(
            [sys.executable, "-c", STUDIO, str(folder), data, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT | {"ORTSTYLE_THREADS": "1"},
        )

    def __enter__(self):
        return self

    def until(self, kind, count=1):
        for line in self.process.stdout:
            count -= json.loads(line)["kind"] == kind
            if not count:
                return

    def __exit__(self, *_):
        self.process.send_signal(KILL)
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def go_on(folder, jobs, command=None, *, hear=lambda _: None):
    """Open the queue again until all jobs are over; return its events and the states.

    `hear` is called with each event.
    """
    events = []

    def tell(event):
        events.append(event)
        hear(event)

    with PaintingQueue(folder, devices=["cpu"], threads=1, tell=tell, command=command) as queue:
        over = (State.DONE, State.FAILED)
        wait_until(lambda: all(queue.row(job.key).state in over for job in jobs), 300)
        return events, [queue.row(job.key).state for job in jobs]


@pytest.fixture
def fake(tmp_path):
    queue = Queue(tmp_path, 0)
    queue.close()
    return queue


def test_jobs_go_on_when_the_studio_was_killed(fake, tmp_path):
    jobs = make_jobs(tmp_path, 2)
    fake.plan(steps=5000, pause=0.02)
    with Killed(fake.state, jobs, fake.command) as studio:
        studio.until("progress", count=5)
    fake.plan()
    events, states = go_on(fake.state, jobs, fake.command)
    assert states == [State.DONE] * 2
    # The second may begin first, while the killed studio's worker still ends the first.
    begun = {event.job: event.figures["done"] for event in events if event.kind == "started"}
    assert begun[jobs[0].key] >= 5
    assert begun[jobs[1].key] == 0


def test_a_worker_that_outlives_its_studio_is_waited_for(fake, tmp_path):
    jobs = make_jobs(tmp_path, 1)
    fake.plan(steps=100, pause=0.02, deaf=True, until="heard")
    with Killed(fake.state, jobs, fake.command) as studio:
        studio.until("progress")

    def hear(event):
        if event.kind == "notice":
            (tmp_path / "heard").touch()

    events, states = go_on(fake.state, jobs, fake.command, hear=hear)
    assert states == [State.DONE]
    assert [line.split()[0] for line in fake.lines()].count("begun") == 1
    texts = [event.figures["text"] for event in events if event.kind == "notice"]
    assert texts == ["another process still paints this; it is tried again"]


def test_a_job_that_is_removed_while_a_killed_studios_worker_has_it_leaves_nothing(fake, tmp_path):
    jobs = make_jobs(tmp_path, 1)
    fake.plan(steps=10, pause=0.02, deaf=True, until="removed")
    with Killed(fake.state, jobs, fake.command) as studio:
        studio.until("progress")
    with PaintingQueue(
        fake.state, devices=["cpu"], threads=1, tell=lambda _: None, command=fake.command
    ) as queue:
        queue.remove(jobs[0].key)
        (tmp_path / "removed").touch()
        wait_until(lambda: not queue._removals.keys, 60)
    with Store(fake.state / "jobs.sqlite") as store:
        assert store.find(jobs[0].key) is None
    assert not jobs[0].output.exists()
    left = [path.name for path in fake.state.rglob("*") if jobs[0].key in path.name]
    assert left == []


@needs_runtime
def test_a_picture_is_the_same_although_the_studio_was_killed(tmp_path, tiny_settings, monkeypatch):
    monkeypatch.setenv("ORTSTYLE_THREADS", "1")
    settings, folder = tiny_settings(iterations=80), tmp_path
    for name in ("photo.png", "painting.png"):
        Image.effect_noise((48, 36), 50).convert("RGB").save(folder / name)

    def job(name):
        inputs = folder / "photo.png", [folder / "painting.png"]
        others = {"device": "cpu", "threads": 1, "checkpoint_minutes": 0.0}
        return make_job(*inputs, folder / name, settings=settings, **others)

    whole, killed = job("whole.png"), job("killed.png")
    run_job(whole, checkpoint=folder / "a.checkpoint", tell=lambda _: None, control=Control())
    command = worker_command(warm=True)
    with Killed(folder / "queue", [killed], command) as studio:
        studio.until("checkpoint", count=3)
    events, states = go_on(folder / "queue", [killed], command)
    assert states == [State.DONE]
    assert next(event.figures["done"] for event in events if event.kind == "started") >= 3
    assert whole.output.read_bytes() == killed.output.read_bytes()
    assert list((folder / "queue").glob("*/*")) == []
