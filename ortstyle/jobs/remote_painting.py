"""One job that is painted on other machines: part by part, its checkpoint and output kept here."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from ortstyle.errors import CheckpointError, CheckpointInUseError, JobError
from ortstyle.files import reason_of
from ortstyle.jobs.cluster_connection import ClusterConnection, Roster
from ortstyle.jobs.cluster_task import paint_part
from ortstyle.jobs.done import describe_done, find_done, is_done
from ortstyle.jobs.events import Event, Kind
from ortstyle.jobs.film_files import check_film_files
from ortstyle.jobs.film_preparation import make_output_folder
from ortstyle.jobs.job import Job
from ortstyle.jobs.leftovers import remove_leftovers, temporary_name
from ortstyle.jobs.remote_reply import (
    Reply,
    figures_of_output,
    place_checkpoint,
    place_output,
    read_reply,
)
from ortstyle.jobs.row import known_number
from ortstyle.jobs.run_job import describe_failure
from ortstyle.pictures.write import check_output
from ortstyle.run.checkpoint_files import remove_checkpoint
from ortstyle.run.lock import CheckpointLock

#: What `RemotePainting.paint` returns, beside the outcomes of a reply, if no reply came.
LOST = "lost"

_FEW = 5  # evaluations in a part, after which the next one takes longer


class RemotePainting:
    """Paints one job on the workers of a cluster.

    A part of the job takes as long as it is between two checkpoints, and longer where that is only
    a few evaluations. After each part its checkpoint
    is written here, so that a worker which is lost costs one part at most, and the job can go on
    anywhere. A film is one part, because its frames stay where they are painted: if its worker is
    lost, it begins anew, unless the files are shared.

    Parameters
    ----------
    job
        What to paint.
    checkpoint
        The file of the checkpoint.
    connection
        The cluster.
    roster
        Returns the workers that are there now.
    worker
        The worker to prefer.
    topic
        Topic of the messages that a worker sends meanwhile.
    tell
        Called with the events that do not come from a worker.
    is_shared
        Whether the workers see the files of the job and its checkpoint under the same paths. They
        then read and write them there, and the job is one part.
    """

    def __init__(
        self,
        job: Job,
        *,
        checkpoint: Path,
        connection: ClusterConnection,
        roster: Callable[[], Roster],
        worker: str,
        topic: str,
        tell: Callable[[Event], None],
        is_shared: bool = False,
    ) -> None:
        self.job, self.worker = job, worker
        self._checkpoint, self._connection, self._roster = checkpoint, connection, roster
        self._topic, self._tell_event, self._is_shared = topic, tell, is_shared
        self._lock, self._future, self._is_stopping = Lock(), None, False
        self._workers: Sequence[str] = ()
        #: Whether a checkpoint has come, so that not all is lost if the next part is.
        self.has_progressed = False

    def paint(self) -> Reply:
        """Paint the job until it is done, is stopped, fails, or its worker is lost.

        Returns
        -------
        Reply
            The outcome, which may also be `LOST`, and the figures of the last event; "error" in
            them says why a worker is lost.
        """
        try:
            if find_done(self.job):
                remove_leftovers(self.job, checkpoint=self._checkpoint)
                return Reply(outcome="skipped", figures=describe_done(self.job))
            if self._is_shared:
                return self._paint_shared()
            self._checkpoint.parent.mkdir(parents=True, exist_ok=True)
            with CheckpointLock(self._checkpoint):
                return self._paint_parts() if self.job.film is None else self._paint_film()
        except CheckpointInUseError:
            return Reply(outcome="busy")
        except _LostError as error:
            return Reply(outcome=LOST, figures={"error": str(error)})
        except Exception as error:  # noqa: BLE001  no job may end the supervisor of many
            return Reply(outcome="failed", figures=describe_failure(error))

    def stop(self) -> None:
        """Begin no further part; the worker itself must be asked to end the present one."""
        self._is_stopping = True

    def give_up(self) -> None:
        """Do not wait for the present part any longer."""
        with self._lock:
            if self._future is not None:
                self._future.cancel()

    def may_run_on(self, workers: Mapping[str, int]) -> bool:
        """Return whether a worker is there that may do the present part."""
        with self._lock:
            return self._future is None or any(name in workers for name in self._workers)

    def _paint_parts(self) -> Reply:
        job = self.job
        self._check_output()
        seconds = 60 * job.checkpoint_minutes
        before = 0.0  # evaluations
        unwritten = None  # a checkpoint for which there was no room here
        while not self._is_stopping:
            reply = self._paint_part(
                [_read(file.role, file.path) for file in job.inputs],
                unwritten or self._read_checkpoint(),
                seconds=seconds,
            )
            if reply.checkpoint is not None:
                unwritten = None if self._place_checkpoint(reply) else reply.checkpoint
            if reply.outcome == "done":
                figures = {**reply.figures, **place_output(job, reply)}
                remove_checkpoint(self._checkpoint)
                return Reply(outcome="done", figures=figures)
            if reply.outcome != "stopped":
                return Reply(outcome=reply.outcome, figures=reply.figures)
            if reply.checkpoint is None and not self._is_stopping:
                raise _LostError("the worker has stopped without a checkpoint")
            done = known_number(reply.figures.get("evaluations")) or before
            if done - before < _FEW:  # because each part repeats the last evaluation
                seconds *= 2
            before = done
        return Reply(outcome="stopped", figures={})

    def _paint_film(self) -> Reply:
        check_film_files(self.job)
        make_output_folder(self.job)
        files = [_read(file.role, file.path) for file in self.job.inputs]
        reply = self._paint_part(files, None, seconds=None)
        if reply.outcome == "stopped" and not self._is_stopping:
            raise _LostError("the worker has stopped")
        if reply.outcome != "done":
            return Reply(outcome=reply.outcome, figures=reply.figures)
        figures = {**reply.figures, **place_output(self.job, reply)}
        remove_leftovers(self.job, checkpoint=self._checkpoint)
        return Reply(outcome="done", figures=figures)

    def _paint_shared(self) -> Reply:
        place = str(self._checkpoint.absolute())
        reply = self._paint_part([], None, seconds=None, checkpoint=place)
        if reply.outcome not in {"done", "skipped"}:
            return reply
        if not is_done(self.job, known_sha256=str(reply.figures.get("sha256"))):
            raise JobError(
                f"output {self.job.output} is not there, although a worker says that it has "
                "written it; --shared needs the same paths on all machines"
            )
        figures = {**reply.figures, **figures_of_output(self.job, self.job.output)}
        return Reply(outcome=reply.outcome, figures=figures)

    def _paint_part(
        self,
        contents: Sequence[bytes],
        stored: bytes | None,
        *,
        seconds: float | None,
        checkpoint: str | None = None,
    ) -> Reply:
        """Have a worker paint a part; raise a `_LostError` if no reply comes."""
        roster = self._roster()
        usable = [name for name, slots in roster.slots.items() if slots]
        if not usable:
            raise _LostError("no worker is left")
        self._workers = sorted(usable, key=lambda name: name != self.worker)
        request = {
            "job": self.job.to_dict(),
            "topic": self._topic,
            "seconds": seconds,
            "threads": dict(roster.shares),
            "checkpoint": checkpoint,
            "folder": str(Path.cwd()),
        }
        data = (json.dumps(request), list(contents), stored)
        try:
            return read_reply(self._wait_for(data))
        except JobError:
            raise
        except CancelledError as error:  # whose words are about Dask's own tasks
            raise _LostError("it is gone") from error
        except Exception as error:  # Dask's errors are of many kinds
            raise _LostError(reason_of(error)) from error

    def _wait_for(self, data: tuple[Any, ...]) -> Any:
        key = f"ortstyle-{self.job.key}-{uuid4().hex[:8]}"
        future = self._connection.submit(paint_part, data, key=key, workers=self._workers)
        with self._lock:
            self._future = future
        try:
            if self._is_stopping:  # too late for those who ask the worker to stop
                future.cancel()
            return future.result()
        finally:
            with self._lock:
                self._future = None

    def _check_output(self) -> None:
        """Find out before the work whether the output can be written."""
        job = self.job
        job.output.parent.mkdir(parents=True, exist_ok=True)
        check_output(job.output, encoding=job.encoding, temporary_name=temporary_name(job))

    def _read_checkpoint(self) -> bytes | None:
        if not self._checkpoint.exists():
            return None
        return _read("checkpoint", self._checkpoint)

    def _place_checkpoint(self, reply: Reply) -> bool:
        """Write a checkpoint; if that fails, say so, and the last one stays."""
        self.has_progressed = True
        try:
            place_checkpoint(self.job, self._checkpoint, reply)
        except CheckpointError as error:
            self._tell("notice", text=str(error).partition("; choose")[0])
            return False
        self._tell("checkpoint")
        return True

    def _tell(self, kind: Kind, **figures: Any) -> None:
        self._tell_event(Event(kind, self.job.key, figures))


class _LostError(Exception):
    """A part of a job has not come back."""


def _read(role: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise JobError(f"{role} {path} can't be read ({reason_of(error)})") from error
