"""The worker: a process that takes commands, tells events, and outlives what goes wrong."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from commands import ENDLESS, ENVIRONMENT, names, needs_runtime
from supervised import wait_until

from ortstyle.errors import JobBusy
from ortstyle.jobs import preparation, run_job as run_job_module, worker as worker_module
from ortstyle.jobs.control import Control
from ortstyle.jobs.events import Event
from ortstyle.jobs.run_job import run_job
from ortstyle.jobs.worker import Worker, worker_command
from ortstyle.run.lock import CheckpointLock

CHECKPOINT = "state/a.checkpoint"
pytestmark = needs_runtime


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    """A result tells of its threads, and the workers of these tests have one."""
    monkeypatch.setenv("ORTSTYLE_THREADS", "1")


class Process:
    """A worker process that a test talks to."""

    def __init__(self, *, code="", **options):
        command = worker_command(1, **options)
        if code:  # to run before the worker
            command = [command[0], "-c", f"{code}\nfrom ortstyle.jobs.worker import main\nmain()"]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT | {"PYTHONWARNINGS": "error"},
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def send(self, command, **others):
        self.send_line(json.dumps({"command": command, **others}))

    def run(self, job, checkpoint=CHECKPOINT):
        self.send("run", job=job.to_dict(), checkpoint=checkpoint)

    def send_line(self, line):
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def next(self):
        return Event.from_line(self.process.stdout.readline().decode("ascii"))

    def until(self, *kinds):
        """Read events up to one of some kinds; return all of them."""
        events = [self.next()]
        while events[-1].kind not in kinds:
            events.append(self.next())
        return events

    def end(self):
        """Wait for the end; return the exit code, the rest of the output, and standard error."""
        out, error = self.process.communicate(timeout=60)
        events = [Event.from_line(line) for line in out.decode("ascii").splitlines()]
        return self.process.returncode, events, error.decode()


def long_job(make_tiny_job, output="out.png", **others):
    return make_tiny_job(output, **ENDLESS, **others)


def test_a_worker_paints_one_job_after_another_and_outlives_failures(make_tiny_job):
    good, again = make_tiny_job("good.png"), make_tiny_job("again.png", seed=1)
    bad = make_tiny_job("bad.nothing")
    with Process() as worker:
        assert [event.kind for event in worker.until("ready")] == ["ready"]
        ends = []
        for job in (good, bad, again, good):
            worker.run(job)
            *_, last, ready = worker.until("ready")
            assert (last.job, ready.job) == (job.key, "")
            ends.append((last.kind, last.figures.get("skipped", False)))
        worker.send("exit")
        assert worker.end() == (0, [], "")
    assert ends == [("done", False), ("failed", False), ("done", False), ("done", True)]
    assert names(Path("state")) == []


def test_a_worker_gives_the_same_bytes_as_this_process(make_tiny_job):
    here, there = make_tiny_job("here.png"), make_tiny_job("there.png")
    run_job(here, checkpoint=Path("here.ck"), tell=lambda _: None, control=Control())
    with Process() as worker:
        worker.run(there)
        worker.until("done")
    first, second = (Path(name).read_bytes() for name in ("here.png", "there.png"))
    assert first == second


@pytest.mark.parametrize("way", ["stop", "exit", "end of input", "SIGTERM", "exit in a pause"])
def test_a_job_is_stopped_with_a_checkpoint(make_tiny_job, way):
    if way == "SIGTERM" and os.name == "nt":
        pytest.skip("Windows ends a process without telling it")
    with Process() as worker:
        worker.run(long_job(make_tiny_job))
        worker.until("progress")
        if way == "exit in a pause":
            worker.send("pause")
            worker.until("paused")
        if way == "end of input":
            worker.process.stdin.close()
            worker.process.stdin = None
        elif way == "SIGTERM":
            worker.process.send_signal(signal.SIGTERM)
        else:
            worker.send(way.split()[0])
        kinds = [event.kind for event in worker.until("stopped")]
        assert kinds[-2:] == ["checkpoint", "stopped"]
        if way == "stop":
            assert worker.next().kind == "ready"
            worker.send("exit")
        assert worker.end() == (0, [], "")
    assert names(Path("state")) == ["a.checkpoint"]


def test_a_job_is_paused_saved_and_shown(make_tiny_job):
    with Process() as worker:
        worker.run(long_job(make_tiny_job))
        worker.until("progress")
        for command, kind in [
            ("pause", "paused"),
            ("preview", "preview"),
            ("proceed", "continued"),
            ("save", "checkpoint"),
            ("preview", "preview"),
        ]:
            worker.send(command)
            assert worker.until(kind)[-1].kind == kind
        for side in (3000, "large"):
            worker.send("preview", side=side)
            assert "64 to 2048 pixels" in worker.until("notice")[-1].figures["text"]
        worker.send("preview", side=64)
        assert worker.until("preview")


@pytest.mark.skipif(os.name == "nt", reason="Windows has another Ctrl-C")
def test_ctrl_c_is_left_to_the_supervisor(make_tiny_job):
    with Process() as worker:
        worker.run(long_job(make_tiny_job))
        worker.until("progress")
        worker.process.send_signal(signal.SIGINT)
        assert worker.until("progress")
        worker.send("exit")
        assert worker.end()[0] == 0


def test_a_worker_that_is_killed_is_replaced_without_loss(make_tiny_job):
    whole = make_tiny_job("whole.png", iterations=60)
    run_job(whole, checkpoint=Path("whole.ck"), tell=lambda _: None, control=Control())
    before = names(Path())
    killed = make_tiny_job("killed.png", iterations=60, job={"checkpoint_minutes": 0.0})
    done = []
    for wait_for in ("started", "checkpoint", "checkpoint", "checkpoint"):
        with Process() as worker:
            worker.until("ready")
            worker.run(killed)
            started = [e for e in worker.until(wait_for, "done") if e.kind == "started"]
            done += [event.figures["done"] for event in started]
            worker.process.kill()
    with Process() as worker:
        worker.run(killed)
        assert worker.until("done", "failed")[-1].kind == "done"
        worker.send("exit")
        worker.end()
    assert done == sorted(done)
    assert done[-1] > 0
    assert Path("killed.png").read_bytes() == Path("whole.png").read_bytes()
    assert names(Path()) == sorted([*before, "killed.png", "state"])
    assert names(Path("state")) == []


def test_a_worker_whose_reader_has_gone_saves_and_ends(make_tiny_job):
    with Process() as worker:
        worker.run(long_job(make_tiny_job))
        worker.until("progress")
        worker.process.stdout.close()
        worker.process.wait(timeout=60)
        assert worker.process.stderr.read() == b""
        assert worker.process.returncode == 0
        worker.process.stdout = None
    assert names(Path("state")) == ["a.checkpoint"]


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        "{}",
        "[" * 100_000,
        '{"command": "unknown"}',
        '{"command": ["run"]}',
        "\\xff\\x00",
        '{"command": "run"',
    ],
)
def test_what_is_no_command_is_told_in_one_line(line):
    events = []
    Worker(events.append).obey(line.encode())
    (event,) = events
    assert event.kind == "notice"
    assert event.figures["text"].endswith("is no command of a worker")


@pytest.mark.parametrize(
    "change",
    [
        {"job": None},
        {"job": {}},
        {"job": {"inputs": []}},
        {"checkpoint": None},
        {"checkpoint": ""},
    ],
)
def test_a_job_of_the_wrong_form_has_failed(make_tiny_job, change):
    events = []
    data = {"command": "run", "job": make_tiny_job().to_dict(), "checkpoint": "a.ck"} | change
    Worker(events.append).obey(json.dumps(data).encode())
    failed, ready = events
    assert (failed.kind, ready.kind) == ("failed", "ready")
    assert len(failed.figures["error"].splitlines()) == 1


def test_a_second_job_waits_until_the_worker_is_ready(make_tiny_job):
    events = []
    worker = Worker(events.append)
    data = {"command": "run", "job": make_tiny_job().to_dict(), "checkpoint": "a.ck"}
    worker.obey(json.dumps(data).encode())
    assert events == []
    worker.obey(json.dumps(data).encode())
    assert "wait until the worker is ready" in events[0].figures["text"]


def test_a_busy_job_has_failed_and_says_so(make_tiny_job):
    Path("state").mkdir()
    with CheckpointLock(Path(CHECKPOINT)), Process() as worker:
        worker.run(make_tiny_job())
        *_, failed, ready = worker.until("ready") + worker.until("ready")
    assert (failed.kind, failed.figures["kind"], ready.kind) == (
        "failed",
        JobBusy.__name__,
        "ready",
    )


def test_commands_without_a_job_do_nothing():
    worker = Worker(lambda _: pytest.fail("an event"))
    for command in ("pause", "proceed", "stop", "save", "preview"):
        worker.obey(json.dumps({"command": command}).encode())


def test_all_jobs_of_a_worker_share_a_cache_that_is_empty_in_the_end(make_tiny_job, monkeypatch):
    caches, held, events = [], [], []

    def run(*job, cache, **others):
        caches.append(cache)
        outcome = run_job(*job, cache=cache, **others)
        held.append(cache.bytes)
        return outcome

    def tell(event):
        events.append(event.kind)
        if event.kind == "ready" and (waiting := next(names_left, None)):
            job = make_tiny_job(waiting).to_dict()
            data = {"command": "run", "job": job, "checkpoint": CHECKPOINT}
            worker.obey(json.dumps(data).encode())
        elif event.kind == "ready":
            worker.end()

    names_left = iter(["first.png", "second.png"])
    monkeypatch.setattr(run_job_module, "run_job", run)
    worker = Worker(tell)
    worker.work()
    assert events.count("done") == 2
    assert caches[0] is caches[1]
    assert all(held)
    assert caches[0].bytes == 0


def test_a_job_that_is_sent_to_a_warm_worker_at_once_is_painted(make_tiny_job):
    with Process(warm=True, probes=True, background=True) as worker:
        worker.run(make_tiny_job())
        assert worker.next().kind == "ready"
        assert worker.until("done", "failed")[-1].kind == "done"
        worker.send("exit")
        assert worker.end()[0] == 0


def test_a_warm_worker_loads_all_before_its_first_job(monkeypatch):
    events = []
    worker = Worker(events.append)
    monkeypatch.setattr(worker_module, "_make_cache", lambda: FakeCache(worker))
    worker.work(warm=True)
    assert [event.kind for event in events] == ["ready"]
    assert [path.name for path in FakeCache.opened] == ["vgg19.onnx"]


@pytest.mark.parametrize("probes", [False, True])
def test_a_warm_worker_may_find_out_the_best_device(monkeypatch, probes):
    calls = []
    monkeypatch.setattr(preparation, "automatic_device", lambda: calls.append(1))
    Worker(lambda _: None)._warm_cache(probes=probes).clear()
    assert len(calls) == probes


def test_a_network_that_is_missing_is_left_to_the_job_that_needs_it(monkeypatch):
    worker = Worker(lambda _: None)
    monkeypatch.setattr(worker_module, "packaged_path", lambda *_: Path("missing.onnx"))
    Thread(target=worker.end).start()
    worker.work(warm=True)


def test_a_warm_worker_that_is_to_end_loads_nothing(monkeypatch):
    monkeypatch.setattr(worker_module, "import_module", pytest.fail)
    worker = Worker(lambda _: None)
    worker.end()
    worker.work(warm=True)


@pytest.mark.parametrize(("spare", "taken"), [(0, 1000), (300, 700), (10**9, 500)])
def test_a_worker_leaves_memory_to_others(make_tiny_job, monkeypatch, spare, taken):
    budgets, events = [], []
    monkeypatch.setattr(preparation, "budget_of", lambda *_, **__: 1000)
    monkeypatch.setattr(preparation, "stylize", lambda *_, memory, **__: budgets.append(memory))
    worker = Worker(events.append, spare=spare)
    job = make_tiny_job().to_dict()
    data = {"command": "run", "job": job, "checkpoint": CHECKPOINT}
    worker.obey(json.dumps(data).encode())
    Thread(target=lambda: wait_until(lambda: budgets) or worker.end()).start()
    worker.work()
    assert budgets == [taken]


class FakeCache:
    """A cache whose worker ends once a network is opened."""

    opened = []  # noqa: RUF012  of all caches

    def __init__(self, worker):
        self.worker = worker

    def network(self, path):
        self.opened.append(path)
        self.worker.end()

    def clear(self):
        pass


def test_what_libraries_print_does_not_disturb_the_events(make_tiny_job):
    code = (
        "import os\n"
        "from ortstyle.jobs import run_job as module\n"
        "real = module.run_job\n"
        "def run(*job, **others):\n"
        "    print('a library prints', flush=True)\n"
        "    os.write(1, b'in C too\\n')\n"
        "    return real(*job, **others)\n"
        "module.run_job = run\n"
    )
    assert run_job_module.run_job is run_job  # the name that the code replaces
    with Process(code=code) as worker:
        worker.run(make_tiny_job())
        worker.until("done")
        worker.send("exit")
        _, _, error = worker.end()
    assert error.split() == ["a", "library", "prints", "in", "C", "too"]


def test_threads_are_limited_before_libraries_are_loaded():
    code = (
        "import sys, ortstyle.jobs.worker\n"
        "assert not {'numpy', 'onnxruntime', 'PIL'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)
    assert worker_command(3)[-2:] == ["--threads", "3"]
    assert "--threads" not in worker_command()
    assert worker_command(3, warm=True) == [*worker_command(3), "--warm"]
    everything = worker_command(warm=True, probes=True, background=True)
    assert everything[-3:] == ["--warm", "--probe", "--background"]
