"""The folder beside the results that holds the store, the checkpoints and the supervisors' locks.

A supervisor holds a lock as long as it lives, which the operating system opens when it dies. The
jobs of an owner whose lock can be taken are given back.
"""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Self

from ortstyle.errors import CheckpointError, JobError
from ortstyle.jobs.film_frames import remove_frames
from ortstyle.jobs.store import State, Store
from ortstyle.run.lock import CheckpointLock
from ortstyle.special_files import is_link

_CHECKPOINT = ".checkpoint"


class StateFolder:
    """The paths in the folder of a store, and who is alive there.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._checkpoints, self._supervisors = path / "checkpoints", path / "supervisors"

    def checkpoint_of(self, key: str) -> Path:
        """Return the path of a job's checkpoint."""
        return self._checkpoints / f"{key}{_CHECKPOINT}"

    def discard(self, key: str) -> None:
        """Remove the checkpoint of a job, unless a process paints it."""
        path = self.checkpoint_of(key)
        if path.parent.is_dir():
            with suppress(CheckpointError), CheckpointLock(path), suppress(OSError):
                remove_frames(path)
                path.unlink(missing_ok=True)

    def free_abandoned(self, store: Store) -> None:
        """Give the jobs of supervisors back that have died."""
        with store.transaction():  # so that no supervisor begins meanwhile
            found = {path.stem for path in self._supervisors.glob("*.lock")}
            for owner in found.union(store.owners()):
                if lock := self._lock_if_free(owner):
                    with lock:
                        store.release_all(owner)

    def tidy(self, store: Store) -> None:
        """Remove what is needed no more: folders that are empty, and what killed processes left.

        While a supervisor is alive nothing is removed.
        """
        with store.transaction():  # so that no supervisor begins meanwhile
            self._tidy(store)

    def _tidy(self, store: Store) -> None:
        if any(self._supervisors.glob("*.lock")) or is_link(self._checkpoints):
            return
        for path in self._checkpoints.glob("*.lock"):  # of workers that were killed
            with suppress(CheckpointError):
                CheckpointLock(path.with_suffix("")).release()
        for path in self._checkpoints.glob(".ortstyle-*"):
            self._remove_temporary(path)
        for path in self._checkpoints.glob(f"*{_CHECKPOINT}"):
            if _is_over(store, path.stem):
                self.discard(path.stem)
        for folder in (self._checkpoints, self._supervisors):
            with suppress(OSError):
                folder.rmdir()

    def _remove_temporary(self, path: Path) -> None:
        """Remove a temporary file of a checkpoint, unless a process may still be writing it."""
        if not any(self._checkpoints.glob("*.lock")):
            with suppress(OSError):
                path.unlink()

    def _lock_if_free(self, owner: str) -> CheckpointLock | None:
        """Return the lock of an owner that has died; None if it is alive."""
        try:
            self._supervisors.mkdir(exist_ok=True)
            return CheckpointLock(self._supervisors / owner)
        except (CheckpointError, OSError):
            return None


class Owner:
    """A supervisor's presence in the folder; a context manager.

    Attributes
    ----------
    name
        What the store calls the supervisor.

    Raises
    ------
    JobError
        The folder can't be written, or its file system has no locks.
    """

    def __init__(self, folder: StateFolder, store: Store) -> None:
        self.name = secrets.token_hex(8)
        self._folder, self._store = folder, store
        path = folder.path / "supervisors" / self.name
        with store.transaction():  # see `StateFolder.free_abandoned`
            try:
                path.parent.mkdir(exist_ok=True)
                self._lock = CheckpointLock(path)
            except (OSError, CheckpointError) as error:
                reason = str(error.__cause__ or error)
                raise JobError(
                    f"folder {folder.path} can't be used by several processes ({reason}); choose "
                    "another place"
                ) from error

    def close(self) -> None:
        """Give all jobs back, and leave the folder tidy, as far as the store can be written.

        What is left is given back by the next supervisor.
        """
        with suppress(JobError):
            self._store.release_all(self.name)
        self._lock.release()
        with suppress(JobError):
            self._folder.tidy(self._store)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_over(store: Store, key: str) -> bool:
    try:
        return store.get(key).state in (State.DONE, State.CANCELLED)
    except JobError:  # it is of no job here
        return False
