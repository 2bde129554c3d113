"""The store: the order of the queue, the states of jobs, and several processes at once."""

import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from queued import each_job, make_jobs

from ortstyle.errors import JobError
from ortstyle.jobs.store import State, Store

OWNER, OTHER = "a" * 16, "b" * 16
DONE = {"seconds": 2.5, "work": 100.0, "sha256": "0" * 64, "device": None}


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "jobs.sqlite") as store:
        yield store


@pytest.fixture
def keys(store, tmp_path):
    jobs = make_jobs(tmp_path, 4)
    store.add(jobs)
    return [job.key for job in jobs]


def order(store, *states):
    return [row.key for row in store.list(states=states)]


def claim(store, owner=OWNER, **choice):
    row = store.claim(owner, device="cpu", **choice)
    return row and row.key


def begun(store, state):
    """Return the key of a job that was brought into a state, and its row."""
    key = claim(store)
    {
        State.RUNNING: lambda: None,
        State.WAITING: lambda: store.release(key),
        State.PAUSED: lambda: store.pause(key),
        State.DONE: lambda: store.finish(key, **DONE),
        State.FAILED: lambda: store.fail(key, "why"),
        State.CANCELLED: lambda: (store.cancel(key), store.release(key)),
    }[state]()
    assert store.get(key).state is state
    return key


def test_a_job_that_is_added_waits(store, keys):
    row = store.get(keys[0])
    assert row.state is State.WAITING
    assert (row.attempts, row.error, row.owner, row.begun, row.ended) == (0, None, None, None, None)
    assert row.added > 1e9
    assert order(store) == keys
    assert store.counts() == dict.fromkeys(State, 0) | {State.WAITING: 4}


def test_jobs_are_added_at_the_end(store, keys, tmp_path):
    jobs = make_jobs(tmp_path, 6)
    store.add(reversed(jobs))
    assert order(store) == [*keys, jobs[5].key, jobs[4].key]


@pytest.mark.parametrize("state", list(State))
def test_a_job_that_is_added_again_keeps_its_state_unless_it_was_cancelled(
    store, keys, tmp_path, state
):
    key = begun(store, state)
    store.add(make_jobs(tmp_path, 4))
    assert order(store) == keys
    expected = State.WAITING if state is State.CANCELLED else state
    assert store.get(key).state is expected


@pytest.mark.parametrize("state", list(State))
def test_failed_jobs_wait_again_when_asked_for(store, keys, tmp_path, state):
    key = begun(store, state)
    store.add(make_jobs(tmp_path, 4), retry_failed=True)
    again = state in (State.CANCELLED, State.FAILED)
    row = store.get(key)
    assert row.state is (State.WAITING if again else state)
    assert (row.attempts, row.error) == ((0, None) if again else (row.attempts, row.error))


def test_the_data_of_a_job_that_is_added_again_are_the_new_ones(store, tmp_path):
    (job,) = make_jobs(tmp_path, 1)
    moved = tuple(replace(file, path=Path("moved") / file.path) for file in job.inputs)
    other = replace(job, inputs=moved, threads=3)
    assert other.key == job.key
    store.add([job], works={job.key: 5.0})
    store.add([other])
    assert store.get(job.key).job == other
    assert store.get(job.key).work == 5.0


def test_a_cancelled_job_that_its_worker_has_still_is_not_given_to_another(store, keys, tmp_path):
    key = claim(store)
    store.cancel(key)
    store.add(make_jobs(tmp_path, 4))
    assert store.get(key).state is State.RUNNING
    store.release(key)
    assert store.get(key).state is State.WAITING


def test_jobs_are_claimed_in_their_order_once(store, keys):
    assert [claim(store) for _ in range(5)] == [*keys, None]
    row = store.get(keys[0])
    assert (row.state, row.owner, row.device, row.attempts) == (State.RUNNING, OWNER, "cpu", 1)
    assert row.begun >= row.added


def test_some_jobs_may_be_claimed_or_left_out(store, keys):
    assert claim(store, only=keys[2:], exclude=[keys[2]]) == keys[3]
    assert claim(store, only=[]) is None
    assert store.next_waiting(exclude=keys[:1]) == keys[1]


def test_a_job_that_is_done_has_its_figures(store, keys):
    key = claim(store)
    store.finish(key, **DONE)
    row = store.get(key)
    assert (row.state, row.owner, row.device) == (State.DONE, None, "cpu")
    assert (row.seconds, row.work, row.sha256) == (2.5, 100.0, "0" * 64)
    assert row.ended >= row.begun
    assert claim(store) == keys[1]


def test_a_job_that_failed_says_why_in_one_line(store, keys):
    key = claim(store)
    store.fail(key, "first\nsecond \x1b[2J\udcff")
    row = store.get(key)
    assert (row.state, row.owner) == (State.FAILED, None)
    assert row.error == "first second \\x1b[2J\\xff"


def test_an_attempt_counts_unless_the_job_is_given_back(store, keys):
    key = claim(store)
    assert store.count_attempt(key) == 2
    store.release(key)
    store.release(key)  # nobody has it: nothing changes
    assert (store.get(key).attempts, store.get(key).owner) == (1, None)
    assert store.claim(OWNER, device="cpu").attempts == 1  # whoever takes it begins to count


def test_all_jobs_of_an_owner_are_given_back(store, keys):
    for owner in (OWNER, OTHER, OWNER, OWNER):
        claim(store, owner)
    store.finish(keys[0], **DONE)
    store.pause(keys[2])
    store.cancel(keys[3])
    assert sorted(store.owners()) == [OWNER, OTHER]
    store.release_all(OWNER)
    assert store.owners() == [OTHER]
    states = [row.state.value for row in store.list()]
    assert states == ["done", "running", "paused", "cancelled"]


def test_a_waiting_job_that_is_paused_is_not_claimed_until_it_proceeds(store, keys):
    store.pause(keys[0])
    assert claim(store) == keys[1]
    store.proceed(keys[0])
    assert claim(store) == keys[0]


def test_a_job_that_a_supervisor_has_is_running_unless_it_is_paused(store, keys):
    assert not store.is_running()
    key = claim(store)
    assert store.is_running()
    assert store.is_running(only={key})
    assert not store.is_running(only=set(keys) - {key})
    store.pause(key)
    assert not store.is_running()


def test_a_running_job_that_is_paused_keeps_its_owner(store, keys):
    key = claim(store)
    store.pause(key)
    assert (store.get(key).state, store.get(key).owner) == (State.PAUSED, OWNER)
    store.proceed(key)
    assert store.get(key).state is State.RUNNING


@pytest.mark.parametrize(
    ("change", "states"),
    [
        ("pause", [State.PAUSED, State.DONE, State.FAILED, State.CANCELLED]),
        ("proceed", [State.WAITING, State.RUNNING, State.DONE, State.FAILED, State.CANCELLED]),
        ("cancel", [State.DONE, State.FAILED, State.CANCELLED]),
        ("reopen", [State.WAITING, State.RUNNING, State.PAUSED]),
    ],
)
def test_a_change_that_a_state_does_not_have_changes_nothing(store, keys, change, states):
    for state in states:
        key = begun(store, state)
        before = store.get(key)
        getattr(store, change)(key)
        assert store.get(key) == before
        store.finish(key, **DONE)
        store.reopen(key)


@pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.CANCELLED])
def test_a_job_that_is_over_may_be_opened_again(store, keys, state):
    key = begun(store, state)
    store.reopen(key)
    row = store.get(key)
    assert (row.state, row.attempts, row.error, row.seconds) == (State.WAITING, 0, None, None)
    assert claim(store) == key


@pytest.mark.parametrize(
    "change",
    ["get", "count_attempt", "reopen", "pause", "proceed", "cancel"],
)
def test_a_job_that_the_store_does_not_have_is_named(store, change):
    with pytest.raises(JobError, match="has no job 0123456789abcdef"):
        getattr(store, change)("0123456789abcdef")


def test_moving_keeps_the_others_in_their_order(store, keys):
    a, b, c, d = keys
    store.move(d, a)
    assert order(store) == [d, a, b, c]
    store.move(a, None)
    assert order(store) == [d, b, c, a]
    store.move(b, b)
    assert order(store) == [d, b, c, a]
    store.move(a, c)
    assert order(store) == [d, b, a, c]
    with pytest.raises(JobError, match="has no job"):
        store.move(a, "0" * 16)


def test_moving_again_and_again_finds_a_position_each_time(store, keys):
    expected = list(keys)
    for _ in range(150):  # halving the distance as often leaves no number between
        key = expected.pop()
        store.move(key, expected[1])
        expected.insert(1, key)
        assert order(store) == expected


def test_lists_are_read_page_by_page_and_by_state(store, tmp_path):
    jobs = make_jobs(tmp_path, 600)
    store.add(iter(jobs))
    keys = [job.key for job in jobs]
    assert order(store) == keys
    for key in keys[::2]:
        claim(store, only=[key])
        store.finish(key, **DONE)
    assert order(store, State.DONE) == keys[::2]
    assert order(store, State.WAITING, State.RUNNING) == keys[1::2]
    assert [row.key for row in store.list(after=keys[500])] == keys[501:]
    # The store may be changed while a list is read.
    for row in store.list(states=[State.DONE]):
        store.reopen(row.key)
    assert store.counts()[State.WAITING] == 600


def test_adding_reads_jobs_lazily_and_keeps_those_before_an_error(store, tmp_path):
    def failing():
        yield from islice(each_job(tmp_path), 250)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.add(failing())
    assert store.counts()[State.WAITING] == 200


CLAIM = """
import sys
from pathlib import Path
from ortstyle.jobs.store import Store
with Store(Path(sys.argv[1])) as store:
    sys.stdin.readline()
    while row := store.claim(sys.argv[2], device="cpu"):
        print(row.key)
        store.finish(row.key, seconds=1, work=1, sha256=None, device=None)
"""


def test_processes_never_claim_the_same_job(store, tmp_path):
    jobs = make_jobs(tmp_path, 200)
    store.add(jobs)
    owners = [letter * 16 for letter in "abc"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", CLAIM, str(store.path)]
    processes = [subprocess.Popen([*command, owner], **pipes) for owner in owners]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    found = [process.communicate()[0].split() for process in processes]
    assert sorted(sum(found, [])) == sorted(job.key for job in jobs)  # noqa: RUF017
    assert store.counts()[State.DONE] == 200


def test_a_job_is_removed_unless_a_supervisor_has_it(store, keys):
    store.claim(OWNER, device="cpu")
    assert not store.remove(keys[0])
    assert store.find(keys[0]).owner == OWNER
    store.release(keys[0])
    assert store.remove(keys[0])
    assert store.find(keys[0]) is None
    assert store.remove(keys[0])


def test_a_cancelled_job_that_a_worker_still_has_is_not_given_to_another(store, keys):
    store.claim(OWNER, device="cpu")
    store.cancel(keys[0])
    store.reopen(keys[0])
    assert store.get(keys[0]).state is State.RUNNING
    assert store.claim(OTHER, device="cpu").key == keys[1]
    store.release(keys[0])
    assert store.get(keys[0]).state is State.WAITING
