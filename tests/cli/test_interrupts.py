"""Ctrl-C and SIGTERM: which files a stopped run leaves, and what it prints."""

import os
import re
import signal
from pathlib import Path

import pytest
from commands import PICTURES, names, needs_runtime, read_trace, start_until
from fakes import before_each_evaluation
from PIL import Image

from ortstyle.objective.whole import WholeObjective
from ortstyle.run.checkpoint import (
    read_header,
)


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_ctrl_c_saves_the_picture_so_far(folder, network, quiet):
    arguments = ["render", "photo.png", "painting.png", "-o", "a.png", "--trace", "a.jsonl"]
    trace = folder / "a.jsonl"

    def ready():
        return trace.exists() and trace.read_text("utf-8").count("\n") >= 4

    process = start_until(ready, *arguments, *network, "--iterations", "1000000", *quiet)
    try:
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
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
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_checkpoint_and_the_picture_so_far(folder, network, number, code):
    arguments = ["render", *PICTURES, "-o", "a.png", "--checkpoint", "a.ck"]
    arguments += ["--checkpoint-every", "0", "--trace", "a.jsonl", *network]
    path = folder / "a.ck"

    def ready():
        return path.exists() and read_header(path)["position"]["evaluations"] >= 2

    process = start_until(ready, *arguments, "--iterations", "1000000")
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == code, error
    *_, first, second, third = error.splitlines()
    assert first == "ortstyle: stopping after this evaluation; press Ctrl-C again to stop at once"
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
