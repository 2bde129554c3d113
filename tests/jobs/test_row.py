"""Rows of the store: what a damaged or hostile file holds is refused, and text is safe to print."""

import pytest
from queued import make_jobs

from ortstyle.errors import JobError
from ortstyle.jobs.row import COLUMNS, Row, State, known_sha256, one_line
from ortstyle.jobs.store import Store

GOOD = {
    "key": "0123456789abcdef",
    "state": "done",
    "attempts": 1,
    "error": None,
    "added": 1.5,
    "begun": 2,
    "ended": None,
    "seconds": 3.0,
    "work": None,
    "sha256": "0" * 64,
    "device": "cpu",
    "owner": None,
    "data": "{}",
}


def row(**changes):
    return Row.from_values([(GOOD | changes)[name] for name in COLUMNS])


def test_a_row_has_its_values():
    found = row()
    assert found.state is State.DONE
    assert (found.begun, found.ended, found.seconds) == (2.0, None, 3.0)


@pytest.mark.parametrize(
    "change",
    [
        {"key": "../../../../etc"},
        {"key": b"0123456789abcdef"},
        {"state": "finished"},
        {"state": None},
        {"attempts": -1},
        {"attempts": 1.0},
        {"added": None},
        {"added": float("inf")},
        {"begun": "now"},
        {"seconds": -1.0},
        {"work": float("nan")},
        {"error": 1},
        {"sha256": "0"},
        {"owner": "../x"},
        {"device": b"cpu"},
        {"data": None},
    ],
    ids=repr,
)
def test_a_value_that_the_store_does_not_write_is_refused(change):
    with pytest.raises(JobError, match="of the store of jobs is damaged; move"):
        row(**change)


@pytest.mark.parametrize("data", ["", "[]", "[" * 100_000, '{"inputs": 1}', "{}"])
def test_data_that_are_no_job_are_refused_when_they_are_read(data):
    found = row(data=data)
    with pytest.raises(JobError):
        _ = found.job


def test_the_job_of_a_row_is_the_one_that_was_added(tmp_path):
    (job,) = make_jobs(tmp_path, 1)
    with Store(tmp_path / "jobs.sqlite") as store:
        store.add([job])
        assert store.get(job.key).job == job


def test_text_of_unknown_origin_is_one_short_safe_line():
    assert one_line("a\nb\x1b[2J \udcff") == "a b\\x1b[2J \\xff"
    assert len(one_line("word " * 10_000)) == 1000
    assert row(error="\x1b[2J").error == "\\x1b[2J"


def test_only_a_hash_is_a_hash():
    assert known_sha256("a" * 64) == "a" * 64
    assert [known_sha256(value) for value in (None, 1, "a", "A" * 64, ["a" * 64])] == [None] * 5
