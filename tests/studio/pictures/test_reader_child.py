"""One process that reads pictures, with processes of a few lines in its place."""

import sys

import pytest

from ortstyle.errors import StudioError
from ortstyle.studio.pictures import reader_child
from ortstyle.studio.pictures.reader_child import ChildDiedError, ReaderChild, TooSlowError

TELL = """
import json, os, sys, time
def tell(number, **values):
    print(json.dumps({"number": number, **values}), flush=True)
"""
READY = TELL + "tell(0, answer={})\n"
ECHO = READY + "for line in sys.stdin: tell(json.loads(line)['number'], answer=json.loads(line))\n"


@pytest.fixture
def child(request):
    found = ReaderChild([sys.executable, "-S", "-c", request.param])
    yield found
    found.close()


def of(code):
    return pytest.mark.parametrize("child", [code], indirect=True)


@of(ECHO)
def test_each_request_has_its_answer(child):
    for number in (1, 2):
        found = child.ask({"path": "ä\n"}, 60)
        assert found["answer"] == {"number": number, "path": "ä\n"}


@of(READY + "sys.stdin.readline(); sys.exit(3)")
def test_its_death_is_told(child):
    with pytest.raises(ChildDiedError, match="exit code 3"):
        child.ask({}, 60)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has exit codes alone")
@of(READY + "sys.stdin.readline(); os.kill(os.getpid(), 9)")
def test_how_it_was_killed_is_told(child):
    with pytest.raises(ChildDiedError, match="killed by SIGKILL"):
        child.ask({}, 60)


@of(READY + "time.sleep(1e6)")
def test_one_that_does_not_answer_is_too_slow_and_is_killed(child):
    with pytest.raises(TooSlowError):
        child.ask({}, 0.05)
    child.close(patience=0)
    assert child._process.returncode not in (0, None)


@of(READY + "print(sys.stdin.readline()[:1], flush=True); sys.stdin.read()")
def test_what_is_no_answer_is_told(child):
    with pytest.raises(ChildDiedError, match="what is no answer"):
        child.ask({}, 60)


@of(TELL + "tell(0, error='ImportError: no numpy', kind='StudioError')")
def test_one_that_can_not_begin_says_why(child):
    with pytest.raises(StudioError, match=r"can't be started \(ImportError: no numpy\)"):
        child.ask({}, 60)


@of("raise SystemExit(5)")
def test_one_that_ends_at_once_is_told(child):
    with pytest.raises(StudioError, match=r"can't be started \(exit code 5\)"):
        child.ask({}, 60)


@of("import time; time.sleep(1e6)")
def test_one_that_is_never_ready_is_told(child, monkeypatch):
    monkeypatch.setattr(reader_child, "_START", 0.05)
    with pytest.raises(StudioError, match="does not answer"):
        child.ask({}, 60)


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(StudioError, match="can't be started"):
        ReaderChild(["no such program of ours"])
