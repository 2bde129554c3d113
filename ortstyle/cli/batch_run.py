"""Carries out a `BatchCommand`: finds the jobs, has them painted, and reports."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag

import typer
from rich.console import Console

from ortstyle.cli.batch_command import BatchCommand
from ortstyle.cli.batch_end import check_overwriting, print_table, save_sheet
from ortstyle.cli.batch_progress import BatchProgress
from ortstyle.cli.batch_search import find_jobs
from ortstyle.cli.batch_summary import measured_seconds, summarise
from ortstyle.cli.dask_noise import quiet_dask
from ortstyle.cli.interrupts import stopping_at_once
from ortstyle.cli.messages import say, say_from_signal_handler, show
from ortstyle.cli.windows_console import ConsoleClosing
from ortstyle.errors import OrtStyleError, OutputError
from ortstyle.files import follow_links, reason_of
from ortstyle.jobs.batch_estimate import BatchEstimate
from ortstyle.jobs.batch_queue import BatchQueue, KnownJob, known_jobs
from ortstyle.jobs.batch_report import REPORT_NAME, JobResult, save_report
from ortstyle.jobs.batch_wanted import store_path
from ortstyle.jobs.cluster import ClusterSupervisor
from ortstyle.jobs.cluster_dispatch import CLUSTER_DEVICE
from ortstyle.jobs.planned_job import PlannedJob
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import Row, State, Store
from ortstyle.jobs.supervisor import Supervisor, share_threads
from ortstyle.report.batch_display import BatchDisplay
from ortstyle.report.console import open_console
from ortstyle.report.contact_sheet import check_contact_sheet
from ortstyle.runtime.device_lookup import find_device

_STOPPING = (
    "stopping; what has been painted is kept in checkpoints; press Ctrl-C again to stop at once"
)

_LEFT = {  # why a job is not done when a batch is over
    State.RUNNING: "another process is painting it",
    State.PAUSED: "it is paused",
    State.CANCELLED: "it was cancelled",
}


def run_batch(command: BatchCommand) -> bool:
    """Paint the pictures of a batch; return whether all are done.

    Raises
    ------
    OrtStyleError
        The batch can't be begun, or can't go on.
    """
    for device in command.devices:
        if device != "auto" and command.scheduler is None:
            find_device(device)
    threads = share_threads(command.devices, limit=command.threads)
    console = open_console(stderr=True)
    planned, problems = find_jobs(command, console)
    for problem in problems:
        say(problem)
    if not planned:
        return False
    report = follow_links(command.folder) / REPORT_NAME
    check_overwriting(planned, report=report, sheet=command.sheet, manifest=command.manifest)
    batch = _Batch(command, planned, threads=threads, console=console)
    is_done = batch.list_only() if command.dry_run else batch.run()
    return is_done and not problems


class _Batch:
    """The jobs of a batch on their way through the store and the supervisor."""

    def __init__(
        self,
        command: BatchCommand,
        planned: Sequence[PlannedJob],
        *,
        threads: Sequence[int],
        console: Console,
    ) -> None:
        self._command, self._planned, self._threads = command, planned, threads
        self._console, self._folder = console, follow_links(command.folder)
        self._store_path = store_path(self._folder)
        self._state = self._store_path.parent
        self._queue = BatchQueue(planned, self._folder)

    def list_only(self) -> bool:
        """Print what would be painted; return whether nothing is wrong."""
        known: Mapping[str, KnownJob] = {}
        done: list[Row] = []
        if self._store_path.is_file():
            with suppress(OrtStyleError), Store(self._store_path) as store:
                known, done = known_jobs(store), list(store.list(states=[State.DONE]))
        self._sort(known)
        for number, result in enumerate(self._results):
            replaces = number in self._queue.replacing
            listed = _listed(self._planned[number], result, replaces=replaces)
            show(result.to_line() if self._command.as_json else listed)
        if not self._command.quiet:
            say(self._summary(self._estimate(done), is_measured=True))
        return all(result.state != "failed" for result in self._results)

    def run(self) -> bool:
        """Paint what is missing; return whether all is done."""
        self._make_folder()
        if self._command.sheet:
            check_contact_sheet(self._command.sheet)
        with Store(self._store_path) as store:
            StateFolder(self._state).free_abandoned(store)
            known = known_jobs(store)
            self._sort(known)
            self._queue.make_folders()
            self._queue.discard_superseded(store, StateFolder(self._state))
            self._queue.enter(store, known, retry_failed=self._command.retry_failed)
            try:
                self._paint(store)
            except BaseException:
                self._end(store, is_over=False)
                if any(result.state == "waiting" for result in self._results):
                    say("type the same command again to go on")
                raise
            is_reported = self._end(store, is_over=True)
        pairs = list(zip(self._planned, self._results, strict=True))
        has_failed = any(one.job and result.state == "failed" for one, result in pairs)
        if has_failed and not self._command.quiet:
            say("--retry-failed paints what has failed again, once its cause is gone")
        return is_reported and all(result.state in ("done", "skipped") for _, result in pairs)

    @property
    def _results(self) -> list[JobResult]:
        """What has become of the jobs, in their order."""
        queue = self._queue
        found = [
            queue.results.get(number) or queue.result(number, "waiting")
            for number in range(len(queue.planned))
        ]
        return [replace(one, error=shorten(one.error)) if one.error else one for one in found]

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"folder {self._command.folder} can't be made ({reason_of(error)}); choose another "
                "place with -o"
            ) from error

    def _sort(self, known: Mapping[str, KnownJob]) -> None:
        self._queue = BatchQueue.sort(
            self._planned,
            folder=self._folder,
            known=known,
            retry_failed=self._command.retry_failed,
        )

    def _paint(self, store: Store) -> None:
        """Have the jobs painted that are missing, and show how it goes."""
        command, queue = self._command, self._queue
        keys = {job.key for job in queue.todo.values()}
        estimate = self._estimate(store.list(states=[State.DONE]))
        if not command.quiet:
            say(self._summary(estimate))
        display = BatchDisplay(self._console, len(keys), quiet=command.quiet or command.as_json)
        progress = BatchProgress(
            queue,
            display,
            estimate=estimate.take,
            print_line=typer.echo if command.as_json else None,
            shorten=shorten,
        )
        progress.tell_results()
        if keys:
            supervisor = self._supervisor(store)
            noise = quiet_dask() if command.scheduler else nullcontext()
            with display, _stopping(supervisor), noise:
                supervisor.run(tell=progress.take, only=keys)
        else:  # a batch that was killed at its very end has left something
            StateFolder(self._state).tidy(store)

    def _estimate(self, done: Iterable[Row]) -> BatchEstimate:
        command = self._command
        devices = (CLUSTER_DEVICE,) if command.scheduler else command.devices
        return BatchEstimate(done, self._queue.works(), devices=devices)

    def _summary(self, estimate: BatchEstimate, *, is_measured: bool = False) -> str:
        left = None
        if not self._command.scheduler:  # whose number of workers is not known yet
            left = estimate.seconds_left
            if left is None and is_measured:
                left = measured_seconds(self._queue, devices=self._command.devices)
        return summarise(self._queue, left, devices=self._command.devices)

    def _supervisor(self, store: Store) -> Supervisor | ClusterSupervisor:
        command = self._command
        if command.scheduler is None:
            return Supervisor(
                store, folder=self._state, devices=command.devices, threads=self._threads
            )
        return ClusterSupervisor(
            store,
            folder=self._state,
            address=command.scheduler,
            resources=command.resources,
            is_shared=command.is_shared,
            device=command.devices[0],
            threads=command.threads,
        )

    def _end(self, store: Store, *, is_over: bool) -> bool:
        """Find out what has become of the jobs and report it; return whether that could be done.

        If the batch `is_over`, jobs that are running are painted by another process.
        """
        with suppress(OrtStyleError):  # what is wrong with the store is said elsewhere
            self._settle(store, is_over=is_over)
        command, results, is_saved = self._command, self._results, True
        report = self._folder / REPORT_NAME
        try:
            save_report(report, results)
        except OutputError as error:
            say(str(error))
            is_saved = False
        try:
            if (
                command.sheet
                and is_over
                and (lack := save_sheet(command.sheet, self._queue, results))
            ):
                say(lack)
        except OutputError as error:
            say(str(error))
            is_saved = False
        if not command.quiet:
            console = self._console if command.as_json else open_console()
            print_table(console, results, report=report)
        return is_saved

    def _settle(self, store: Store, *, is_over: bool) -> None:
        """Note what has become of the jobs of which no event has told."""
        for number, job in self._queue.todo.items():
            if number not in self._queue.results:
                row = store.get(job.key)
                if row.state is State.DONE:  # painted by another process
                    self._queue.results[number] = self._queue.result(
                        number, "done", seconds=row.seconds
                    )
                elif row.state in _LEFT and is_over:
                    self._queue.results[number] = self._queue.result(
                        number, "waiting", error=_LEFT[row.state]
                    )
                elif row.state is State.FAILED:
                    self._queue.results[number] = self._queue.result(
                        number, "failed", error=row.error or ""
                    )


def _listed(planned: PlannedJob, result: JobResult, *, replaces: bool) -> str:
    """Return the line of a job in a dry run."""
    pictures = " × ".join(filter(None, [result.content, " + ".join(result.styles)]))
    state = {"waiting": "to paint", "skipped": "done"}.get(result.state, result.state)
    if planned.wanted.is_film and result.state == "waiting":
        state += f", {planned.frames or 'an unknown number of'} frames"
    more = f": {result.error}" if result.error else ", replaces a file" if replaces else ""
    return f"{result.output or 'no output'} ← {pictures or 'nothing'} ({state}{more})"


@contextmanager
def _stopping(supervisor: Supervisor | ClusterSupervisor) -> Iterator[None]:
    """Let signals, and the closing of a Windows console, stop a supervisor."""
    over = Flag()

    def close() -> None:
        supervisor.stop()
        over.wait()

    closing = ConsoleClosing(close)
    try:
        with stopping_at_once(say_from_signal_handler, _STOPPING):
            yield
    finally:
        over.set()
        closing.end()


def shorten(message: str) -> str:
    """Return a message with paths relative to the current folder, as they were named."""
    return message.replace(f"{Path.cwd()}{os.sep}", "")
