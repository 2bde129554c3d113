"""A queue of paintings: a store of jobs, and a supervisor in a thread that paints them.

The studio has two, so that a draft never waits for a long painting. What is in the queue's folder
survives the page, the server and the computer; see `jobs`.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as Flag, Thread
from time import monotonic
from typing import Self

from ortstyle.errors import JobError, JobStoreFull, OrtStyleError
from ortstyle.jobs.events import PREVIEW_SIDE, Event
from ortstyle.jobs.film_frames import frames_of
from ortstyle.jobs.job import Job
from ortstyle.jobs.row import Row, State, one_line
from ortstyle.jobs.shares import share_threads
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import Store
from ortstyle.jobs.supervisor import Supervisor
from ortstyle.jobs.worker import worker_command
from ortstyle.studio.faults import Conflict, NotFound, disk_full
from ortstyle.studio.paintings.removals import Removals

#: The states of jobs that are not over.
LIVE = (State.WAITING, State.RUNNING, State.PAUSED)

_PATIENCE = 8.0  # seconds for a checkpoint when the studio ends
_DELAY = 1.0  # seconds before a supervisor that has died is started again; doubled each time
_LONGEST_DELAY = 60.0
_STEADY = 120.0  # seconds of work after which its next death counts as the first one


class PaintingQueue:
    """Paints jobs in the order of the queue; a context manager, which closes it.

    Any thread may call its methods. They raise `NotFound` for a key that is not in the queue, and
    `Conflict` where the state of the job does not allow what is asked. All of them raise `NoSpace`
    where the disk is full, and a `JobError` where the store can't be used for another reason.

    Parameters
    ----------
    folder
        The folder of the store, the checkpoints and the locks; it is made if it is missing.
    devices
        The name of the device of each worker process. A job that names one of them is painted
        there; where "auto" is the only one, on the device that the job names.
    threads
        Processor threads of all workers together; 0 for as many as the process may use.
    tell
        Called with each event of each job, by several threads but never by two at once, and with
        events "notice" of no job about the queue itself. What an event tells is in the store
        already.
    command
        The command that starts a worker process; None for `jobs.worker.worker_command`.
    background
        Whether the workers leave the processor to other programs and to those of other queues, and
        are started with the first job.
    """

    def __init__(
        self,
        folder: Path,
        *,
        devices: Sequence[str] = ("auto",),
        threads: int = 0,
        tell: Callable[[Event], None],
        command: Sequence[str] | None = None,
        background: bool = False,
    ) -> None:
        self._path, self._state = folder / "jobs.sqlite", StateFolder(folder)
        self._tell = tell
        if command is None:
            probes = "auto" in devices
            command = worker_command(warm=True, probes=probes, background=background)
        with Store(self._path) as store:
            self._supervisor = Supervisor(
                store,
                folder=folder,
                devices=devices,
                threads=share_threads(devices, limit=threads),
                command=command,
                patience=_PATIENCE,
                frees_paused=True,
                starts_early=not background,
                keeps_devices=True,
            )
        self._removals = Removals(folder, self._path)
        self._closing = Flag()
        self._thread = Thread(target=self._supervise, name=f"queue {folder.name}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Have the workers write checkpoints, and end; closing it again does nothing.

        Jobs that were running wait for the next time.
        """
        self._closing.set()
        self._supervisor.stop()
        self._thread.join()
        self._removals.close()

    def add(self, jobs: Sequence[Job], *, first: bool = False) -> None:
        """Add jobs at the end of the queue, or before all that wait, in their order."""
        with self._store() as store, store.transaction():
            store.add(jobs)
            keys = [job.key for job in jobs]
            next_key = store.next_waiting(exclude=keys) if first else None
            if next_key is not None:
                for key in keys:
                    store.move(key, next_key)
        self._supervisor.wake()

    def pause(self, key: str) -> Row:
        """Pause a job; one that is painted writes its checkpoint, and the next one is begun."""
        return self._change(key, Store.pause, wanted=(State.PAUSED,), refusal="it is over")

    def proceed(self, key: str) -> Row:
        """Let a paused job go on from its checkpoint when it is its turn."""
        wanted = (State.WAITING, State.RUNNING)
        return self._change(key, Store.proceed, wanted=wanted, refusal="it is over")

    def cancel(self, key: str) -> Row:
        """Stop a job for good; its checkpoint is removed."""
        wanted = (State.CANCELLED,)
        row = self._change(key, Store.cancel, wanted=wanted, refusal="it is over already")
        self._state.discard(key)
        return row

    def retry(self, key: str) -> Row:
        """Let a job wait again that failed or was stopped; it goes on from a checkpoint if any."""

        def reopen(store: Store, key: str) -> None:
            if store.get(key).state in (State.FAILED, State.CANCELLED):
                store.reopen(key)

        return self._change(key, reopen, wanted=LIVE, refusal="it is done")

    def move(self, key: str, before: str | None) -> None:
        """Move a job to before another one, or to the end of the queue."""
        with self._store() as store, store.transaction():
            self._row(store, key)
            if before is not None:
                self._row(store, before)
            store.move(key, before)
        self._supervisor.wake()

    def remove(self, key: str) -> None:
        """Remove a job, its checkpoint and its output, also while it is painted.

        From now on it is not in the queue. Its files may be there a little longer: until its worker
        has stopped. This also holds if the studio ends meanwhile; the next one removes them.
        """
        with self._store() as store:
            self._row(store, key)
            self._removals.begin(key)
            with suppress(JobError):  # it may be gone by now
                store.cancel(key)
        self._supervisor.wake()

    def is_removing(self, key: str) -> bool:
        """Return whether a job of a key is still being removed, so that it can't be added again."""
        return key in self._removals.keys

    def rows(self, states: Collection[State] = LIVE) -> list[Row]:
        """List the jobs of some states in the order of the queue; those that are not over."""
        removed = self._removals.keys
        with self._store() as store:
            return [row for row in store.list(states=tuple(states)) if row.key not in removed]

    def rows_of(self, keys: Collection[str]) -> dict[str, Row]:
        """Return the rows of some keys; those that are not in the queue are left out."""
        with self._store() as store:
            found = {key: store.find(key) for key in keys if key not in self._removals.keys}
        return {key: row for key, row in found.items() if row is not None}

    def row(self, key: str) -> Row:
        """Return the row of a key."""
        with self._store() as store:
            return self._row(store, key)

    def frames_of(self, key: str) -> Path:
        """Return the folder of the frames of a film, which is there while it is painted."""
        return frames_of(self._state.checkpoint_of(key))

    def preview(self, key: str, side: int = PREVIEW_SIDE) -> None:
        """Ask for the event "preview" of a job, which comes if the job is being painted."""
        self._supervisor.preview(key, side)

    @contextmanager
    def _store(self) -> Iterator[Store]:
        """Open the store; a full disk is told without the path of its file."""
        try:
            with Store(self._path) as store:
                yield store
        except JobStoreFull as error:
            raise disk_full() from error

    def _row(self, store: Store, key: str) -> Row:
        row = None if key in self._removals.keys else store.find(key)
        if row is None:
            raise NotFound("this painting is not in the queue; it may have been removed")
        return row

    def _change(
        self,
        key: str,
        change: Callable[[Store, str], None],
        *,
        wanted: Collection[State],
        refusal: str,
    ) -> Row:
        """Change the state of a job; refuse what its state does not allow."""
        with self._store() as store, store.transaction():
            self._row(store, key)
            change(store, key)
            row = self._row(store, key)
        if row.state not in wanted:
            raise Conflict(f"this painting can't be changed so, because {refusal}")
        self._supervisor.wake()
        return row

    def _supervise(self) -> None:
        """Run the supervisor until the queue is closed; start it again if it dies."""
        delay = 0.0
        while not self._closing.is_set():
            began = monotonic()
            try:
                self._supervisor.run(tell=self._tell, stays=True)
            except Exception as error:  # noqa: BLE001  the studio goes on, whatever it is
                is_steady = monotonic() - began > _STEADY
                delay = min(2 * delay, _LONGEST_DELAY) if delay and not is_steady else _DELAY
                self._tell_death(error, delay)
                self._closing.wait(delay)

    def _tell_death(self, error: Exception, delay: float) -> None:
        known = isinstance(error, OrtStyleError)
        reason = str(error) if known else f"unexpected {type(error).__name__}: {error}"
        text = f"the queue stopped ({one_line(reason)}); it starts again in {delay:.0f} s"
        with suppress(Exception):  # whose fault the death may be
            self._tell(Event("notice", figures={"text": text}))
