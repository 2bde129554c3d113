"""The checkpoints of `ortstyle render`: where, when, and when they are removed."""

import os
import re
import shutil
import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest
from commands import PICTURES, crash, names, needs_runtime, refusal_of
from fakes import before_each_evaluation

from ortstyle.cli import checkpointer
from ortstyle.run.checkpoint import (
    read_header,
)
from ortstyle.run.run import Run


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
        r"this takes about \d+ minutes; checkpoints of at most \d+ kB go to a\.png\.checkpoint, ",
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


class Clock:
    """A clock that moves on while a checkpoint is written."""

    def __init__(self, monkeypatch, writing):
        self.now, self.written = 0.0, []
        monkeypatch.setattr(checkpointer, "monotonic", lambda: self.now)
        real = Run.save

        def save(run, *arguments, **options):
            self.written.append(self.now)
            self.now += writing
            real(run, *arguments, **options)

        monkeypatch.setattr(Run, "save", save)


@needs_runtime
@pytest.mark.parametrize("asked", [False, True])
def test_checkpoints_that_nobody_asked_for_take_a_twentieth_of_the_time(
    folder, call, network, monkeypatch, asked
):
    """At print size a checkpoint has gigabytes, which a slow disk takes minutes to write."""
    clock = Clock(monkeypatch, writing=30.0)
    monkeypatch.setattr(checkpointer, "LONG_RUN", 0.0)

    def evaluate(_):
        clock.now += 100.0

    options = ["--checkpoint", "a.ck"] if asked else []
    options += ["--checkpoint-every", "1", "--iterations", "40", "--quiet"]
    with before_each_evaluation(evaluate):
        assert call("render", *PICTURES, "-o", "a.png", *network, *options)[0] == 0
    *written, _ = clock.written  # the last one is written because the scale ends
    pauses = [later - earlier for earlier, later in pairwise(written)]
    assert pauses == [130.0 if asked else 630.0] * len(pauses)
    assert len(pauses) >= 5


@needs_runtime
def test_checkpoints_need_room_on_the_disk(folder, call, network, monkeypatch):
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=67_200_000))
    arguments = ["render", *PICTURES, "-o", "a.png", *network, "--quiet"]
    message = refusal_of(call, 1, *arguments, "--checkpoint", "a.ck")
    assert re.search(
        r"checkpoint a\.ck takes \d+ kB, and its disk has 67 MB free; free some space or choose "
        "another place with --checkpoint",
        message,
    )
    # What nobody asked for stops no run.
    monkeypatch.setattr(checkpointer, "LONG_RUN", 0.0)
    code, _, error = call(*arguments)
    assert code == 0
    assert len(error.splitlines()) == 1
    assert error.startswith("no checkpoints are written: checkpoint a.png.checkpoint takes ")
    assert names(folder) == ["a.png", "painting.png", "photo.png"]


@needs_runtime
def test_the_size_of_checkpoints_is_said(folder, call, network):
    arguments = ["render", *PICTURES, "-o", "a.png", *network]
    error = call(*arguments, "--checkpoint", "a.ck")[2]
    assert re.search(r"; checkpoints of at most [1-9]\d* kB", error)
    assert "checkpoints" not in call(*arguments)[2]


def test_the_minutes_between_checkpoints_must_not_be_negative(folder, call):
    message = refusal_of(call, 2, "render", *PICTURES, "--checkpoint-every", "-1")
    assert "--checkpoint-every" in message


@needs_runtime
def test_a_resumed_run_goes_on_without_room_for_checkpoints(folder, call, network, monkeypatch):
    crash(call, 2, "-o", "a.png", *network, "--quiet")
    before = Path("a.ck").read_bytes()
    usage = shutil.disk_usage(folder)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    seen = []
    with before_each_evaluation(lambda _: seen.append(Path("a.ck").read_bytes())):
        code, _, error = call("resume", "a.ck", "--quiet")
    assert code == 0
    assert error.startswith("no further checkpoints are written: checkpoint a.ck takes ")
    assert error.endswith("and its disk has 1 kB free\n")
    assert set(seen) == {before}
    assert names(folder) == ["a.png", "painting.png", "photo.png"]


@needs_runtime
def test_the_advice_can_be_pasted(folder, call, network):
    kept = ["--checkpoint", "my run.ck", "--checkpoint-every", "0"]

    def stop(number):
        if number == 3:
            signal.raise_signal(signal.SIGINT)

    with before_each_evaluation(stop):
        code, _, error = call("render", *PICTURES, "-o", "a.png", *kept, *network, "--quiet")
    assert code == 130
    quoted = '"my run.ck"' if os.name == "nt" else "'my run.ck'"
    assert error.splitlines()[-1] == f"ortstyle: resume with: ortstyle resume {quoted}"
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    os.chdir(elsewhere)
    code, _, error = call("resume", folder / "my run.ck")
    assert (code, names(elsewhere)) == (0, [])
    assert f"resuming after 3 evaluations in folder {folder}" in error
