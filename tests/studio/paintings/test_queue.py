"""The queue of paintings, with workers that paint nothing."""

import threading
import time
from itertools import pairwise

import pytest
from queued import make_jobs
from supervised import HELD, Queue, wait_until

from ortstyle.errors import JobError, JobStoreFull
from ortstyle.jobs import claims, device_worker, supervisor
from ortstyle.jobs.store import State, Store
from ortstyle.studio.faults import Conflict, NoSpace, NotFound
from ortstyle.studio.paintings import queue as module, removals
from ortstyle.studio.paintings.queue import PaintingQueue

ABSENT = "0" * 16
LONG = {"steps": 2000, "pause": 0.01}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for place in (device_worker, supervisor, removals):
        monkeypatch.setattr(place, "_POLL", 0.05)
    monkeypatch.setattr(claims, "_BUSY", 0.1)
    monkeypatch.setattr(module, "_DELAY", 0.05)


@pytest.fixture(autouse=True)
def no_threads_are_left():
    before = threading.active_count()
    yield
    wait_until(lambda: threading.active_count() <= before, 5)


class Studio:
    """A queue with so many jobs in a folder; `fake` holds what the fake workers do and did."""

    def __init__(self, folder, count=0, **plan):
        self.folder = folder
        self.fake = Queue(folder, 0, **plan)
        self.fake.close()
        self.jobs = make_jobs(folder, count)
        self.keys = [job.key for job in self.jobs]
        self.events, self.queue = [], None
        self.open()
        self.queue.add(self.jobs)

    def let_go(self):
        self.fake.let_go()

    def open(self, **options):
        options = {"tell": self.events.append, "devices": ["cpu"], "threads": 1} | options
        self.queue = PaintingQueue(self.fake.state, command=self.fake.command, **options)

    def state(self, number=0):
        return self.queue.row(self.keys[number]).state

    def wait(self, state, number=0):
        wait_until(lambda: self.state(number) is state)

    def wait_for(self, kind, number=0, count=1):
        key = self.keys[number]
        wait_until(lambda: [(e.kind, e.job) for e in self.events].count((kind, key)) >= count)

    def texts(self):
        return [event.figures["text"] for event in self.events if event.kind == "notice"]

    def files(self):
        """Return the names of all files but the store's and the fake workers'."""
        found = [path for path in self.folder.rglob("*") if path.is_file()]
        names = [path.name for path in found if not path.name.startswith("jobs.sqlite")]
        return sorted(set(names) - {"plan.json", "runs"})


@pytest.fixture
def make(tmp_path):
    studios = []

    def make_studio(count=0, **plan):
        studios.append(Studio(tmp_path, count, **plan))
        return studios[-1]

    yield make_studio
    for studio in studios:
        studio.queue.close()


def test_jobs_are_painted_in_their_order(make):
    studio = make(3)
    studio.wait(State.DONE, 2)
    assert [event.job for event in studio.events if event.kind == "done"] == studio.keys
    assert studio.queue.rows() == []
    assert [row.key for row in studio.queue.rows([State.DONE])] == studio.keys


def test_the_worker_is_there_before_the_first_job_and_paints_all(make):
    studio = make()
    studio.fake.jobs = []
    wait_until(lambda: len(studio.fake.lines()) == 1)
    studio.jobs = make_jobs(studio.folder, 2)
    studio.queue.add(studio.jobs)
    studio.keys = [job.key for job in studio.jobs]
    studio.wait(State.DONE, 1)
    assert [line.split()[0] for line in studio.fake.lines()].count("alive") == 1


def test_a_job_may_be_put_first(make):
    studio = make(3, **LONG)
    studio.wait_for("progress")
    urgent = make_jobs(studio.folder / "urgent", 2)
    studio.queue.add(urgent, first=True)
    keys = [row.key for row in studio.queue.rows()]
    assert keys == [studio.keys[0], *(job.key for job in urgent), *studio.keys[1:]]


def test_the_queue_is_reordered(make):
    studio = make(3, **LONG)
    a, b, c = studio.keys
    studio.wait_for("progress")
    studio.queue.move(c, b)
    assert [row.key for row in studio.queue.rows()] == [a, c, b]
    studio.queue.move(c, None)
    assert [row.key for row in studio.queue.rows()] == [a, b, c]


def test_a_paused_job_gives_its_worker_to_the_next_one_and_goes_on_later(make):
    studio = make(2, **{"0": LONG, "1": LONG})
    studio.wait_for("progress")
    assert studio.queue.pause(studio.keys[0]).state is State.PAUSED
    studio.wait_for("paused")
    studio.wait_for("progress", 1)
    done = int((studio.fake.state / "checkpoints" / f"{studio.keys[0]}.checkpoint").read_text())
    assert done > 0
    assert studio.state() is State.PAUSED
    studio.fake.plan()  # for the next process
    studio.queue.proceed(studio.keys[0])
    assert studio.state() is State.WAITING
    studio.queue.cancel(studio.keys[1])
    studio.wait_for("started", count=2)
    begun = [e.figures["done"] for e in studio.events if e.kind == "started"]
    assert begun == [0, 0, done]
    studio.queue.pause(studio.keys[0])
    studio.wait_for("paused", count=2)


def test_a_job_that_is_paused_and_goes_on_at_once_is_painted_to_its_end(make):
    studio = make(1, **HELD)
    studio.wait_for("progress")
    for _ in range(5):
        studio.queue.pause(studio.keys[0])
        studio.queue.proceed(studio.keys[0])
    studio.let_go()
    studio.wait(State.DONE)


def test_a_stopped_job_is_tried_again(make):
    studio = make(1, **HELD)
    studio.wait_for("progress")
    assert studio.queue.cancel(studio.keys[0]).state is State.CANCELLED
    assert studio.queue.retry(studio.keys[0]).state in module.LIVE  # maybe still with its worker
    studio.let_go()
    studio.wait(State.DONE)


def test_a_failed_job_is_tried_again(make):
    studio = make(1, fail="no picture")
    studio.wait(State.FAILED)
    studio.queue.retry(studio.keys[0])
    studio.wait_for("failed", count=2)
    assert studio.queue.row(studio.keys[0]).error == "no picture"


def test_what_the_state_does_not_allow_is_refused(make):
    studio = make(1)
    (key,) = studio.keys
    studio.wait(State.DONE)
    for ask in (studio.queue.pause, studio.queue.proceed, studio.queue.cancel, studio.queue.retry):
        with pytest.raises(Conflict, match="can't be changed so"):
            ask(key)
    assert studio.state() is State.DONE


def test_a_job_that_is_not_in_the_queue_is_not_found(make):
    queue = make(1).queue
    for ask in (queue.pause, queue.proceed, queue.cancel, queue.retry, queue.remove, queue.row):
        with pytest.raises(NotFound, match="may have been removed"):
            ask(ABSENT)
    with pytest.raises(NotFound):
        queue.move(ABSENT, None)
    assert queue.rows_of([ABSENT]) == {}
    queue.preview(ABSENT, 64)


def test_the_rows_of_a_page(make):
    studio = make(3, **LONG)
    found = studio.queue.rows_of([studio.keys[2], studio.keys[0], ABSENT])
    assert sorted(found) == sorted([studio.keys[2], studio.keys[0]])


def test_a_preview_is_asked_for(make):
    studio = make(1, **LONG)
    studio.wait_for("progress")
    with pytest.raises(JobError, match="64 to 2048"):
        studio.queue.preview(studio.keys[0], 10_000)
    studio.queue.preview(studio.keys[0], 64)
    studio.wait_for("preview")


def test_the_queue_goes_on_where_it_was_closed(make):
    studio = make(2, **LONG)
    studio.wait_for("progress")
    studio.queue.close()
    assert studio.state() is State.WAITING
    studio.open()
    studio.wait_for("started", count=2)
    assert [e.figures["done"] for e in studio.events if e.kind == "started"][-1] > 0


def test_a_supervisor_that_dies_is_told_and_started_again_with_a_growing_delay(make, monkeypatch):
    monkeypatch.setattr(module, "_DELAY", 0.04)
    run, calls = supervisor.Supervisor.run, []

    def fail(self, **options):
        calls.append(time.monotonic())
        if len(calls) < 4:
            raise JobError("the disk\nis gone") if len(calls) < 3 else ZeroDivisionError("x")
        run(self, **options)

    monkeypatch.setattr(supervisor.Supervisor, "run", fail)
    studio = make(1)
    studio.wait(State.DONE)
    first, _, third = studio.texts()
    assert first.startswith("the queue stopped (the disk is gone); it starts again in")
    assert "unexpected ZeroDivisionError: x" in third
    gaps = [later - earlier for earlier, later in pairwise(calls)]
    assert all(gap >= least for gap, least in zip(gaps, (0.04, 0.08, 0.16), strict=True))


def test_an_error_of_the_studio_does_not_end_the_queue(make, tmp_path):
    studio = make()
    studio.queue.close()
    told = []

    def tell(event):
        told.append(event)
        if len(told) < 3:
            raise ZeroDivisionError

    studio.open(tell=tell)
    studio.jobs = make_jobs(tmp_path, 1)
    studio.keys = [studio.jobs[0].key]
    studio.queue.add(studio.jobs)
    studio.wait(State.DONE)


@pytest.mark.parametrize("state", ["waiting", "running", "paused", "done", "failed", "cancelled"])
def test_a_removed_job_leaves_nothing_behind(make, state):
    plan = {"1": LONG, "0": {"fail": "x"} if state == "failed" else {} if state == "done" else LONG}
    studio = make(2, **plan)
    number = 1 if state == "waiting" else 0
    key = studio.keys[number]
    if state in ("running", "paused", "cancelled"):
        studio.wait_for("progress")
    if state == "paused":
        studio.queue.pause(key)
    elif state == "cancelled":
        studio.queue.cancel(key)
    elif state in ("done", "failed"):
        studio.wait(State(state))
    studio.queue.remove(key)
    with pytest.raises(NotFound):
        studio.queue.row(key)
    assert key not in [row.key for row in studio.queue.rows(State)]
    wait_until(lambda: not studio.queue._removals.keys)
    studio.queue.close()
    with Store(studio.fake.state / "jobs.sqlite") as store:
        assert store.find(key) is None
    assert not [name for name in studio.files() if key in name or name == f"{number}.png"]


def test_a_job_removed_at_its_very_end_leaves_nothing_behind(make):
    studio, keys = make(), []
    for number in range(8):
        (job,) = make_jobs(studio.folder / str(number), 1)
        keys.append(job.key)
        job.output.parent.mkdir()
        told = len(studio.events)
        studio.queue.add([job])
        wait_until(lambda told=told: len(studio.events) > told)
        time.sleep(0.004 * number)
        studio.queue.remove(job.key)
    wait_until(lambda: not any(map(studio.queue.is_removing, keys)))
    studio.queue.close()
    assert studio.files() == []


def test_a_removal_that_an_earlier_studio_has_begun_is_finished(make):
    studio = make(2, **LONG)
    studio.wait_for("progress")
    studio.queue.close()
    removed = studio.fake.state / "removed"
    removed.mkdir()
    (removed / studio.keys[0]).touch()
    (removed / "something else").touch()
    studio.open()
    with pytest.raises(NotFound):
        studio.queue.row(studio.keys[0])
    wait_until(lambda: not studio.queue._removals.keys)
    studio.queue.remove(studio.keys[1])
    wait_until(lambda: not studio.queue._removals.keys)
    studio.queue.close()
    assert studio.files() == ["something else"]


def test_many_threads_may_ask_at_once(make):
    studio = make(20, steps=2, pause=0.01)
    faults = []

    def ask(number):
        key = studio.keys[number]
        try:
            for _ in range(5):
                studio.queue.rows()
                for change in (studio.queue.pause, studio.queue.proceed):
                    try:
                        change(key)
                    except Conflict:
                        return
        except BaseException as error:  # noqa: BLE001  looked at below
            faults.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    wait_until(lambda: not studio.queue.rows(), 60)


@pytest.mark.parametrize("change", ["pause", "proceed", "cancel", "retry", "move", "add", "remove"])
def test_a_full_disk_is_told_without_a_path(make, monkeypatch, change):
    studio = make(2, **LONG)
    studio.wait(State.RUNNING)
    arguments = {"move": [studio.keys[1], None], "add": [[studio.jobs[0]]]}

    def fill(*_, **__):
        raise JobStoreFull(f"the store of jobs {studio.folder}: the disk is full")

    for name in ("pause", "proceed", "cancel", "get", "move", "add", "find"):
        monkeypatch.setattr(Store, name, fill)
    with pytest.raises(NoSpace, match=r"^The disk is full; [^/]*\.$"):
        getattr(studio.queue, change)(*arguments.get(change, [studio.keys[1]]))
    monkeypatch.undo()
