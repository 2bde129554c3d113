"""The store of jobs: a queue in an SQLite file that several processes may use at once.

Whether a picture is done is said by its file alone; the store holds the order of the jobs, their
states, and what is known of their runs.
"""

import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, islice
from typing import Any

from ortstyle.errors import JobError
from ortstyle.jobs.job import Job
from ortstyle.jobs.row import COLUMNS, Row, State, checked_key, one_line
from ortstyle.jobs.store_file import StoreFile
from ortstyle.jobs.store_order import position_before, position_of

__all__ = ["Row", "State", "Store"]

_Keys = Collection[str]

_PAGE = 100  # rows that are read, or added, at once
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM jobs"  # noqa: S608  our own names
_ORDER = "ORDER BY position, key"
# SQLite merges those of several states, each read in the order of an index.
_SELECT_AFTER = (
    f"SELECT {', '.join(COLUMNS)}, position FROM jobs "  # noqa: S608  the same
    "WHERE state = ? AND (position, key) > (?, ?)"
)
# A job that has been cancelled or paused stays so when its worker has given it back.
_GIVE_BACK = (
    "UPDATE jobs SET owner = NULL, attempts = max(attempts - 1, 0), "
    "state = CASE state WHEN 'running' THEN 'waiting' ELSE state END WHERE owner IS NOT NULL AND"
)
_OF_STATE = "SELECT key FROM jobs WHERE state = ?"
_DEVICE = "CASE WHEN json_valid(data) THEN coalesce(json_extract(data, '$.device'), '') ELSE '' END"
_GOING_ON = "CASE WHEN owner IS NULL THEN 'waiting' ELSE 'running' END"
_AGAIN = f"state = {_GOING_ON}, attempts = 0, error = NULL, ended = NULL"
_ADD = (
    "INSERT INTO jobs (key, position, state, attempts, added, work, data) "
    "SELECT ?, coalesce(max(position), 0) + 1, 'waiting', 0, ?, ?, ? FROM jobs "
    "WHERE true ON CONFLICT (key) DO UPDATE SET "
    "data = excluded.data, work = coalesce(excluded.work, work)"
)


class Store(StoreFile):
    """The store of jobs; each thread and process opens its own.

    Parameters
    ----------
    path
        The file. It and its folder are made if they are missing.

    Raises
    ------
    JobError
        From every method: the file is no store, is damaged or can't be written, or it holds no job
        of a key.
    """

    def add(
        self,
        jobs: Iterable[Job],
        *,
        retry_failed: bool = False,
        works: Mapping[str, float] | None = None,
    ) -> None:
        """Add jobs at the end of the queue.

        A job that the store has keeps its state and its position; but a cancelled one waits again,
        and its data are replaced, because the paths of its inputs may have changed.

        Parameters
        ----------
        jobs
            The jobs. They are read in portions, each of which is added as a whole.
        retry_failed
            Whether jobs that failed wait again.
        works
            Work of each job, by `Job.key`; see `estimate.work_of`. Others are unknown.
        """
        again = [State.CANCELLED, *([State.FAILED] if retry_failed else [])]
        source = iter(jobs)
        while portion := list(islice(source, _PAGE)):
            rows = [
                (job.key, (works or {}).get(job.key), json.dumps(job.to_dict())) for job in portion
            ]
            with self.transaction():
                for key, work, data in rows:
                    self.write(_ADD, key, time.time(), work, data)
                    self._change_one(key, _AGAIN, states=again)

    def list(self, *, states: Sequence[State] = (), after: str | None = None) -> Iterator[Row]:
        """Yield the rows in the order of the queue, read page by page.

        Parameters
        ----------
        states
            The states of the rows; of all if there are none.
        after
            The key of the row before the first one; None to begin with the first in the queue.
        """
        chosen = tuple(states) or tuple(State)
        query = f"{' UNION ALL '.join([_SELECT_AFTER] * len(chosen))} {_ORDER} LIMIT {_PAGE}"
        last = (float("-inf"), "")
        if after is not None:
            self.get(after)
            last = position_of(self, after), after
        while True:
            page = list(self.read(query, *chain(*((state, *last) for state in chosen))))
            for *values, _ in page:
                yield Row.from_values(values)
            if len(page) < _PAGE:
                return
            last = page[-1][-1], page[-1][0]

    def get(self, key: str) -> Row:
        """Return the row of a key."""
        if row := self.find(key):
            return row
        raise JobError(f"the store of jobs {self.path} has no job {key}")

    def find(self, key: str) -> Row | None:
        """Return the row of a key; None if the store has no such job."""
        found = list(self.read(f"{_SELECT} WHERE key = ?", key))
        return Row.from_values(found[0]) if found else None

    def counts(self) -> dict[State, int]:
        """Return how many jobs there are of each state."""
        found = dict(self.read("SELECT state, count(*) FROM jobs GROUP BY state"))
        return {state: found.get(state.value, 0) for state in State}

    def owners(self) -> Sequence[str]:
        """List the owners of jobs."""
        found = self.read("SELECT DISTINCT owner FROM jobs WHERE owner IS NOT NULL")
        return [checked_key(owner) for (owner,) in found]

    def next_waiting(self, *, only: _Keys | None = None, exclude: _Keys = ()) -> str | None:
        """Return the key of the first job that waits, of some or all; None if none waits.

        Parameters
        ----------
        only
            The keys of the jobs that count; None for all.
        exclude
            The keys of jobs that do not count.
        """
        return self._first(State.WAITING, only, exclude)

    def is_running(self, *, only: _Keys | None = None) -> bool:
        """Return whether a supervisor has one of some jobs, or of all, which is not paused."""
        return self._first(State.RUNNING, only) is not None

    def _first(
        self, state: State, only: _Keys | None, exclude: _Keys = (), except_for: _Keys = ()
    ) -> str | None:
        among = f"AND {_DEVICE} NOT IN ({_marks(except_for)})" if except_for else ""
        query = f"{_OF_STATE} {among} {_ORDER}"
        with closing(self.read(query, state, *except_for)) as found:
            keys = (str(key) for (key,) in found if only is None or key in only)
            return next((key for key in keys if key not in exclude), None)

    def claim(
        self,
        owner: str,
        *,
        device: str,
        only: _Keys | None = None,
        exclude: _Keys = (),
        except_for: _Keys = (),
    ) -> Row | None:
        """Take the first job that waits, which is running then; return None if none waits.

        It counts as the first attempt, so that a job which was begun by supervisors that died is
        tried as often as any other. No other process gets the same job.

        Parameters
        ----------
        owner
            The supervisor that takes the job.
        device
            The device that it is for.
        only, exclude
            As in `next_waiting`.
        except_for
            The devices whose jobs, which name them, do not count.
        """
        first = partial(self._first, State.WAITING, only, exclude, except_for)
        if first() is None:  # without locking others out
            return None
        with self.transaction():
            key = first()
            if key is None:
                return None
            self._change_one(
                key,
                "state = 'running', owner = ?, device = ?, begun = ?, ended = NULL, error = NULL, "
                "attempts = 1",
                *(owner, device, time.time()),
            )
            return self.get(key)

    def count_attempt(self, key: str, *, anew: bool = False) -> int:
        """Count one more attempt at a running job; return how many there have been.

        `anew` says that the job has got further, so that this attempt is the first one.
        """
        self._change(key, "attempts = 1" if anew else "attempts = attempts + 1")
        return self.get(key).attempts

    def finish(
        self,
        key: str,
        *,
        seconds: float | None,
        work: float | None,
        sha256: str | None,
        device: str | None,
    ) -> None:
        """Set a job to done; the values are those of `Row`, and None for what isn't known."""
        self._change(
            key,
            "state = 'done', owner = NULL, error = NULL, ended = ?, seconds = ?, "
            "work = coalesce(?, work), sha256 = ?, device = coalesce(?, device)",
            *(time.time(), seconds, work, sha256, device),
        )

    def fail(self, key: str, error: str) -> None:
        """Set a job to failed, and say why in one line."""
        changes = "state = 'failed', owner = NULL, ended = ?, error = ?"
        self._change(key, changes, time.time(), one_line(error))

    def reopen(self, key: str) -> None:
        """Let a job wait again that was done, failed or cancelled.

        A cancelled one that a worker still has is running again.
        """
        over = (State.DONE, State.FAILED, State.CANCELLED)
        self._change(key, f"{_AGAIN}, seconds = NULL, sha256 = NULL", states=over)

    def remove(self, key: str) -> bool:
        """Remove a job that no supervisor has; return whether the store has it no more."""
        with self.transaction():
            self.write("DELETE FROM jobs WHERE key = ? AND owner IS NULL", key)
            return not list(self.read("SELECT key FROM jobs WHERE key = ?", key))

    def release(self, key: str) -> None:
        """Give a job back that was stopped before its end: it waits, unless paused or cancelled.

        The attempt does not count.
        """
        with self.transaction():
            self.write(f"{_GIVE_BACK} key = ?", key)

    def release_all(self, owner: str) -> None:
        """Give all jobs of an owner back, as `release` does."""
        with self.transaction():
            self.write(f"{_GIVE_BACK} owner = ?", owner)

    def pause(self, key: str) -> None:
        """Pause a job that waits or is running; the supervisor that has it pauses its worker."""
        self._change(key, "state = 'paused'", states=(State.WAITING, State.RUNNING))

    def proceed(self, key: str) -> None:
        """Let a paused job go on: it is running if a worker has it, else it waits."""
        self._change(key, f"state = {_GOING_ON}", states=(State.PAUSED,))

    def cancel(self, key: str) -> None:
        """Cancel a job that is not over; the supervisor that has it stops its worker."""
        over = (State.WAITING, State.RUNNING, State.PAUSED)
        self._change(key, "state = 'cancelled', ended = ?", time.time(), states=over)

    def move(self, key: str, before: str | None) -> None:
        """Move a job in the queue to before another one; None moves it to the end."""
        with self.transaction():
            if before is not None:
                self.get(before)
            self._change_one(key, "position = ?", position_before(self, before, of=key))

    def _change(self, key: str, changes: str, *values: Any, states: Sequence[State] = ()) -> None:
        """Change a row if it has one of some states; a `JobError` if there is no such row."""
        with self.transaction():
            self._change_one(key, changes, *values, states=states)

    def _change_one(
        self, key: str, changes: str, *values: Any, states: Sequence[State] = ()
    ) -> None:
        among = f"AND state IN ({_marks(states)})" if states else ""
        query = f"UPDATE jobs SET {changes} WHERE key = ? {among}"  # noqa: S608  our own words
        if not self.write(query, *values, key, *states):
            self.get(key)


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
