"""One device's worker process: jobs one after another, and started again when it dies."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal, Self

from ortstyle.errors import JobError, OrtStyleError
from ortstyle.jobs.estimate import work_of
from ortstyle.jobs.events import Event
from ortstyle.jobs.job import Job
from ortstyle.jobs.row import Row, State, known_number, known_sha256, one_line
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import Store
from ortstyle.jobs.threads import Stopping
from ortstyle.jobs.worker_process import Command, WorkerDiedError, WorkerProcess

#: How often a job may be begun from one checkpoint before the death of its workers counts as the
#: job's failure.
MOST_ATTEMPTS = 3
_ADVICE = "close other programs, or give a smaller --size or another --device"
_POLL = 0.5  # seconds between two looks at the store

#: How a job has left its worker. "busy": another process still paints it.
Ending = Literal["done", "failed", "stopped", "busy"]


class DeviceWorker:
    """Paints jobs one after another on a device; a context manager, which ends the process.

    Its methods are called by one thread, but `wake` and `ask` by any.

    Parameters
    ----------
    device
        Name of the device.
    threads
        Processor threads; 0 for those that the job says.
    command
        The command that starts the worker process.
    folder
        Where the checkpoints are.
    tell
        Called with each event.
    stopping
        What stops the work.
    frees_paused
        Whether a job that is paused leaves the worker.
    """

    def __init__(
        self,
        device: str,
        *,
        threads: int,
        command: Sequence[str],
        folder: StateFolder,
        tell: Callable[[Event], None],
        stopping: Stopping,
        frees_paused: bool = False,
    ) -> None:
        self.device = device
        #: Bytes that the worker may take for a job that does not say; None for the free memory.
        self.memory: int | None = None
        #: Jobs that failed one after another by the same fault of the device or its worker.
        self.faults = 0
        self._fault = ""
        self._threads, self._command, self._folder = threads, command, folder
        self._tell, self._stopping, self._frees_paused = tell, stopping, frees_paused
        self._worker: WorkerProcess | None = None
        self._was_ready = False  # the worker, ever
        self._painting: str | None = None  # key
        self._asked: Command = "proceed"  # of the worker, about this job
        self._deadline = float("inf")  # for a worker that was told to stop
        self._failed_starts = 0  # one after another
        self._saved = 0.0  # evaluations in the checkpoints of this job, at most
        self._got_further = False  # since its last attempt began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_worker()

    def wake(self) -> None:
        """Look at the store now; any thread may call this."""
        if worker := self._worker:
            worker.wake()

    def ask(self, key: str, command: Command, **values: Any) -> None:
        """Send a command to the worker if it has a job; any thread may call this."""
        worker = self._worker
        if worker and self._painting == key:
            worker.send(command, **values)

    def start(self) -> None:
        """Start the worker process before there is a job.

        Raises
        ------
        JobError
            It can't be started.
        """
        if self._worker is None:
            self._worker = WorkerProcess(self._command)

    def paint(self, store: Store, row: Row) -> Ending:
        """Paint a job that was claimed, and set its state in the store when that has ended.

        Raises
        ------
        JobError
            No worker process can be started, or the store can't be used.
        """
        try:
            job = self._job_of(row)
        except OrtStyleError as error:
            return self._fail(store, row.key, str(error))
        attempts, self._saved = row.attempts, 0.0
        while True:
            self._got_further = False
            try:
                return self._attempt(store, job)
            except WorkerDiedError as error:
                words = str(error)
            self._end_worker()
            if self._has_to_leave(store, job.key):
                return self._give_back(store, job.key)
            if attempts >= MOST_ATTEMPTS and not self._got_further:
                break
            attempts = store.count_attempt(job.key, anew=self._got_further)
            again = f"attempt {attempts} of {MOST_ATTEMPTS} begins"
            if self._got_further:
                again = "the job goes on from its last checkpoint"
            self._tell(Event("notice", job.key, {"text": f"the worker died ({words}); {again}"}))
        self._count_fault(words)
        ending = self._fail(store, job.key, f"the worker died three times: {words}; {_ADVICE}")
        if self._failed_starts >= MOST_ATTEMPTS:
            raise JobError(f"no worker process for {self.device} starts: {words}")
        return ending

    def _job_of(self, row: Row) -> Job:
        """Return the job of a row, for this device."""
        job = row.job
        if job.key != row.key:
            raise JobError("the job was made by another version of ortstyle; add it again")
        memory = self.memory if job.memory is None else job.memory
        threads = self._threads or job.threads
        device = job.device if self.device == "auto" else self.device
        return replace(job, device=device, threads=threads, memory=memory)

    def _attempt(self, store: Store, job: Job) -> Ending:
        """Let the worker paint a job; raise a `WorkerDiedError` if it dies meanwhile."""
        worker = self._ready_worker(store, job.key)
        if worker is None:
            return self._give_back(store, job.key)
        self._asked, self._deadline = "proceed", float("inf")
        checkpoint = str(self._folder.checkpoint_of(job.key))
        worker.send("run", job=job.to_dict(), checkpoint=checkpoint)
        self._painting, self._was_ready = job.key, False
        try:
            while True:
                event = self._next_event(worker)
                if event and event.kind == "ready":
                    raise WorkerDiedError("it ended the job without saying how")
                if event and (ending := self._take(store, job, event)):
                    return ending
                self._follow(store, job.key, worker)
        finally:
            self._painting = None

    def _ready_worker(self, store: Store, key: str) -> WorkerProcess | None:
        """Return a worker that can take a job; None if the job is to be given back.

        A worker that has died before it got this job is no attempt at it.
        """
        if self._worker:
            with suppress(WorkerDiedError):
                found = self._await_ready(store, key, self._worker)
                if found is None or found.is_alive:
                    return found
            self._end_worker()
        self._worker = WorkerProcess(self._command)
        self._failed_starts += 1
        found = self._await_ready(store, key, self._worker)
        self._failed_starts = 0
        return found

    def _await_ready(self, store: Store, key: str, worker: WorkerProcess) -> WorkerProcess | None:
        while not self._has_to_leave(store, key):
            if self._was_ready:
                return worker
            event = worker.next_event(_POLL)
            if event and event.kind == "ready":
                self._was_ready = True
            elif event:
                self._tell(event)
        return None

    def _next_event(self, worker: WorkerProcess) -> Event | None:
        """Wait for an event; kill a worker that takes too long to stop."""
        left = self._deadline - time.monotonic()
        if left <= 0 or (self._asked == "stop" and self._stopping.hurried.is_set()):
            worker.kill()
        return worker.next_event(min(_POLL, max(left, 0.05)))

    def _follow(self, store: Store, key: str, worker: WorkerProcess) -> None:
        """Ask the worker for what the state in the store, or the end of all work, demands."""
        state = store.get(key).state
        wanted: Command = "pause" if state is State.PAUSED else "proceed"
        is_ending = self._stopping.asked.is_set() or state is State.CANCELLED
        if is_ending or (state is State.PAUSED and self._frees_paused):
            wanted = "stop"
        if self._asked not in (wanted, "stop"):
            worker.send(wanted)
            self._asked = wanted
        if is_ending:
            self._deadline = min(self._deadline, time.monotonic() + self._stopping.patience)

    def _take(self, store: Store, job: Job, event: Event) -> Ending | None:
        """Act on an event and tell it; return how the job has ended if it has."""
        figures = event.figures
        if event.kind == "done":
            store.finish(job.key, device=self.device, **stored_figures(job, figures))
            self._tell(Event("done", job.key, figures))
            self.faults = 0
            return "done"
        if event.kind == "failed":
            if figures.get("kind") == "JobBusy":
                self._give_back(store, job.key)
                return "busy"
            error = str(figures.get("error"))
            self._count_fault(error if figures.get("kind") == "DeviceError" else "")
            return self._fail(store, job.key, error, figures=figures)
        if event.kind == "stopped":
            self._give_back(store, job.key)
            is_paused = self._frees_paused and store.get(job.key).state is State.PAUSED
            self._tell(Event("paused" if is_paused else "stopped", job.key, figures))
            return "stopped"
        self._note_progress(event)
        self._tell(event)
        return None

    def _count_fault(self, fault: str) -> None:
        self.faults = (self.faults * (fault == self._fault) + 1) if fault else 0
        self._fault = fault

    def _note_progress(self, event: Event) -> None:
        """Note how far the checkpoints of the job are, and whether they got further."""
        if event.kind == "started":
            self._saved = max(self._saved, known_number(event.figures.get("done")) or 0.0)
        elif event.kind == "checkpoint":
            saved = known_number(event.figures.get("evaluations")) or 0.0
            self._got_further |= saved > self._saved
            self._saved = max(self._saved, saved)

    def _fail(
        self, store: Store, key: str, error: str, *, figures: Mapping[str, Any] | None = None
    ) -> Ending:
        line = one_line(error)
        store.fail(key, line)
        self._tell(Event("failed", key, {"kind": "JobError", **(figures or {}), "error": line}))
        return "failed"

    def _give_back(self, store: Store, key: str) -> Ending:
        store.release(key)
        if store.get(key).state is State.CANCELLED:
            self._folder.discard(key)
        return "stopped"

    def _has_to_leave(self, store: Store, key: str) -> bool:
        """Return whether a job that is being begun is to be given back instead."""
        return self._stopping.asked.is_set() or store.get(key).state is not State.RUNNING

    def _end_worker(self) -> None:
        """End the worker, which paints nothing, if there is one."""
        if self._worker:
            self._worker.close()
        self._worker, self._was_ready = None, False


def stored_figures(job: Job, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a job that is done, as the store keeps them."""
    names = "width", "height", "frames"
    width, height, frames = (known_number(figures.get(name)) for name in names)
    size = (int(width), int(height)) if width and height else None
    return {
        "seconds": None if figures.get("skipped") else known_number(figures.get("seconds")),
        "work": None if size is None else work_of(job, size, frames=int(frames or 0)),
        "sha256": known_sha256(figures.get("sha256")),
    }
