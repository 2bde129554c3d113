"""A process that paints one job after another: ``python -P -m ortstyle.jobs.worker``.

It reads commands from standard input, one JSON object a line, and writes events to standard output,
one a line; see `events`. The commands are:

==========================================================  ========================================
``{"command": "run", "job": {…}, "checkpoint": "path"}``    paint a job; see `job.Job.to_dict`
``{"command": "pause"}``                                    and "proceed", "stop", "save": see
                                                            `control.Control`
``{"command": "preview", "side": 512}``                     the same; the side may be left out
``{"command": "exit"}``                                     stop the job and end
==========================================================  ========================================

The event "ready" says that a job can be taken: once at the beginning, and after each job. The end
of standard input, a reader of standard output that has gone, and SIGTERM are as "exit". What
libraries print goes to standard error.

This module loads nothing that is slow until the process has limited its threads. A process that is
to be warm then loads what every job needs. It says before that it is ready, so that a job which
comes meanwhile is begun as soon as all is loaded.
"""

import json
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal, get_args

from ortstyle.errors import JobError, OrtStyleError
from ortstyle.jobs.control import Control
from ortstyle.jobs.events import PREVIEW_SIDE, Event
from ortstyle.jobs.job import Job
from ortstyle.jobs.priority import lower_priority
from ortstyle.jobs.worker_streams import EventPipe, read_lines, take_standard_streams
from ortstyle.packaged import packaged_path
from ortstyle.runtime.threads import limit_threads

if TYPE_CHECKING:
    from ortstyle.runtime.cache import Cache

_SPARE = 768 << 20  # bytes that a process in the background leaves free; a draft takes 620 MB
_Request = Literal["pause", "proceed", "stop", "save", "preview"]
_IGNORED, _ENDING = ("SIGINT", "SIGBREAK"), ("SIGTERM", "SIGHUP")


def worker_command(
    threads: int = 0, *, warm: bool = False, probes: bool = False, background: bool = False
) -> list[str]:
    """Return the command that starts a worker.

    The folder in which it is started is no place to import modules from.

    Parameters
    ----------
    threads
        Its processor threads; 0 for all.
    warm
        Whether it loads libraries and the network before its first job, which then starts sooner.
    probes
        Whether it finds out the best device then too, for jobs that leave it to the worker.
    background
        Whether it leaves the processor to other processes that want it, and some memory.
    """
    command = [sys.executable, "-P", "-m", "ortstyle.jobs.worker"]
    options = ["--threads", str(threads)] if threads else []
    flags = {"--warm": warm, "--probe": probes, "--background": background}
    return [*command, *options, *(flag for flag, is_on in flags.items() if is_on)]


@dataclass(frozen=True)
class Assignment:
    """A job to paint, its checkpoint, and what is asked of it meanwhile."""

    job: Job
    checkpoint: Path
    control: Control


class Worker:
    """Carries out the commands that it is told, one job at a time.

    Parameters
    ----------
    tell
        Called with each event, from any thread. It must not raise an error.
    spare
        See `run_job.run_job`.
    """

    def __init__(self, tell: Callable[[Event], None], *, spare: int = 0) -> None:
        self._tell, self._spare = tell, spare
        # A simple queue, because a signal handler may put to it.
        self._assignments: SimpleQueue[Assignment | None] = SimpleQueue()
        self._current: Assignment | None = None
        self._is_ending = False

    def end(self) -> None:
        """Stop the job and let `work` return; to be called from any thread or signal handler."""
        self._is_ending = True
        if assignment := self._current:
            assignment.control.stop()
        self._assignments.put(None)

    def obey(self, line: bytes) -> None:
        """Carry out a command, or tell in one line why not."""
        try:
            command, data = _parse(line)
            if command == "exit":
                self.end()
            elif command == "run":
                self._assign(data)
            elif assignment := self._current:  # else the job has ended meanwhile
                _ask(assignment.control, command, data)
        except OrtStyleError as error:
            self._tell(Event("notice", figures={"text": " ".join(str(error).split())}))

    def work(self, *, warm: bool = False, probes: bool = False) -> None:
        """Paint the jobs that are assigned, until `end` is called.

        `warm` and `probes` are those of `worker_command`. What goes wrong then is told by the first
        job that needs it.
        """
        self._tell(Event("ready"))
        cache = self._warm_cache(probes=probes) if warm else None
        while (assignment := self._assignments.get()) and not self._is_ending:
            cache = cache or _make_cache()
            self._run(assignment, cache)
            self._current = None
            if not self._is_ending:
                self._tell(Event("ready"))
        if cache is not None:
            cache.clear()

    def _assign(self, data: dict[str, Any]) -> None:
        """Take a job; one that has the wrong form has failed."""
        if self._current is not None:
            raise JobError("a job is being painted; wait until the worker is ready")
        try:
            job, checkpoint = Job.from_dict(_dict(data.get("job"))), data.get("checkpoint")
            if not isinstance(checkpoint, str) or not checkpoint:
                raise JobError("the command to run a job names no checkpoint")
        except OrtStyleError as error:
            line, kind = " ".join(str(error).split()), type(error).__name__
            self._tell(Event("failed", figures={"error": line, "kind": kind}))
            self._tell(Event("ready"))
            return
        self._current = Assignment(job, Path(checkpoint), Control())
        self._assignments.put(self._current)
        if self._is_ending:  # it may have been set before the job could be seen
            self._current.control.stop()

    def _warm_cache(self, *, probes: bool) -> "Cache | None":
        """Load what every job needs, unless the process is to end."""
        for slow in ("ortstyle.jobs.run_job", "onnx.reference", "onnxruntime"):
            if self._is_ending:
                return None
            import_module(slow)
        cache = _make_cache()
        with suppress(OrtStyleError):
            cache.network(packaged_path("models", "vgg19.onnx"))
            if probes and not self._is_ending:
                import_module("ortstyle.jobs.preparation").automatic_device()
        return cache

    def _run(self, assignment: Assignment, cache: "Cache") -> None:
        from ortstyle.jobs.run_job import describe_failure, run_job  # noqa: PLC0415  slow to load

        try:
            run_job(
                assignment.job,
                checkpoint=assignment.checkpoint,
                tell=self._tell,
                control=assignment.control,
                cache=cache,
                spare=self._spare,
            )
        except JobError as error:  # it is busy
            self._tell(Event("failed", assignment.job.key, describe_failure(error)))


def _make_cache() -> "Cache":
    from ortstyle.runtime.cache import Cache  # noqa: PLC0415  slow to load

    return Cache()


def _ask(control: Control, command: str, data: dict[str, Any]) -> None:
    """Ask something of a job, or raise a `JobError` if it can't be asked so."""
    if command == "preview":
        control.preview(data.get("side", PREVIEW_SIDE))
    else:
        getattr(control, command)()


def _parse(line: bytes) -> tuple[str, dict[str, Any]]:
    """Return the name of a command and all that belongs to it."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise JobError(f"{_shown(line)} is no command of a worker") from error
    command = data.get("command") if isinstance(data, dict) else None
    if not isinstance(command, str) or command not in ("run", "exit", *get_args(_Request)):
        raise JobError(f"{_shown(line)} is no command of a worker")
    return command, data


def _shown(line: bytes) -> str:
    return repr(line[:80].decode("utf-8", "replace"))


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise JobError("the command to run a job holds no job")
    return value


def main(arguments: Sequence[str] | None = None) -> None:
    """Work until standard input ends."""
    parser = ArgumentParser(prog="ortstyle.jobs.worker", description="Paints jobs.")
    parser.add_argument("--threads", type=int, default=0, help="processor threads (all)")
    parser.add_argument("--warm", action="store_true", help="load all before the first job")
    parser.add_argument("--probe", action="store_true", help="then find out the best device")
    parser.add_argument("--background", action="store_true", help="give way to other processes")
    options = parser.parse_args(arguments)
    if options.background:
        lower_priority()
    if options.threads > 0:
        limit_threads(options.threads)
    commands, events = take_standard_streams()
    pipe = EventPipe(events)
    worker = Worker(pipe.tell, spare=_SPARE if options.background else 0)
    pipe.lost = worker.end
    _handle_signals(worker)
    Thread(target=_listen, args=(worker, commands), daemon=True, name="commands").start()
    worker.work(warm=options.warm, probes=options.probe)


def _listen(worker: Worker, commands: int) -> None:
    for line in read_lines(commands):
        if line.strip():
            worker.obey(line)
    worker.end()


def _handle_signals(worker: Worker) -> None:
    """Leave it to who has started the process when Ctrl-C stops it; end when told to."""
    for name in _IGNORED + _ENDING:
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` has told
            with suppress(ValueError):  # not in the main thread
                handler = signal.SIG_IGN if name in _IGNORED else lambda *_: worker.end()
                signal.signal(number, handler)


if __name__ == "__main__":
    main()
