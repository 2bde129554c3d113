"""What runs on the worker of a Dask cluster: a part of a job, and what is asked of it meanwhile."""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final, Literal

from ortstyle import __version__
from ortstyle.errors import JobBusy
from ortstyle.jobs.cluster_worker import ClusterWorker
from ortstyle.jobs.control import Control
from ortstyle.jobs.events import Event
from ortstyle.jobs.film_files import read_result
from ortstyle.jobs.job import Job
from ortstyle.jobs.placed_job import PlacedJob, locate_job, place_job
from ortstyle.jobs.run_job import Outcome, describe_failure, run_job
from ortstyle.run.provenance import versions
from ortstyle.runtime.cache import Cache

Command = Literal["pause", "proceed", "stop", "preview"]

#: The events that a worker tells at once; the others follow from what `paint_part` returns.
FORWARDED: Final = frozenset({"started", "notice", "progress", "preview", "paused", "continued"})

_PROGRESS_SECONDS = 1.0  # between two messages of progress
_FOREVER = 1e6  # minutes
_running: dict[str, Control] = {}  # the jobs that this process paints, by topic and key
_caches: list[Cache] = []  # of this process, those that no job uses now


def worker_facts(folder: str | None) -> dict[str, str]:
    """Return what a client must know of this process before it sends jobs: versions and cores.

    Parameters
    ----------
    folder
        A folder that this machine must see; the fact "lack" says so if it does not.
    """
    facts = {"ortstyle": __version__, "cores": str(_cores())}
    facts["onnxruntime"] = versions()["onnxruntime"]
    if folder is not None and not Path(folder).is_dir():
        facts["lack"] = f"it does not see the folder {folder}"
    return facts


def _cores() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return usable or 1


def tell_jobs(topic: str, keys: Sequence[str], command: Command, *values: int) -> list[str]:
    """Ask something of those jobs of a client that this process paints, and return their keys.

    Parameters
    ----------
    topic, keys
        The client's topic, and the keys of the jobs.
    command, values
        A method of `Control`, and what it is called with.
    """
    found = [key for key in keys if topic + key in _running]
    for key in found:
        with suppress(KeyError):  # it has just ended
            getattr(_running[topic + key], command)(*values)
    return found


def paint_part(data: tuple[str, Sequence[bytes], bytes | None]) -> dict[str, Any]:
    """Paint a job until it is done or its time is over, and return the result or a checkpoint.

    Parameters
    ----------
    data
        The request, as JSON; the inputs' files in the order of `Job.inputs`, none if the job's
        paths are those of this machine; and the checkpoint to go on from. The request holds
        "job"; "topic", of the messages to send; "seconds", after which to stop, or None; "threads",
        by the addresses of workers; "checkpoint", a path on this machine, or None; and "folder", to
        which relative paths refer.

    Returns
    -------
    dict
        "outcome", the value of an `Outcome`, or "busy"; "figures", those of the last event; and,
        unless the paths are those of this machine, "output" or "checkpoint", the bytes of a file.
    """
    try:
        return _Part(json.loads(data[0])).paint(*data[1:])
    except JobBusy:
        return {"outcome": "busy", "figures": {}}
    except Exception as error:  # noqa: BLE001  goes back as one line, as all failures do
        return {"outcome": Outcome.FAILED.value, "figures": describe_failure(error)}


def _take_cache() -> Cache:
    """Return a cache for a job alone, that of an earlier job if there is one."""
    try:
        return _caches.pop()
    except IndexError:
        return Cache()


class _Part:
    """A part of a job.

    Parameters
    ----------
    request
        As in `paint_part`.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._job, self._topic = Job.from_dict(request["job"]), request["topic"]
        self._folder = request["folder"]
        self._seconds, self._checkpoint = request["seconds"], request["checkpoint"]
        self._worker, self._control = ClusterWorker(), Control()
        self._figures, self._told_at = dict[str, Any](), float("-inf")
        self._hidden = ""  # what no message is to tell
        self._worker.limit_threads(self._job.threads, request["threads"])

    def paint(self, inputs: Sequence[bytes], checkpoint: bytes | None) -> dict[str, Any]:
        if self._checkpoint is not None:
            job = locate_job(self._job, Path(self._folder), memory=self._memory)
            return self._run(job, Path(self._checkpoint))
        with TemporaryDirectory(prefix="ortstyle-", dir=self._worker.folder) as folder:
            job = place_job(
                self._job, inputs, Path(folder), memory=self._memory, checkpoint_minutes=_FOREVER
            )
            self._hidden = f"{Path(folder)}{os.sep}"
            place = Path(folder, "job.checkpoint")
            if checkpoint is not None:
                place.write_bytes(checkpoint)
            reply = self._run(job, place)
            if reply["outcome"] == Outcome.DONE.value:
                reply["output"] = read_result(job)
            elif place.exists() and job.film is None:  # of a film it is nothing without its frames
                reply["checkpoint"] = place.read_bytes()
            return reply

    @property
    def _memory(self) -> int | None:
        return self._job.memory or self._worker.memory_for(self._job.device)

    def _run(self, job: PlacedJob, checkpoint: Path) -> dict[str, Any]:
        name = self._topic + job.key
        _running[name] = self._control
        cache = _take_cache()
        try:
            outcome = run_job(
                job,
                checkpoint=checkpoint,
                tell=lambda event: self._tell(job, event),
                control=self._control,
                time_limit=self._seconds,
                cache=cache,
            )
        finally:
            _caches.append(cache)
            del _running[name]
        return {"outcome": outcome.value, "figures": self._figures}

    def _tell(self, job: PlacedJob, event: Event) -> None:
        """Send an event to the client, unless it follows from the reply."""
        figures = {
            name: job.restore(value).replace(self._hidden, "") if isinstance(value, str) else value
            for name, value in event.figures.items()
        }
        self._figures = figures
        if not self._worker.is_waited_for:
            self._control.stop()
        if event.kind in FORWARDED and not self._is_early(event):
            self._worker.send(self._topic, Event(event.kind, event.job, figures).to_line())

    def _is_early(self, event: Event) -> bool:
        """Return whether an event of progress follows too soon on the one before."""
        figures = event.figures
        if event.kind != "progress" or figures["evaluations"] == figures["of"]:
            return False
        is_early = monotonic() - self._told_at < _PROGRESS_SECONDS
        if not is_early:
            self._told_at = monotonic()
        return is_early
