"""A job's row in the store: its state, its attempts and its times, with every value checked."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from ortstyle.errors import JobError
from ortstyle.jobs.job import Job
from ortstyle.report.printable import printable

_KEY = re.compile("[0-9a-f]{16}")
_SHA256 = re.compile("[0-9a-f]{64}")
_LONGEST_LINE = 1000  # characters
_AWAY = "move its file jobs.sqlite away; pictures that are done are not painted again"


class State(StrEnum):
    """The state of a job in the store.

    A job that is running, or was paused or cancelled while it ran, has an owner: the supervisor
    whose worker process has it.
    """

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A job's row in the store, as it was when it was read.

    Attributes
    ----------
    key
        `Job.key`.
    state
        The state.
    attempts
        How often a worker process has begun the job since a supervisor took it or since it got as
        far as its last checkpoint, without the times that it was told to stop.
    error
        Why the job failed, in one line; None unless it did.
    added, begun, ended
        When the job was added, given to a worker last, and done, failed or cancelled, in seconds
        since 1970.
    seconds
        Time that the painting took; None if it was not painted, or is not done.
    work
        Evaluations times pixels; see `estimate.work_of`. None if it isn't known.
    sha256
        SHA-256 of the output's file, as hexadecimal digits, once the job is done.
    device
        The device that the job was given to last.
    owner
        The supervisor whose worker has the job.
    data
        The job in JSON.
    """

    key: str
    state: State
    attempts: int
    error: str | None
    added: float
    begun: float | None
    ended: float | None
    seconds: float | None
    work: float | None
    sha256: str | None
    device: str | None
    owner: str | None
    data: str = field(repr=False)

    @cached_property
    def job(self) -> Job:
        """The job.

        Raises
        ------
        JobError, SettingsError
            The store does not hold the data of a job there, or those of a newer version's.
        """
        try:
            data = json.loads(self.data)
        except (ValueError, RecursionError) as error:
            raise JobError(f"the data of job {self.key} in the store are damaged") from error
        return Job.from_dict(data)

    @classmethod
    def from_values(cls, values: Sequence[Any]) -> Self:
        """Return the row of the values that the store holds, in the order of the fields.

        Raises
        ------
        JobError
            A value is not one that the store writes.
        """
        row = dict(zip(COLUMNS, values, strict=True))
        try:
            return cls(
                key=_matching(_KEY, row["key"]),
                state=State(row["state"]),
                attempts=_count(row["attempts"]),
                error=_line(row["error"]),
                added=_number(row["added"]),
                device=_line(row["device"]),
                owner=_optional(_KEY, row["owner"]),
                sha256=_optional(_SHA256, row["sha256"]),
                data=_text(row["data"]),
                **{name: _optional_number(row[name]) for name in _NUMBERS},
            )
        except (TypeError, ValueError) as error:
            raise JobError(
                f"row {str(row['key'])[:16]!r} of the store of jobs is damaged; {_AWAY}"
            ) from error


#: The columns of the store that a row is made of, in their order.
COLUMNS = tuple(each.name for each in fields(Row))
_NUMBERS = ("begun", "ended", "seconds", "work")


def one_line(text: str) -> str:
    """Return text of unknown origin as one line that is safe to print and not too long."""
    return printable(" ".join(text.split()))[:_LONGEST_LINE]


def known_sha256(value: object) -> str | None:
    """Return a SHA-256 of unknown origin, or None if it isn't one."""
    return value if isinstance(value, str) and _SHA256.fullmatch(value) else None


def checked_key(value: Any) -> str:
    """Return the name of a job or an owner in the store; it becomes part of a path.

    Raises
    ------
    JobError
        It is not one that the store writes.
    """
    try:
        return _matching(_KEY, value)
    except (TypeError, ValueError) as error:
        raise JobError(f"the store of jobs is damaged; {_AWAY}") from error


def known_number(value: Any) -> float | None:
    """Return a number of unknown origin, or None if it isn't one, or is negative."""
    return value if type(value) in (int, float) and 0 <= value < math.inf else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _matching(pattern: re.Pattern[str], value: Any) -> str:
    if not pattern.fullmatch(_text(value)):
        raise ValueError("no hexadecimal digits")
    return _text(value)


def _optional(pattern: re.Pattern[str], value: Any) -> str | None:
    return None if value is None else _matching(pattern, value)


def _line(value: Any) -> str | None:
    return None if value is None else one_line(_text(value))


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("no count")
    return value


def _number(value: Any) -> float:
    if known_number(value) is None:
        raise TypeError("no number")
    return float(value)


def _optional_number(value: Any) -> float | None:
    return None if value is None else _number(value)
