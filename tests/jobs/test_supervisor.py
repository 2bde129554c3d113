"""The supervisor with workers that paint nothing: every end that a job or a worker can come to."""

import sys
import threading
import time

import pytest
from queued import make_jobs
from supervised import HELD, Background, Queue, wait_until

from ortstyle.errors import JobError
from ortstyle.jobs import claims, device_worker, supervisor as module, threads
from ortstyle.jobs.store import State, Store
from ortstyle.jobs.supervisor import Supervisor


@pytest.fixture
def make(tmp_path):
    """Return a function that makes a queue in an empty folder."""
    queues = []

    def make_queue(count, folder=tmp_path, **plan):
        queues.append(Queue(folder, count, **plan))
        return queues[-1]

    yield make_queue
    for queue in queues:
        queue.close()


@pytest.mark.parametrize(
    "name",
    [
        "-a [b] 'c' #d %20",
        "ä 図",
        pytest.param(
            "caf\udce9",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="names are text here"),
        ),
    ],
    ids=ascii,
)
def test_folders_of_any_name(make, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    queue = make(2, folder=folder)
    assert queue.run() == ["done"] * 2


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for place in (device_worker, module):
        monkeypatch.setattr(place, "_POLL", 0.05)
    monkeypatch.setattr(claims, "_BUSY", 0.1)


@pytest.fixture(autouse=True)
def no_threads_are_left():
    before = threading.active_count()
    yield
    wait_until(lambda: threading.active_count() <= before, 5)


def test_all_jobs_are_painted_and_only_the_store_stays(make):
    queue = make(5)
    assert queue.run() == ["done"] * 5
    assert queue.runs("painted") == ["0", "1", "2", "3", "4"]
    assert [path.name for path in queue.state.iterdir() if path.is_dir()] == []
    row = queue.row()
    assert (row.seconds, row.sha256, row.device, row.attempts) == (1.5, "f" * 64, "cpu", 1)
    assert row.work > 0
    assert row.owner is None
    assert queue.kinds() == ["started", *["progress"] * 3, "done"]


def test_one_process_paints_many_jobs(make):
    queue = make(4)
    queue.run()
    assert len({line.split()[2] for line in queue.lines()}) == 1


def test_each_worker_has_its_threads_and_its_device(make):
    queue = make(2, steps=1000, pause=0.01)
    with Background(queue, queue.supervisor(["cpu", "cuda"], [3, 5])) as background:
        wait_until(lambda: len(queue.runs("begun")) == 2)
        background.supervisor.stop()
    assert {line.split()[3] for line in queue.lines()} == {"3", "5"}
    assert {row.device for row in queue.store.list()} == {"cpu", "cuda"}


def test_nothing_is_painted_twice(make):
    queue = make(3)
    queue.run()
    queue.run()
    assert len(queue.runs("begun")) == 3
    queue.store.reopen(queue.keys[1])
    assert queue.run() == ["done"] * 3
    assert queue.runs("skipped") == ["1"]
    assert queue.row(1).seconds is None


def test_some_jobs_may_be_painted_alone(make):
    queue = make(3)
    assert queue.run(only={queue.keys[2]}) == ["waiting", "waiting", "done"]


def test_a_job_that_fails_does_not_keep_the_others(make):
    queue = make(3, **{"1": {"fail": "no\npicture\x1b"}})
    assert queue.run() == ["done", "failed", "done"]
    assert queue.row(1).error == "no picture\\x1b"
    assert queue.figures("failed") == [{"error": "no picture\\x1b", "kind": "PictureError"}]


def test_a_device_that_fails_again_and_again_is_left_out(make):
    queue = make(8, steps=14, pause=0.05, bad=["5"])
    assert queue.run(queue.supervisor(["cpu", "cuda"], [3, 5])).count("failed") == 2
    assert {row.device for row in queue.store.list(states=[State.FAILED])} == {"cuda"}
    texts = [figures["text"] for figures in queue.figures("notice")]
    assert texts == ["device cuda fails again and again; the others go on without it"]


@pytest.mark.parametrize("plan", [{"bad": ["3", "5"]}, {"die": 1, "deaths": 99}], ids=str)
def test_the_last_device_is_not_left_out(make, plan):
    queue = make(5, **plan)
    assert queue.run(queue.supervisor(["cpu", "cuda"], [3, 5])) == ["failed"] * 5
    texts = [figures["text"] for figures in queue.figures("notice")]
    assert sum("the others go on without it" in text for text in texts) == 1


def test_other_failures_are_not_those_of_the_device(make):
    queue = make(4, fail="no picture")
    assert queue.run(queue.supervisor(["cpu", "cuda"], [3, 5])) == ["failed"] * 4
    assert queue.figures("notice") == []


def test_a_worker_that_dies_is_started_again_and_goes_on(make):
    queue = make(2, **{"0": {"steps": 5, "die": 3, "deaths": 2, "words": "out of luck"}})
    assert queue.run() == ["done"] * 2
    assert queue.row().attempts == 3
    starts = [event.figures["done"] for event in queue.events if event.kind == "started"]
    assert starts == [0, 3, 3, 0]
    first, second = queue.figures("notice")
    assert first["text"] == "the worker died (exit code 7: out of luck); attempt 2 of 3 begins"
    assert "attempt 3 of 3" in second["text"]


def test_at_the_third_death_a_job_has_failed_with_its_last_words(make):
    queue = make(2, **{"0": {"die": 1, "deaths": 99, "words": "line\n\x1b[2Jlast\n"}})
    assert queue.run() == ["failed", "done"]
    error = queue.row().error
    assert error.startswith("the worker died three times: exit code 7: \\x1b[2Jlast; ")
    assert "--size" in error
    assert queue.runs("begun").count("0") == 3
    queue.plan()
    queue.store.add(queue.jobs, retry_failed=True)
    assert queue.run() == ["done", "done"]


def test_deaths_count_only_until_the_next_checkpoint(make):
    queue = make(1, steps=9, lives=2, saves=True)
    assert queue.run() == ["done"]
    assert queue.runs("begun") == ["0"] * 5
    assert queue.row().attempts == 1
    texts = {figures["text"] for figures in queue.figures("notice")}
    assert texts == {"the worker died (exit code 7); the job goes on from its last checkpoint"}


def test_a_checkpoint_that_holds_nothing_new_does_not_save_a_job(make):
    queue = make(1, steps=9, die=4, deaths=99, saves=True)
    assert queue.run() == ["failed"]
    assert queue.runs("begun") == ["0"] * 4  # the first one got further


def test_a_worker_that_never_starts_ends_the_run(make):
    queue = make(3, start=True, words="no module named onnxruntime")
    with pytest.raises(JobError, match=r"no worker process for cpu starts: .* onnxruntime"):
        queue.run()
    assert queue.states() == ["failed", "waiting", "waiting"]
    assert "no module named onnxruntime" in queue.row().error


def test_a_command_that_is_missing_ends_the_run(make):
    queue = make(2)
    with pytest.raises(JobError, match="no worker process can be started"):
        queue.run(queue.supervisor(["cpu", "cpu"], command=[str(queue.folder / "missing")]))
    assert queue.states() == ["waiting"] * 2


@pytest.mark.parametrize(
    "noise", ["what is this?\n", "\xff\n", '{"kind": "ready", "job": "", "figures": {}}\n']
)
def test_a_worker_that_breaks_the_protocol_is_ended(make, noise):
    queue = make(1, noise=noise, steps=1000, pause=0.01)
    assert queue.run() == ["failed"]
    assert queue.row().error.startswith("the worker died three times: ")


def test_data_of_a_job_that_are_damaged_cost_that_job(make):
    queue = make(2)
    with queue.store.transaction():
        queue.store.write("UPDATE jobs SET data = '{}' WHERE key = ?", queue.keys[0])
    assert queue.run() == ["failed", "done"]
    assert "wrong form" in queue.row().error


def test_data_of_another_job_cost_that_job(make):
    queue = make(2)
    with queue.store.transaction():
        queue.store.write(
            "UPDATE jobs SET data = (SELECT data FROM jobs WHERE key = ?) WHERE key = ?",
            *reversed(queue.keys),
        )
    assert queue.run() == ["failed", "done"]
    assert "add it again" in queue.row().error


def test_a_stop_keeps_what_was_painted_and_does_not_count_as_an_attempt(make):
    queue = make(3, steps=1000, pause=0.01)
    with Background(queue, queue.supervisor(["cpu", "cpu"])) as background:
        wait_until(lambda: len(queue.runs("begun")) == 2 and len(queue.figures("progress")) > 5)
        background.supervisor.stop()
    assert queue.states() == ["waiting"] * 3
    assert [row.attempts for row in queue.store.list()] == [0, 0, 0]
    assert [kind for kind in ("stopped", "failed") if queue.figures(kind)] == ["stopped"]
    checkpoints = sorted(path.name for path in (queue.state / "checkpoints").iterdir())
    assert checkpoints == sorted(f"{key}.checkpoint" for key in queue.keys[:2])
    queue.plan(steps=10)
    assert queue.run() == ["done"] * 3


def test_a_stop_just_before_the_run_is_not_lost(make):
    queue = make(2)
    supervisor = queue.supervisor()
    supervisor.stop()
    assert queue.run(supervisor) == ["waiting"] * 2
    assert queue.run(supervisor) == ["done"] * 2


def test_a_worker_that_does_not_stop_is_ended(make):
    queue = make(1, steps=1000, pause=0.01, deaf=True)
    began = time.monotonic()
    with Background(queue, queue.supervisor(patience=0.2)) as background:
        wait_until(lambda: queue.figures("progress"))
        background.supervisor.stop()
    assert time.monotonic() - began < 20
    assert queue.states() == ["waiting"]
    assert queue.row().attempts == 0


def test_a_paused_job_waits_and_goes_on(make):
    queue = make(2, **HELD)
    key, last = queue.keys
    with Background(queue, queue.supervisor()) as background:
        background.supervisor.pause(last)
        wait_until(lambda: "progress" in queue.kinds())
        background.supervisor.pause(key)
        wait_until(lambda: "paused" in queue.kinds())
        assert queue.row().state is State.PAUSED
        before = len(queue.events)
        time.sleep(0.3)
        assert len(queue.events) == before
        assert background.is_alive
        background.supervisor.proceed(key)
        queue.let_go()
    assert queue.states() == ["done", "paused"]
    assert "continued" in queue.kinds()
    queue.store.proceed(last)
    assert queue.run() == ["done"] * 2


def test_a_paused_job_whose_worker_dies_stays_paused(make):
    queue = make(1, steps=1000, pause=0.02)
    with Background(queue, queue.supervisor()) as background:
        wait_until(lambda: "progress" in queue.kinds())
        background.supervisor.pause(queue.keys[0])
        wait_until(lambda: "paused" in queue.kinds())
        background.supervisor._workers[0]._worker.kill()
    assert queue.states() == ["paused"]
    assert queue.row().owner is None


def test_a_running_job_that_is_cancelled_stops_and_leaves_no_checkpoint(make):
    queue = make(2, **{"0": {"steps": 1000, "pause": 0.01}})
    with Background(queue, queue.supervisor()) as background:
        wait_until(lambda: "progress" in queue.kinds())
        background.supervisor.cancel(queue.keys[0])
    assert queue.states() == ["cancelled", "done"]
    assert queue.row().owner is None
    assert not (queue.state / "checkpoints").exists()


def test_what_another_process_writes_into_the_store_is_obeyed(make):
    queue = make(1, steps=1000, pause=0.01)
    with Background(queue, queue.supervisor()):
        wait_until(lambda: "progress" in queue.kinds())
        queue.store.pause(queue.keys[0])
        wait_until(lambda: "paused" in queue.kinds())
        queue.store.cancel(queue.keys[0])
    assert queue.states() == ["cancelled"]


def test_a_waiting_job_that_is_cancelled_is_not_painted(make):
    queue = make(2)
    supervisor = queue.supervisor()
    supervisor.cancel(queue.keys[0])
    assert queue.run(supervisor) == ["cancelled", "done"]


def test_a_preview_comes_from_the_job_that_was_asked(make):
    queue = make(2, **{"0": HELD})
    with Background(queue, queue.supervisor()) as background:
        wait_until(lambda: "progress" in queue.kinds())
        background.supervisor.preview(queue.keys[1])
        background.supervisor.preview(queue.keys[0])
        queue.let_go()
    assert queue.kinds(0).count("preview") == 1
    assert queue.kinds(1).count("preview") == 0


def test_a_supervisor_may_stay_and_keep_its_workers(make):
    queue = make(1)
    with Background(queue, queue.supervisor(), stays=True) as background:
        wait_until(lambda: queue.states() == ["done"])
        time.sleep(0.3)
        assert background.is_alive
        queue.jobs = make_jobs(queue.folder, 2)
        queue.store.add(queue.jobs)
        wait_until(lambda: queue.states() == ["done"] * 2)
        background.supervisor.stop()
    assert len([line for line in queue.lines() if line.startswith("alive")]) == 1


def test_a_store_is_looked_through_before_the_work(make, monkeypatch):
    def refuse(store):
        raise JobError("it is damaged")

    queue = make(1)
    monkeypatch.setattr(Store, "check", refuse)
    with pytest.raises(JobError, match="it is damaged"):
        queue.run()
    assert queue.lines() == []


def test_jobs_that_are_added_meanwhile_are_painted_too(make):
    queue = make(1, **HELD)
    with Background(queue, queue.supervisor(["cpu", "cpu"])):
        wait_until(lambda: "progress" in queue.kinds())
        queue.plan()
        queue.jobs = make_jobs(queue.folder, 4)
        queue.store.add(queue.jobs)
        queue.let_go()
    assert queue.states() == ["done"] * 4


def test_a_job_that_another_process_still_paints_is_tried_again(make):
    queue = make(2, **{"0": {"fail": "it is being painted", "kind": "JobBusy"}})
    with Background(queue, queue.supervisor()) as background:
        wait_until(lambda: queue.runs("begun").count("0") >= 3)
        queue.plan()
        assert queue.row().attempts <= 1
        background.supervisor._workers[
            0
        ]._worker.kill()  # it has read its plan, and another one follows
    assert queue.states() == ["done"] * 2
    assert [f["text"] for f in queue.figures("notice")].count(
        "another process still paints this; it is tried again"
    ) == 1


def test_what_another_supervisor_leaves_is_painted(make):
    queue = make(2, steps=1000, pause=0.01)
    last = queue.keys[1]
    with Background(queue, queue.supervisor()) as first:
        wait_until(lambda: "progress" in queue.kinds())
        queue.store.pause(last)  # which nobody waits for
        with Background(queue, queue.supervisor()) as second:
            wait_until(lambda: queue.figures("notice"))
            assert second.is_alive
            queue.plan(steps=10)
            first.supervisor.stop()
    assert queue.states() == ["done", "paused"]
    assert [figures["text"] for figures in queue.figures("notice")] == [
        "another process paints the last jobs; waiting until they are done"
    ]


def test_an_error_of_the_caller_ends_the_run(make):
    queue = make(3)

    def fail(event):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        queue.supervisor(["cpu", "cpu"]).run(tell=fail)
    assert "running" not in queue.states()
    assert queue.run() == ["done"] * 3


@pytest.fixture
def interrupt(monkeypatch):
    """Return a function that interrupts a run so many times once a job is being painted."""

    def interrupt_run(queue, times):
        has_ended, calls = threads.has_ended, []

        def interrupted(*thread):
            if "progress" in queue.kinds() and len(calls) < times:
                calls.append(thread)
                raise KeyboardInterrupt
            return has_ended(*thread)

        monkeypatch.setattr(threads, "has_ended", interrupted)

    return interrupt_run


def test_an_interrupt_ends_the_run_and_is_raised(make, interrupt):
    queue = make(2, steps=1000, pause=0.01)
    interrupt(queue, 1)
    with pytest.raises(KeyboardInterrupt):
        queue.run()
    assert queue.states() == ["waiting"] * 2
    assert queue.figures("stopped")


def test_a_second_interrupt_does_not_wait_for_checkpoints(make, interrupt):
    queue = make(1, steps=1000, pause=0.01, deaf=True)
    interrupt(queue, 2)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        queue.run(queue.supervisor(patience=60))
    assert time.monotonic() - began < 30
    assert queue.states() == ["waiting"]


def test_a_supervisor_runs_once_at_a_time_but_may_run_again(make):
    queue = make(1, **HELD)
    supervisor = queue.supervisor()
    with Background(queue, supervisor):
        wait_until(lambda: queue.figures("progress"))
        with pytest.raises(JobError, match="is running already"):
            supervisor.run(tell=print)
        queue.let_go()
    queue.store.reopen(queue.keys[0])
    assert queue.run(supervisor) == ["done"]


def test_devices_and_threads_belong_together(make):
    queue = make(0)
    for devices, counts in (([], []), (["cpu"], [1, 2])):
        with pytest.raises(JobError, match="needs devices"):
            Supervisor(queue.store, folder=queue.state, devices=devices, threads=counts)
