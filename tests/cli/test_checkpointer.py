"""The checkpoints of `ortstyle render`: where, when, and when they are removed."""

import os
import re
import signal
import time
from pathlib import Path

import pytest
from commands import PICTURES, crash, names, needs_runtime, refusal_of
from fakes import before_each_evaluation

from ortstyle.cli import checkpointer
from ortstyle.run.checkpoint import (
    read_header,
)


@needs_runtime
def test_success_removes_the_checkpoint_unless_it_is_kept(folder, call, network):
    arguments = ["render", *PICTURES, "-o", "a.png", "--checkpoint", "a.ck", *network, "--quiet"]
    assert call(*arguments) == (0, "", "")
    assert names(folder) == ["a.png", "painting.png", "photo.png"]
    assert call(*arguments, "--keep-checkpoint") == (0, "", "")
    assert names(folder) == ["a.ck", "a.png", "painting.png", "photo.png"]
    first = Path("a.png").read_bytes()
    Path("a.png").unlink()
    assert call("resume", "a.ck", "--quiet") == (0, "", "")
    assert Path("a.png").read_bytes() == first
    assert "a.ck" in names(folder)


@needs_runtime
def test_a_long_run_writes_checkpoints_without_being_told_to(folder, call, network):
    arguments = ["render", *PICTURES, "-o", "a.png", *network, "--quiet", "--iterations", 10**9]

    def interrupt(number):
        if number == 5:
            signal.raise_signal(signal.SIGINT)

    with before_each_evaluation(interrupt):
        code, _, error = call(*arguments)
    assert code == 130
    first, *_, last = error.splitlines()
    assert re.match(
        r"this takes about \d+ minutes; checkpoints go to a\.png\.checkpoint, from which ortstyle",
        first,
    )
    assert last == "ortstyle: resume with: ortstyle resume a.png.checkpoint"
    assert read_header(Path("a.png.checkpoint"))["position"]["evaluations"] == 5
    # A checkpoint of another run does not stop this run, and is left unchanged.
    before = Path("a.png.checkpoint").read_bytes()

    def stop(number):
        if number == 5:
            raise KeyboardInterrupt

    with before_each_evaluation(stop):
        code, _, error = call(*arguments, "--seed", "3")
    assert code == 130
    assert "no checkpoints are written: --checkpoint a.png.checkpoint is of another run" in error
    assert "stopped after 4 evaluations; saved a.png" in error
    assert Path("a.png.checkpoint").read_bytes() == before


@needs_runtime
def test_a_short_run_writes_no_checkpoint(folder, call, network):
    assert call("render", *PICTURES, "-o", "a.png", *network, "--quiet")[0] == 0
    assert names(folder) == ["a.png", "painting.png", "photo.png"]


@needs_runtime
@pytest.mark.parametrize(
    ("minutes", "expected"),
    [("1.5", [0, 1, 2, 3, 4]), ("3", [0, 0, 2, 2, 4]), ("1000", [0, 0, 0, 0, 0])],
)
def test_a_checkpoint_is_written_each_time_the_minutes_are_over(
    folder, call, network, monkeypatch, minutes, expected
):
    """The system's clock, which stands still here, does not matter."""
    seconds, found = [0.0], []
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(checkpointer, "monotonic", lambda: seconds[0])

    def look(_):
        path = Path("a.ck")
        found.append(read_header(path)["position"]["evaluations"] if path.exists() else 0)
        seconds[0] += 90

    kept = ["--checkpoint", "a.ck", "--checkpoint-every", minutes, "--keep-checkpoint"]
    with before_each_evaluation(look):
        code, _, error = call("render", *PICTURES, "-o", "a.png", *kept, *network, "--quiet")
    assert code == 0, error
    assert found == expected
    assert read_header(Path("a.ck"))["position"]["evaluations"] == 5  # at the end of the scale


@needs_runtime
def test_files_of_others_are_left_alone(folder, call, network):
    arguments = ["render", *PICTURES, "-o", "a.png", "--checkpoint", "a.ck", *network, "--quiet"]
    Path("a.ck").write_text("a letter")
    message = refusal_of(call, 1, *arguments)
    assert "--checkpoint a.ck exists and is no checkpoint that can be read; delete it" in message
    assert Path("a.ck").read_text() == "a letter"
    Path("a.ck").unlink()
    crash(call, 2, "-o", "a.png", *network, "--quiet")
    before = Path("a.ck").read_bytes()
    for changes in (["--seed", "4"], ["-o", "b.png"], ["--content-weight", "1"]):
        message = refusal_of(call, 1, *arguments, *changes)
        assert (
            "a.ck is of another run; resume that run with ortstyle resume, delete the file"
            in message
        )
    assert Path("a.ck").read_bytes() == before
    code, _, error = call(*arguments)  # the very same run
    assert code == 0
    assert error == "starting a new run; ortstyle resume a.ck would continue the interrupted one\n"


@needs_runtime
@pytest.mark.parametrize("name", ["photo.png", "a.png", "a.jsonl", "none/a.ck", "."])
def test_checkpoint_paths_that_are_refused(folder, call, network, name):
    arguments = ["render", *PICTURES, "-o", "a.png", "--trace", "a.jsonl", *network]
    refusal_of(call, 1, *arguments, "--checkpoint", name, "--quiet")
    assert names(folder) == ["painting.png", "photo.png"]


@needs_runtime
def test_a_checkpoint_that_can_not_be_written_does_not_stop_the_run(
    folder, call, network, monkeypatch
):
    real, now, found = os.fsync, [0], []

    def sync(file):
        if now[0] == 3:  # while the checkpoint of the third evaluation is written
            raise OSError(28, "No space left on device")
        real(file)

    def look(number):
        now[0] = number
        path = Path("a.ck")
        found.append(read_header(path)["position"]["evaluations"] if path.exists() else 0)

    monkeypatch.setattr(os, "fsync", sync)
    arguments = ["render", *PICTURES, "--checkpoint", "a.ck", "--checkpoint-every", "0"]
    with before_each_evaluation(look):
        code, _, error = call(*arguments, "-o", "a.png", *network, "--quiet")
    assert code == 0
    assert found == [0, 1, 2, 2, 4]
    assert error == (
        "checkpoint a.ck can't be written (No space left on device); choose another place with "
        "--checkpoint\n"
    )
    assert names(folder) == ["a.png", "painting.png", "photo.png"]


def test_the_minutes_between_checkpoints_must_not_be_negative(folder, call):
    message = refusal_of(call, 2, "render", *PICTURES, "--checkpoint-every", "-1")
    assert "--checkpoint-every" in message
