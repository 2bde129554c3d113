"""Signals: when they stop a run, which files a stopped run leaves, and what it prints."""

import os
import re
import signal
from pathlib import Path
from threading import Event, Thread

import pytest
from commands import (
    ENDLESSLY,
    PICTURES,
    count_evaluations,
    names,
    needs_runtime,
    read_trace,
    start_until,
)
from fakes import before_each_evaluation
from PIL import Image

from ortstyle.cli import interrupts as module
from ortstyle.cli.interrupts import Interrupts, stopping_at_once, stopping_by
from ortstyle.cli.results import Results
from ortstyle.cli.signals import STOPPING
from ortstyle.objective.whole import WholeObjective
from ortstyle.run.checkpoint import (
    read_header,
)


@pytest.fixture
def interrupts(monkeypatch):
    """Return `Interrupts` in use, and the list of what they say."""
    monkeypatch.setattr(module, "_GRACE", 0.01)
    said = []
    before = [signal.getsignal(number) for number in STOPPING]
    with Interrupts(said.append) as found:
        yield found, said
    assert [signal.getsignal(number) for number in STOPPING] == before


def send(number):
    """Send a signal to this process; the handler has run when this returns."""
    signal.raise_signal(number)


def never():
    pytest.fail("an evaluation has ended in time, or there is none")


def test_before_there_is_a_picture_a_signal_acts_at_once(interrupts):
    _, said = interrupts
    with pytest.raises(SystemExit) as caught:
        send(signal.SIGTERM)
    assert caught.value.code == 143
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGINT)
    assert said == ["stopped before the first evaluation has ended; no picture is saved"]


def test_files_are_opened_without_an_interruption(interrupts):
    found, _ = interrupts
    done = []

    def open_files():
        with found.deferred():
            send(signal.SIGTERM)
            done.append(True)

    with pytest.raises(SystemExit):
        open_files()
    assert done


def test_while_a_run_paints_a_signal_waits(interrupts):
    found, said = interrupts
    found.begin_painting(never)
    send(signal.SIGINT)
    assert found.received
    assert said == ["stopping after this evaluation; press Ctrl-C again to stop at once"]
    with pytest.raises(KeyboardInterrupt):
        found.raise_received()
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGINT)
    with found.saving():
        send(signal.SIGINT)
    assert len(said) == 1


def test_a_second_request_to_end_is_no_hurry(interrupts):
    """A terminal that is closed may send SIGHUP twice, and a system SIGTERM and SIGHUP."""
    found, said = interrupts
    found.begin_painting(lambda: None)
    for _ in range(2):
        send(signal.SIGTERM)
    assert said == ["stopping after this evaluation"]
    with pytest.raises(SystemExit) as caught:
        found.raise_received()
    assert caught.value.code == 143


def test_nothing_interrupts_the_saving(interrupts):
    found, said = interrupts
    found.begin_painting(never)
    with found.saving():
        for number in STOPPING * 2:
            send(number)
    assert said == ["the picture is being saved; wait for a moment"]
    with pytest.raises(KeyboardInterrupt):
        found.raise_received()


@pytest.mark.parametrize("closed", [False, True])
def test_a_long_evaluation_does_not_keep_the_picture_from_being_saved(interrupts, closed):
    found, _ = interrupts
    rescued = Event()
    found.begin_painting(rescued.set)
    if closed:  # by a thread of Windows
        Thread(target=found._close_console, daemon=True).start()
    else:
        send(signal.SIGTERM)
    assert rescued.wait(60)
    with pytest.raises(SystemExit) as caught:
        found.raise_received()
    assert caught.value.code == (129 if closed else 143)


def test_saving_waits_for_the_picture_that_is_being_rescued(interrupts):
    found, _ = interrupts
    begun, order = Event(), []

    def rescue():
        begun.set()
        order.append("rescued")

    found.begin_painting(rescue)
    send(signal.SIGTERM)
    assert begun.wait(60)
    with found.saving():
        order.append("saving")
    assert order == ["rescued", "saving"]


def test_ignored_signals_stay_ignored():
    """`nohup` ignores SIGHUP, and a shell SIGINT for what it runs in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stopping_at_once(never), Interrupts(never):
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            send(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_leave_signals_alone():
    before, found = signal.getsignal(signal.SIGINT), []

    def run():
        with Interrupts(never) as interrupts:
            interrupts.begin_painting(never)
            found.append(signal.getsignal(signal.SIGINT))
            with interrupts.saving():
                pass

    thread = Thread(target=run)
    thread.start()
    thread.join()
    assert found == [before]


def test_a_command_that_paints_nothing_just_stops():
    said = []
    with pytest.raises(SystemExit) as caught, stopping_at_once(said.append):
        send(signal.SIGTERM)
    assert caught.value.code == 143
    assert said == ["stopped"]


SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
if os.name != "nt":
    SIGNALS.append((signal.SIGHUP, 129))


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_ctrl_c_saves_the_picture_so_far(folder, network, quiet):
    arguments = ["render", "photo.png", "painting.png", "-o", "a.png", "--trace", "a.jsonl"]
    trace = folder / "a.jsonl"

    def ready():
        return count_evaluations(trace) >= 3

    process = start_until(ready, *arguments, *network, *ENDLESSLY, *quiet)
    try:
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=600)
    finally:
        process.kill()
    assert process.returncode == 130, error
    assert out == ""
    told = re.search(
        r"^ortstyle: stopped after (\d+) evaluations; saved a\.png$", error, re.MULTILINE
    )
    assert int(told[1]) >= 3
    assert "Traceback" not in error
    with Image.open("a.png") as picture:
        assert picture.size == (24, 18)
    found = set(names(folder)) - {"a.png.checkpoint"}  # once it is clear how long it takes
    assert found == {"a.jsonl", "a.png", "painting.png", "photo.png"}


@needs_runtime
def test_ctrl_c_before_the_first_evaluation_leaves_nothing(folder, call, network, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(WholeObjective, "open", interrupt)
    code, out, error = call("render", "photo.png", "painting.png", "--quiet", *network)
    assert (code, out, error) == (130, "", "")
    assert names(folder) == ["painting.png", "photo.png"]


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signal to one process")
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_leaves_a_checkpoint_and_the_picture_so_far(folder, network, number, code):
    arguments = ["render", *PICTURES, "-o", "a.png", "--checkpoint", "a.ck"]
    arguments += ["--checkpoint-every", "0", "--trace", "a.jsonl", *network]
    path = folder / "a.ck"

    def ready():
        return path.exists() and read_header(path)["position"]["evaluations"] >= 2

    process = start_until(ready, *arguments, *ENDLESSLY)
    process.send_signal(number)
    _, error = process.communicate(timeout=600)
    assert process.returncode == code, error
    *_, first, second, third = error.splitlines()
    again = "; press Ctrl-C again to stop at once" if number == signal.SIGINT else ""
    assert first == f"ortstyle: stopping after this evaluation{again}"
    evaluations = int(re.match(r"ortstyle: stopped after (\d+) evaluations", second)[1])
    assert third == "ortstyle: resume with: ortstyle resume a.ck"
    assert read_header(Path("a.ck"))["position"]["evaluations"] == evaluations
    assert len(read_trace("a.jsonl")[1]) == evaluations
    assert names(folder) == ["a.ck", "a.jsonl", "a.png", "painting.png", "photo.png"]


@needs_runtime
def test_the_second_signal_stops_at_once(folder, call, network):
    before = signal.getsignal(signal.SIGINT)

    def interrupt(number):
        if number == 3:
            signal.raise_signal(signal.SIGINT)  # waits until the evaluation has been made
            signal.raise_signal(signal.SIGINT)
            pytest.fail("it has not stopped at once")

    with before_each_evaluation(interrupt):
        code, out, error = call(
            *["render", *PICTURES, "-o", "a.png", "--checkpoint", "a.ck", "--quiet", *network]
        )
    assert (code, out) == (130, "")
    assert error.splitlines() == [
        "ortstyle: stopping after this evaluation; press Ctrl-C again to stop at once",
        "ortstyle: stopped after 2 evaluations; saved a.png",
    ]
    assert signal.getsignal(signal.SIGINT) is before
    assert names(folder) == ["a.png", "painting.png", "photo.png"]


BUSY = """
import hashlib, pathlib
from ortstyle.objective.whole import WholeObjective

real, numbers = WholeObjective.__call__, iter(range(1, 100))

def evaluate(self, image):
    if next(numbers) == 3:
        pathlib.Path("busy").touch()
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2_000_000_000)  # some minutes in C
    return real(self, image)

WholeObjective.__call__ = evaluate
"""


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signal to one process")
@pytest.mark.parametrize("number", [signal.SIGTERM, SIGNALS[-1][0]])
def test_a_picture_is_there_before_a_long_evaluation_has_ended(folder, network, number):
    """Whoever sends SIGTERM kills the process some seconds later."""
    process = start_until(
        (folder / "busy").exists, "render", *PICTURES, "-o", "a.png", *network, code=BUSY
    )
    try:
        process.send_signal(number)
        heard = [process.stderr.readline() for _ in range(5)]
    finally:
        process.kill()
        process.communicate()
    assert "ortstyle: stopping after this evaluation\n" in heard
    assert heard[-1] == "ortstyle: saved a.png after 2 evaluations for now\n"
    with Image.open("a.png") as picture:
        assert picture.size == (24, 18)


@needs_runtime
@pytest.mark.parametrize("moment", ["save_picture", "save_reports"])
def test_a_signal_during_the_saving_loses_nothing(folder, call, network, monkeypatch, moment):
    real = getattr(Results, moment)

    def interrupted(self, iterate):
        for number in STOPPING:
            signal.raise_signal(number)
        return real(self, iterate)

    monkeypatch.setattr(Results, moment, interrupted)
    reports = ["--plot", "a.svg", "--checkpoint", "a.ck"]
    code, out, error = call("render", *PICTURES, "-o", "a.png", *network, *reports, "--quiet")
    assert (code, out) == (130, "")
    assert error == "ortstyle: the picture is being saved; wait for a moment\n"
    assert names(folder) == ["a.png", "a.svg", "painting.png", "photo.png"]


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGHUP")
def test_nohup_keeps_a_run_alive(folder, network):
    ignored = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    arguments = ["render", *PICTURES, "-o", "a.png", *network, "--iterations", "40"]
    trace = folder / "a.jsonl"
    process = start_until(
        lambda: count_evaluations(trace), *arguments, "--trace", "a.jsonl", code=ignored
    )
    process.send_signal(signal.SIGHUP)
    out, error = process.communicate(timeout=600)
    assert process.returncode == 0, error
    assert out.startswith("wrote a.png")


# blocks that end by themselves


@pytest.fixture
def heard():
    """Return the list of what is said and done, after which all handlers are as before."""
    before = [signal.getsignal(number) for number in STOPPING]
    yield []
    assert [signal.getsignal(number) for number in STOPPING] == before


def stopped(heard, block):
    """Run a block that a signal makes end by itself; note what happens."""
    with stopping_by(lambda: heard.append("stop"), heard.append, "closing"):
        block()
        heard.append("ended")


def test_the_first_signal_makes_a_block_end_by_itself(heard):
    with pytest.raises(SystemExit) as caught:
        stopped(heard, lambda: [send(signal.SIGTERM) for _ in range(2)])
    assert caught.value.code == 143
    assert heard == ["closing", "stop", "ended"]


def test_a_second_ctrl_c_ends_a_block_at_once(heard):
    with pytest.raises(KeyboardInterrupt):
        stopped(heard, lambda: [send(signal.SIGINT) for _ in range(2)])
    assert heard == ["closing", "stop"]


def test_without_a_signal_a_block_is_as_any_other(heard):
    with stopping_by(never, never, "closing"):
        heard.append("ended")
    with pytest.raises(ZeroDivisionError), stopping_by(never, never, "closing"):
        raise ZeroDivisionError
    assert heard == ["ended"]


def test_the_closing_of_a_console_waits_for_the_end_of_the_block(heard, monkeypatch):
    acts, over = [], Event()
    monkeypatch.setattr(
        module, "ConsoleClosing", lambda act: acts.append(act) or type("C", (), {"end": over.set})
    )

    def close():
        acts[0]()
        heard.append("closed")

    thread = Thread(target=close)

    def wait():
        thread.start()
        while "stop" not in heard:
            thread.join(0.01)

    with pytest.raises(SystemExit) as caught:
        stopped(heard, wait)
    thread.join()
    assert over.is_set()
    assert caught.value.code == 129
    assert heard == ["closing", "stop", "ended", "closed"]
