"""The Dask worker in whose process a task runs, as far as a job needs it."""

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

from ortstyle.errors import OrtStyleError
from ortstyle.run.prediction import budget_of
from ortstyle.run.probe import choose_device
from ortstyle.runtime.devices import Device
from ortstyle.runtime.threads import LIMIT, limit_threads

_MEMORY_SHARE = 0.75  # of the limit at whose 95 % the nanny kills the worker
_LIMIT_GIVEN = os.environ.get(LIMIT, "")  # when the worker was started


class ClusterWorker:
    """The worker that runs the current task; to be made in the task's thread."""

    def __init__(self) -> None:
        self._worker = import_module("distributed").get_worker()
        self._task = self._worker.get_current_task()

    @property
    def folder(self) -> Path:
        """A folder for temporary files; Dask removes what a killed worker leaves there."""
        return Path(self._worker.local_directory)

    def memory_for(self, device: str) -> int | None:
        """Return the bytes that a task may take on a device; None for no limit of Dask's.

        They are fewer than those for which the nanny kills the worker, and no more than are free.
        """
        limit = self._worker.memory_manager.memory_limit
        processor = _processor(device) if limit else None
        free = budget_of(None, processor) if processor else None
        if free is None:
            return None
        return min(free, int(_MEMORY_SHARE * limit / self._worker.state.nthreads))

    @property
    def is_waited_for(self) -> bool:
        """Whether the scheduler still wants the task; its client may have gone."""
        task = self._worker.state.tasks.get(self._task)
        return task is not None and task.state in {"executing", "long-running"}

    def send(self, topic: str, message: str) -> None:
        """Send a short message to the clients that have subscribed to a topic."""
        self._worker.log_event(topic, message)

    def limit_threads(self, wanted: int, shares: Mapping[str, int]) -> None:
        """Limit the threads of this process, which is the worker's own.

        Parameters
        ----------
        wanted
            Threads of the job; 0 to leave it to the environment that the worker was started in.
        shares
            Threads for those workers whose environment has no limit, by their addresses.
        """
        given = int(_LIMIT_GIVEN) if _LIMIT_GIVEN.isdecimal() else 0
        count = wanted or given or shares.get(self._worker.address, 0)
        if count > 0 and os.environ.get(LIMIT) != str(count):
            limit_threads(count)


@cache
def _processor(device: str) -> Device | None:
    """Return the device of a job if it is the processor; a device that fails tells so itself."""
    with suppress(OrtStyleError):
        found = choose_device(device)
        return found if found.is_processor else None
    return None
