"""A process that has ended is started anew, once a request, with processes of a few lines."""

import sys
from pathlib import Path
from threading import active_count

import pytest

from ortstyle.errors import StudioError
from ortstyle.studio.pictures.reader_child import ChildDiedError, TooSlowError
from ortstyle.studio.pictures.renewed_child import RenewedChild

ECHO = """
import json, os, pathlib, sys, time
def tell(number, **values):
    print(json.dumps({"number": number, **values}), flush=True)
tell(0, answer={})
for line in sys.stdin:
    asked = json.loads(line)
    with open(asked["log"], "a") as log:
        log.write("x")
    count = len(pathlib.Path(asked["log"]).read_text())
    if count <= asked.get("deaths", 0):
        os._exit(9)
    if asked.get("waits"):
        time.sleep(1e6)
    tell(asked["number"], answer={"count": count})
"""


@pytest.fixture
def child():
    found = RenewedChild([sys.executable, "-S", "-c", ECHO])
    yield found
    found.close()


@pytest.fixture
def log(tmp_path):
    return str(tmp_path / "log")


def test_one_process_answers_many_requests(child, log):
    child.start()
    first = child._child
    assert [child.ask({"log": log}, 60)["answer"]["count"] for _ in range(3)] == [1, 2, 3]
    assert child._child is first


def test_one_death_is_not_noticed(child, log):
    assert child.ask({"log": log, "deaths": 1}, 60)["answer"] == {"count": 2}


def test_two_deaths_are(child, log):
    with pytest.raises(ChildDiedError, match="exit code 9"):
        child.ask({"log": log, "deaths": 9}, 60)
    assert child._child is None
    assert child.ask({"log": log}, 60)["answer"] == {"count": 3}


def test_a_request_that_takes_too_long_is_not_repeated(child, log):
    with pytest.raises(TooSlowError):
        child.ask({"log": log, "waits": True}, 1)
    assert child._child is None
    assert child.ask({"log": log}, 60)["answer"]["count"] <= 2


def test_once_closed_nothing_is_started(child, log):
    child.ask({"log": log}, 60)
    child.close()
    child.close()
    for use in (child.start, lambda: child.ask({"log": log}, 60)):
        with pytest.raises(StudioError, match="closing"):
            use()


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not list what is open")
def test_what_has_ended_holds_nothing_open(child, log):
    def count():
        return len(list(Path("/proc/self/fd").iterdir()))

    before, threads = count(), active_count()
    for _ in range(5):
        with pytest.raises(ChildDiedError):
            child.ask({"log": log, "deaths": 1000}, 60)
    assert count() <= before  # what earlier tests left may be closed meanwhile
    assert active_count() <= threads
