"""Jobs that are to be removed from a queue: each has a file, so that none is forgotten."""

from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread

from ortstyle.errors import CheckpointError, JobError, OrtStyleError
from ortstyle.files import reason_of
from ortstyle.jobs.leftovers import remove_leftovers
from ortstyle.jobs.row import Row, checked_key
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import Store
from ortstyle.run.lock import CheckpointLock
from ortstyle.studio.faults import NoSpace

_POLL = 0.3  # seconds between two looks at jobs that a worker still has


class Removals:
    """Removes jobs with their checkpoints and outputs, once no worker has them any more.

    A thread does it, which also goes on with what an earlier studio has begun.

    Parameters
    ----------
    folder
        The folder of the queue.
    store
        The file of its store.
    """

    def __init__(self, folder: Path, store: Path) -> None:
        self._folder, self._state, self._path = folder / "removed", StateFolder(folder), store
        self._changed, self._is_closing = Condition(), False
        self._keys = frozenset(self._begun())
        self._thread = Thread(target=self._work, name="removals", daemon=True)
        self._thread.start()

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the jobs that are being removed."""
        return self._keys

    def begin(self, key: str) -> None:
        """Begin to remove a job.

        Raises
        ------
        NoSpace
            It can't be noted on the disk.
        """
        try:
            self._folder.mkdir(exist_ok=True)
            (self._folder / key).touch()
        except OSError as error:
            raise NoSpace(
                f"the painting can't be removed ({reason_of(error)}); free some space on the disk"
            ) from error
        with self._changed:
            self._keys |= {key}
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread; what is left is removed the next time."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join()

    def _begun(self) -> list[str]:
        """List what earlier studios have begun to remove."""
        found = []
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                with suppress(JobError):
                    found.append(checked_key(path.name))
        return found

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing or self._keys)
                if self._is_closing:
                    return
            for key in self._keys:
                self._try(key)
            with self._changed:
                if self._keys:
                    self._changed.wait_for(lambda: self._is_closing, _POLL)

    def _try(self, key: str) -> None:
        """Remove a job if no worker has it; what fails is tried again."""
        with suppress(OrtStyleError, OSError), Store(self._path) as store:
            if self._remove(store, key):
                (self._folder / key).unlink(missing_ok=True)
                with self._changed:
                    self._keys -= {key}

    def _remove(self, store: Store, key: str) -> bool:
        if store.find(key) is None:
            return True
        store.cancel(key)
        checkpoint = self._state.checkpoint_of(key)
        checkpoint.parent.mkdir(exist_ok=True)
        try:
            lock = CheckpointLock(checkpoint)
        except CheckpointError:  # the worker of a studio that was killed still has it
            return False
        with lock:
            row = store.get(key)
            if row.owner is not None:  # a supervisor that may send it to its worker now
                return False
            self._remove_files(row, checkpoint)
            return store.remove(key)

    def _remove_files(self, row: Row, checkpoint: Path) -> None:
        try:
            job = row.job
        except OrtStyleError:  # the data are damaged, and nothing can have been painted
            checkpoint.unlink(missing_ok=True)
            return
        job.output.unlink(missing_ok=True)
        remove_leftovers(job, checkpoint=checkpoint)
