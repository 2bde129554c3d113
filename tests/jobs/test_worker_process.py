"""The worker process as its supervisor sees it, with processes of a few lines."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ortstyle.errors import JobError
from ortstyle.jobs import worker_process
from ortstyle.jobs.events import Event
from ortstyle.jobs.worker_process import WorkerDiedError, WorkerProcess, describe_exit

TELL = """
import sys, os, json, time
def tell(kind, **figures):
    print(json.dumps({"kind": kind, "job": "", "figures": figures}), flush=True)
"""
ECHO = "for line in sys.stdin: tell('notice', **json.loads(line))\n"


def process(code):
    return WorkerProcess([sys.executable, "-S", "-c", TELL + code])


def last_words(code):
    with process(code) as worker:
        with pytest.raises(WorkerDiedError) as raised:
            worker.next_event(30)
        with pytest.raises(WorkerDiedError):  # it says so again
            worker.next_event(0)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_commands_go_in_and_events_come_out():
    with process(ECHO) as worker:
        worker.send("run", job={"output": "ä"}, checkpoint="a b")
        worker.send("stop")
        run = {"command": "run", "job": {"output": "ä"}, "checkpoint": "a b"}
        assert worker.next_event(10) == Event("notice", "", run)
        assert worker.next_event(10) == Event("notice", "", {"command": "stop"})
        assert worker.next_event(0.01) is None


def test_the_end_of_standard_input_ends_it():
    with process(ECHO) as worker:
        began = time.monotonic()
        worker.close(patience=60)
        assert time.monotonic() - began < 30
    worker.send("stop")  # and nothing happens
    worker.close()


def test_one_that_does_not_end_is_killed():
    with process("tell('ready'); time.sleep(600)") as worker:
        assert worker.next_event(10).kind == "ready"
        worker.close(patience=0.1)
        assert worker._process.returncode not in (0, None)


def test_a_thread_that_waits_may_be_woken():
    with process(ECHO) as worker:
        worker.wake()
        began = time.monotonic()
        assert worker.next_event(60) is None
        assert time.monotonic() - began < 30


def test_the_last_words_are_the_exit_code_and_the_last_line():
    assert last_words("sys.exit(3)") == "exit code 3"
    code = "sys.stderr.write('Traceback\\n  line\\nValueError: \\x1b[2J\\n\\n'); sys.exit(1)"
    assert last_words(code) == "exit code 1: ValueError: \\x1b[2J"


@pytest.mark.skipif(os.name == "nt", reason="Windows has exit codes alone")
def test_the_last_words_name_the_signal():
    assert last_words("os.kill(os.getpid(), 9)") == "killed by SIGKILL, as when memory is short"
    assert last_words("os.abort()") == "killed by SIGABRT"


def test_exit_codes_in_words():
    assert describe_exit(2) == "exit code 2"
    assert describe_exit(0xC0000005) == "exit code 0xc0000005"
    assert describe_exit(-12345) == "exit code -12345"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print('hello', flush=True); time.sleep(600)", "'hello.*' is no event of a job"),
        ("os.write(1, b'\\xff\\n'); time.sleep(600)", "it wrote what is no text"),
        ("print('x' * 5000, flush=True); time.sleep(600)", "it wrote an event without end"),
        ("os.close(1); time.sleep(600)", "it wrote no more"),
    ],
)
def test_what_is_no_event_ends_it(monkeypatch, code, expected):
    monkeypatch.setattr(worker_process, "_LONGEST_EVENT", 1000)
    monkeypatch.setattr(worker_process, "_GRACE", 0.5)
    assert re.match(expected, last_words(code))


def test_an_event_that_its_death_has_cut_off_is_left_out():
    assert last_words("os.write(1, b'{\"kind\": '); sys.exit(4)") == "exit code 4"


def test_events_come_before_the_death_is_told():
    with process("tell('ready'); tell('notice', text='a'); os._exit(5)") as worker:
        assert [worker.next_event(10).kind for _ in range(2)] == ["ready", "notice"]
        with pytest.raises(WorkerDiedError, match="exit code 5"):
            worker.next_event(10)


def test_much_on_standard_error_neither_blocks_it_nor_is_kept():
    code = "sys.stderr.write('word\\n' * 200_000 + 'x' * 10_000_000 + '\\nlast'); sys.exit(1)"
    with process(code) as worker:
        with pytest.raises(WorkerDiedError, match="exit code 1: last"):
            worker.next_event(60)
        assert sum(map(len, worker._words)) < 100_000


def test_many_events_that_nobody_reads_do_not_keep_it_from_being_closed(monkeypatch):
    monkeypatch.setattr(worker_process, "_EVENTS", 10)
    with process("tell('ready')\nwhile True: tell('notice')") as worker:
        assert worker.next_event(10).kind == "ready"
        time.sleep(0.2)
        worker.close(patience=0.1)


def test_a_command_that_is_missing_is_told(tmp_path):
    with pytest.raises(JobError, match="no worker process can be started"):
        WorkerProcess([str(tmp_path / "missing")])


def test_it_finds_this_package(tmp_path):
    code = "import json, sys, ortstyle; print(ortstyle.__file__)"
    found = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=worker_process.environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    import ortstyle

    assert Path(found.stdout.strip()) == Path(ortstyle.__file__)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no sessions")
def test_it_is_a_stranger_to_the_terminal():
    with process("tell('notice', session=os.getsid(0))") as worker:
        assert worker.next_event(10).figures == {"session": worker.pid}
        assert json.dumps(os.getsid(0)) != str(worker.pid)
