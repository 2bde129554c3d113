"""The order of the queue: a job's position is a number, and there is one between two others."""

from typing import Any

from ortstyle.jobs.store_file import StoreFile


def position_of(store: StoreFile, key: str) -> float:
    """Return the position of a job that the store has."""
    return _read_number(store, "SELECT position FROM jobs WHERE key = ?", key)


def position_before(store: StoreFile, before: str | None, *, of: str) -> float:
    """Return a position for a job just before that of another one; at the end if that is None.

    All jobs get new numbers if there is none left between two. The caller has begun a transaction.
    """
    if before is None:
        return _read_number(store, "SELECT max(position) FROM jobs") + 1
    position = _between(store, of, before)
    if position is None:
        _number_anew(store)
        position = _between(store, of, before)
    assert position is not None  # noqa: S101  whole numbers have one between them
    return position


def _between(store: StoreFile, key: str, before: str) -> float | None:
    """Return a position just before that of a job; None if no number is left there."""
    above = position_of(store, before)
    lower = "SELECT max(position) FROM jobs WHERE (position, key) < (?, ?) AND key != ?"
    below = _read_number(store, lower, above, before, key, default=above - 2)
    middle = (below + above) / 2
    return middle if below < middle < above else None


def _number_anew(store: StoreFile) -> None:
    keys = list(store.read("SELECT key FROM jobs ORDER BY position, key"))
    for number, (key,) in enumerate(keys, 1):
        store.write("UPDATE jobs SET position = ? WHERE key = ?", float(number), key)


def _read_number(store: StoreFile, query: str, *values: Any, default: float = 0.0) -> float:
    ((found,),) = store.read(query, *values)
    return found if isinstance(found, float) else default
