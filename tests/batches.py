"""Batches whose jobs are painted in the process of the tests, one after another."""

from pathlib import Path

from ortstyle.jobs.control import Control
from ortstyle.jobs.events import Event
from ortstyle.jobs.run_job import run_job
from ortstyle.jobs.store import Store


class SupervisorHere:
    """Stands for `supervisor.Supervisor`, without processes."""

    #: Called with each event before it is told.
    watch = staticmethod(lambda _: None)

    def __init__(self, store, *, folder, devices, threads):
        self._path, self._folder, self._devices = store.path, folder, devices
        assert len(devices) == len(threads)

    def run(self, *, tell, only):
        with Store(self._path) as store:
            while row := store.claim("0" * 16, device=self._devices[0], only=only):
                self._paint(store, row, tell)

    def _paint(self, store, row, tell):
        ending = []

        def take(event):
            type(self).watch(event)
            if event.kind in {"done", "failed", "stopped"}:
                ending.append(event)
            else:
                tell(event)

        checkpoint = Path(self._folder) / "checkpoints" / f"{row.key}.checkpoint"
        run_job(row.job, checkpoint=checkpoint, tell=take, control=Control())
        (event,) = ending
        figures = event.figures
        if event.kind == "done":
            known = {"seconds": figures["seconds"] or None, "sha256": figures["sha256"]}
            store.finish(row.key, work=None, device=self._devices[0], **known)
        else:
            store.fail(row.key, figures["error"])
        tell(Event(event.kind, row.key, figures))

    def stop(self):
        """Do nothing; a test stops by an interrupt."""
