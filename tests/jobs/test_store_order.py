"""Positions in the queue: one between two others, and new ones when there is none left."""

import pytest
from queued import make_jobs

from ortstyle.jobs.store import Store
from ortstyle.jobs.store_order import position_before, position_of


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "jobs.sqlite") as store:
        store.add(make_jobs(tmp_path, 3))
        yield store


@pytest.fixture
def keys(store):
    return [row.key for row in store.list()]


def test_a_position_lies_between_its_neighbours(store, keys):
    a, b, c = keys
    with store.transaction():
        assert position_of(store, a) < position_before(store, b, of=c) < position_of(store, b)
        assert position_before(store, a, of=c) < position_of(store, a)
        assert position_before(store, None, of=a) > position_of(store, c)


def test_jobs_are_numbered_anew_when_no_number_is_left(store, keys):
    a, b, c = keys
    with store.transaction():
        store.write("UPDATE jobs SET position = 1.0 WHERE key IN (?, ?)", a, b)
        first, second = sorted([a, b])
        assert position_of(store, first) == position_of(store, second)
        found = position_before(store, second, of=c)
        assert position_of(store, first) < found < position_of(store, second)
