"""Queues of fake jobs, and supervisors whose workers are fake; see `fake_worker`."""

import json
import sys
import time
from pathlib import Path
from threading import Thread

from queued import make_jobs

from ortstyle.jobs.store import Store
from ortstyle.jobs.supervisor import Supervisor

FAKE = Path(__file__).with_name("fake_worker.py")
#: What undisturbed jobs do.
QUICK = {"steps": 3, "pause": 0.0}
#: Jobs that end when they are let go, however slow the machine is that tests what comes before.
HELD = {"steps": 10, "pause": 0.01, "until": "let-go"}


class Queue:
    """A folder with jobs, their store, and what fake workers have done.

    Parameters
    ----------
    folder
        The folder of the outputs.
    count
        Number of jobs.
    plan
        What the workers do.
    """

    def __init__(self, folder, count, **plan):
        self.folder, self.state = folder, folder / ".ortstyle"
        self.plan(**plan)
        self.jobs = make_jobs(folder, count)
        self.keys = [job.key for job in self.jobs]
        self.events = []
        self.store = Store(self.state / "jobs.sqlite")
        self.store.add(self.jobs)

    def plan(self, **plan):
        (self.folder / "plan.json").write_text(json.dumps(QUICK | plan), "utf-8")

    def let_go(self):
        """Let the jobs end whose plan is `HELD`."""
        (self.folder / HELD["until"]).touch()

    @property
    def command(self):
        return [sys.executable, "-S", "-E", str(FAKE), str(self.folder)]

    def supervisor(self, devices=("cpu",), threads=None, **options):
        options = {"command": self.command} | options
        threads = threads or [1] * len(devices)
        return Supervisor(
            self.store, folder=self.state, devices=devices, threads=threads, **options
        )

    def run(self, supervisor=None, **options):
        """Run a supervisor to its end; return what happened to each job."""
        (supervisor or self.supervisor()).run(tell=self.events.append, **options)
        return self.states()

    def states(self):
        return [row.state.value for row in self.store.list()]

    def row(self, number=0):
        return self.store.get(self.keys[number])

    def kinds(self, number=0):
        """Return the kinds of the events of a job."""
        return [event.kind for event in self.events if event.job == self.keys[number]]

    def figures(self, kind):
        return [event.figures for event in self.events if event.kind == kind]

    def lines(self):
        """Return what the workers have written about what they do."""
        path = self.folder / "runs"
        return path.read_text("ascii").splitlines() if path.exists() else []

    def runs(self, word):
        """Return the outputs' names of the jobs that were begun, painted or skipped."""
        names = {job.key: job.output.stem for job in self.jobs}
        return [names[line.split()[1]] for line in self.lines() if line.split()[0] == word]

    def close(self):
        self.store.close()


class Background:
    """A supervisor that runs in a thread of its own."""

    def __init__(self, queue, supervisor, **options):
        self.queue, self.error = queue, None
        self.supervisor = supervisor
        self._options = options
        self._thread = Thread(target=self._run)

    def _run(self):
        try:
            self.supervisor.run(tell=self.queue.events.append, **self._options)
        except BaseException as error:  # noqa: BLE001  looked at by the test
            self.error = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join(60)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error

    @property
    def is_alive(self):
        return self._thread.is_alive()


def wait_until(is_so, seconds=120):
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.01)
