"""Which jobs of a batch are done, which have failed before, and which are to be painted."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ortstyle.errors import OrtStyleError
from ortstyle.files import reason_of, remove_abandoned
from ortstyle.jobs.batch_report import Fate, JobResult
from ortstyle.jobs.done import hash_of, is_done
from ortstyle.jobs.estimate import USUAL, work_of
from ortstyle.jobs.job import Job
from ortstyle.jobs.planned_job import PlannedJob
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import State, Store


class KnownJob(NamedTuple):
    """What the store knows of a job from earlier batches."""

    state: State
    sha256: str | None
    error: str | None
    is_owned: bool


def known_jobs(store: Store) -> dict[str, KnownJob]:
    """Return what a store knows of all its jobs, by key."""
    return {
        row.key: KnownJob(row.state, row.sha256, row.error, row.owner is not None)
        for row in store.list()
    }


@dataclass(frozen=True)
class BatchQueue:
    """The jobs of a batch, sorted by what is to be done with them.

    Attributes
    ----------
    planned
        All of them, in their order.
    results
        What has become of those that are not to be painted, by their number from 0.
    todo
        The jobs to paint, by their number from 0.
    replacing
        The numbers of those whose output would replace a file.
    folder
        The folder of the results.
    """

    planned: Sequence[PlannedJob]
    folder: Path
    results: dict[int, JobResult] = field(default_factory=dict)
    todo: dict[int, Job] = field(default_factory=dict)
    replacing: set[int] = field(default_factory=set)

    @classmethod
    def sort(
        cls,
        planned: Sequence[PlannedJob],
        *,
        folder: Path,
        known: Mapping[str, KnownJob],
        retry_failed: bool,
    ) -> "BatchQueue":
        """Find out which jobs are done; a job is if its output says so itself.

        Parameters
        ----------
        planned
            The jobs.
        folder
            The folder of the results.
        known
            What the store knows, by key.
        retry_failed
            Whether jobs that failed before are painted again.
        """
        queue = cls(planned, folder)
        for number, one in enumerate(planned):
            if one.job is None:
                queue.results[number] = queue.result(number, "failed", error=one.error)
                continue
            before = known.get(one.job.key)
            if is_done(one.job, known_sha256=before.sha256 if before else None):
                queue.results[number] = queue.result(number, "skipped")
            elif before and before.state is State.FAILED and not retry_failed:
                queue.results[number] = queue.result(number, "failed", error=before.error or "")
            else:
                queue.todo[number] = one.job
                if one.job.output.is_file():
                    queue.replacing.add(number)
        return queue

    def result(self, number: int, state: Fate, **others: Any) -> JobResult:
        """Return what has become of the job of a number; `others` are fields of `JobResult`."""
        one = self.planned[number]
        content = one.wanted.content
        return JobResult(
            output=self.name_of(number),
            content="" if content == Path() else str(content),
            styles=[str(style) for style in one.wanted.styles],
            frames=one.frames,
            state=state,
            **others,
        )

    def name_of(self, number: int) -> str:
        """Return the path of an output in the folder of the results; empty if it has none."""
        output = self.planned[number].output
        return "" if output is None else output.relative_to(self.folder).as_posix()

    def works(self) -> dict[str, float]:
        """Return the work of each job to paint, by its key."""
        return {
            job.key: work_of(job, one.size or USUAL, frames=one.frames)
            for number, job in self.todo.items()
            for one in [self.planned[number]]
        }

    def make_folders(self) -> None:
        """Make the folders of the outputs; a job whose folder can't be made has failed.

        Temporary files that killed processes have left there are removed.
        """
        faults: dict[Path, str] = {}
        for number, job in list(self.todo.items()):
            parent = job.output.parent
            if parent not in faults:
                faults[parent] = _make(parent)
            if faults[parent]:
                del self.todo[number]
                self.results[number] = self.result(number, "failed", error=faults[parent])

    def enter(self, store: Store, known: Mapping[str, KnownJob], *, retry_failed: bool) -> None:
        """Let the jobs that are to be painted wait in the store.

        Those wait again that were done, whose output has gone since, and those that were paused.
        Those that are done without the store knowing it, because a process was killed, are noted.
        """
        for number, result in self.results.items():
            job = self.planned[number].job
            before = known.get(job.key) if job and result.state == "skipped" else None
            if job and before and before.state is not State.DONE and not before.is_owned:
                sha256 = hash_of(job.output)
                store.finish(job.key, seconds=None, work=None, sha256=sha256, device=None)
        store.add(self.todo.values(), retry_failed=retry_failed, works=self.works())
        for job in self.todo.values():
            before = known.get(job.key)
            if before and before.state is State.DONE:
                store.reopen(job.key)
            elif before and before.state is State.PAUSED and not before.is_owned:
                store.proceed(job.key)

    def discard_superseded(self, store: Store, state: StateFolder) -> None:
        """Remove the checkpoints of jobs that were begun with the same outputs, but other settings.

        Those that a process paints stay.
        """
        jobs = [one.job for one in self.planned if one.job]
        keys, outputs = {job.key for job in jobs}, {job.output for job in jobs}
        any_key = state.checkpoint_of("*")
        for path in any_key.parent.glob(any_key.name):
            key = path.name.partition(".")[0]
            with suppress(OrtStyleError):  # it is of no job in the store
                if key not in keys and store.get(key).job.output in outputs:
                    state.discard(key)


def _make(folder: Path) -> str:
    """Make a folder; return why it can't be made, or nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        return f"folder {folder} can't be made ({reason_of(error)}); choose another place with -o"
    remove_abandoned(folder)
    return ""
