"""Checkpoints: written all or nothing, read with suspicion, gone on from by the command."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from commands import ENVIRONMENT, RUN, needs_runtime
from PIL import Image

from ortstyle.cli import checkpointer, main as cli
from ortstyle.errors import CheckpointError
from ortstyle.objective.whole import Objective
from ortstyle.run.checkpoint import (
    read_checkpoint,
    read_header,
    remove_checkpoint,
    write_checkpoint,
)
from ortstyle.run.lock import CheckpointLock

ARRAYS = {"start": np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2), "stop": np.array("")}
PICTURES = ["photo.png", "painting.png"]
SCALES = ["--size", "48", "--scales", "2", "--iterations", "4,4", "--quiet"]


@pytest.fixture
def call(monkeypatch, capfd):
    """Give a function that runs a command in this process: exit code, stdout, stderr."""

    def run(*arguments):
        capfd.readouterr()  # what a run before said that crashed
        monkeypatch.setattr(sys, "argv", ["ortstyle", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return caught.value.code, *capfd.readouterr()

    return run


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def refusal_of(call, *arguments, code=1):
    found, out, error = call(*arguments)
    assert (found, out) == (code, ""), error
    assert error.startswith("ortstyle: ")
    assert error.count("\n") == 1
    return error


# The file


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, {"position": {"x": 0.1}, "plan": {"tiles": 4}}, ARRAYS)
    found = read_checkpoint(path)
    assert found.header["position"] == {"x": 0.1}
    assert found.snapshot.plan == {"tiles": 4}
    assert found.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)
    assert names(tmp_path) == ["a.checkpoint"]
    with zipfile.ZipFile(path) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_large_array_is_left_in_the_file(tmp_path, dtype):
    path = tmp_path / "a.checkpoint"
    large = np.random.default_rng(0).normal(size=(3, 700_001)).astype(dtype)
    write_checkpoint(path, {}, {"before": np.arange(3.0), "large": large, **ARRAYS})
    found = read_checkpoint(path).arrays["large"]
    assert not found.flags.owndata
    assert (found.dtype, found.shape) == (large.dtype, large.shape)
    np.testing.assert_array_equal(found, large)
    with np.load(path) as file:
        np.testing.assert_array_equal(file["large"], large)


def test_nothing_that_needs_pickle_is_written_or_read(tmp_path):
    path = tmp_path / "a.checkpoint"
    with pytest.raises(ValueError, match="allow_pickle"):
        write_checkpoint(path, {}, {"a": np.array([object()])})
    assert names(tmp_path) == []
    write_checkpoint(path, {"arrays": [*ARRAYS, "evil"]}, ARRAYS)
    with zipfile.ZipFile(path, "a") as archive, archive.open("evil.npy", "w") as file:
        np.lib.format.write_array(file, np.array([print]), allow_pickle=True)
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path)


def test_an_array_is_written_without_a_copy_of_it(tmp_path):
    import tracemalloc

    array = np.zeros((64, 1 << 20), np.float32)  # 256 MB, none of which is in memory yet
    tracemalloc.start()
    write_checkpoint(tmp_path / "a.checkpoint", {}, {"a": array})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < array.nbytes / 5


@pytest.mark.parametrize("shorter", [0, 1, 20, 41, 60, 200, 700])
def test_a_truncated_file_is_none(tmp_path, shorter):
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, {}, ARRAYS)
    whole = path.read_bytes()
    path.write_bytes(whole[:shorter])
    with pytest.raises(CheckpointError):
        read_checkpoint(path)
    path.write_bytes(whole[:-1])
    with pytest.raises(CheckpointError, match=r"a\.checkpoint is damaged; start the run again"):
        read_checkpoint(path)


def test_every_flipped_byte_is_noticed_or_harmless(tmp_path):
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, {"position": {}}, ARRAYS)
    whole = path.read_bytes()
    expected, noticed = read_checkpoint(path), 0
    other = tmp_path / "spoilt"  # Windows lets nobody write to a file that is mapped
    for at in range(len(whole)):
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x41
        other.write_bytes(spoilt)
        try:
            found = read_checkpoint(other)
        except CheckpointError:
            noticed += 1
            continue
        assert found.header == expected.header
        for name, array in expected.arrays.items():
            np.testing.assert_array_equal(found.arrays[name], array)
        del found
    assert noticed > len(whole) / 2


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"format": "other"}, "is no checkpoint of ortstyle"),
        ({"version": 3}, "has format 3, and this ortstyle knows 2; install the version"),
        ({"version": 1}, "has format 1, and this ortstyle knows 2; install the version"),
        ({"version": "x"}, "is damaged"),
    ],
)
def test_other_formats_are_refused(tmp_path, header, words):
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, header, ARRAYS)
    for read in (read_checkpoint, read_header):
        with pytest.raises(CheckpointError, match=words):
            read(path)


def test_what_is_no_checkpoint(tmp_path):
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty").touch()
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    for name in ("text", "empty", "other.npz"):
        with pytest.raises(CheckpointError, match="is no checkpoint of ortstyle"):
            read_checkpoint(tmp_path / name)
    with pytest.raises(CheckpointError, match="does not exist"):
        read_checkpoint(tmp_path / "none")
    with pytest.raises(CheckpointError, match=r"can't be read|is no checkpoint"):
        read_checkpoint(tmp_path)


def test_removing_takes_what_a_killed_process_left(tmp_path):
    path = tmp_path / "a.checkpoint"
    write_checkpoint(path, {}, ARRAYS)
    (tmp_path / ".ortstyle-a.checkpoint.part").write_bytes(b"half")
    remove_checkpoint(path)
    assert names(tmp_path) == []


# The disk


WRITE = """
import sys
import numpy as np
from pathlib import Path
from ortstyle.run.checkpoint import write_checkpoint
from ortstyle.errors import CheckpointError
path = Path(sys.argv[1])
write_checkpoint(path, {"n": 1}, {"a": np.zeros(1000)})
if sys.platform != "win32" and len(sys.argv) > 2:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_checkpoint(path, {"n": 2}, {"a": np.ones(10_000_000, np.int8), "b": np.ones(9)})
except CheckpointError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits are POSIX's")
def test_where_no_more_can_be_written_the_last_one_stays(tmp_path):
    path = tmp_path / "a.checkpoint"
    command = [sys.executable, "-W", "error", "-c", WRITE, path, "limit"]
    out = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    assert "a.checkpoint can't be written (File too large); choose another place" in out
    assert read_header(path)["n"] == 1
    assert names(tmp_path) == ["a.checkpoint"]


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux mounts a small disk"
)
def test_on_a_full_disk_the_last_one_stays(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        path = tmp_path / "a.checkpoint"
        command = [sys.executable, "-W", "error", "-c", WRITE, path]
        out = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
        assert "a.checkpoint can't be written (No space left on device)" in out
        assert read_header(path)["n"] == 1
        assert names(tmp_path) == ["a.checkpoint"]
    finally:
        subprocess.run(["umount", tmp_path], check=True)


# One at a time


def test_two_hold_no_checkpoint(tmp_path):
    path = tmp_path / "a.checkpoint"
    with CheckpointLock(path), pytest.raises(CheckpointError, match="in use by another run; wait"):
        CheckpointLock(path)
    with CheckpointLock(path):
        pass
    assert names(tmp_path) == []


def test_who_is_killed_holds_nothing(tmp_path):
    path = tmp_path / "a.checkpoint"
    code = (
        "import sys, time, pathlib; from ortstyle.run.lock import CheckpointLock; "
        "lock = CheckpointLock(pathlib.Path(sys.argv[1])); print('held', flush=True); "
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().strip() == b"held"
        with pytest.raises(CheckpointError, match="in use"):
            CheckpointLock(path)
        process.kill()
    CheckpointLock(path).release()


# The command


@pytest.fixture
def stop_after(monkeypatch):
    """Give a function that makes runs fail at an evaluation, as a crash does."""
    real = Objective.__call__

    def at(evaluations, error=ZeroDivisionError):
        left = [evaluations]

        def limited(self, image):
            left[0] -= 1
            if left[0] < 0:
                raise error
            return real(self, image)

        monkeypatch.setattr(Objective, "__call__", limited)

    yield at
    monkeypatch.setattr(Objective, "__call__", real)


def crash(stop_after, call, evaluations, *arguments):
    """Run until a crash after so many evaluations, with a checkpoint of each."""
    stop_after(evaluations)
    with pytest.raises(ZeroDivisionError):
        call("render", *PICTURES, "--checkpoint", "a.ck", "--checkpoint-every", "0", *arguments)
    stop_after(10**6)


@needs_runtime
@pytest.mark.parametrize("evaluations", [1, 4, 6])
def test_a_run_that_is_gone_on_with_leaves_the_same_files(
    folder, call, network, stop_after, evaluations
):
    files = ["-o", "a.png", "--trace", "a.jsonl", "--plot", "a.svg", "--save-every", "3"]
    files += ["--compare", "a.html"]
    code, _, error = call("render", *PICTURES, *files, *network, *SCALES)
    assert code == 0, error
    expected = {p.name: p.read_bytes() for p in folder.glob("a*")}
    for path in folder.glob("a*"):
        path.unlink()
    crash(stop_after, call, evaluations, *files, *network, *SCALES)
    # Lines that were written after the checkpoint are dropped.
    with Path("a.jsonl").open("a") as trace:
        trace.write('{"evaluation": 8}\n{"evalu')
    assert call("resume", "a.ck", "--quiet") == (0, "", "")
    found = {p.name: p.read_bytes() for p in folder.glob("a*")}
    assert found.keys() == expected.keys()
    assert [line["evaluation"] for line in lines(found.pop("a.jsonl"))] == list(range(1, 9))
    expected.pop("a.jsonl")
    assert found == expected


def lines(trace):
    first, *rest = [json.loads(line) for line in trace.splitlines()]
    assert set(first) == {"run"}
    return rest


@needs_runtime
def test_from_another_folder(folder, call, network, stop_after, monkeypatch):
    assert call("render", *PICTURES, "-o", "b.png", *network, *SCALES)[0] == 0
    crash(stop_after, call, 5, "-o", "a.png", *network, *SCALES)
    (folder / "deep").mkdir()
    monkeypatch.chdir("deep")
    code, _, error = call("resume", "../a.ck")
    assert code == 0, error
    assert error.startswith("going on after 5 evaluations\n")
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()
    assert not list((folder / "deep").iterdir())


@needs_runtime
def test_success_removes_it_unless_it_is_to_stay(folder, call, network):
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
def test_a_long_run_is_kept_without_being_told_to(folder, call, network, monkeypatch):
    monkeypatch.setattr(checkpointer, "LONG", 0.0)
    told = r"this takes about 0 minutes; checkpoints go to a\.png\.checkpoint, from which ortstyle"
    arguments = ["render", *PICTURES, "-o", "a.png", *network, "--quiet"]
    code, _, error = call(*arguments, "--keep-checkpoint")
    assert code == 0
    assert re.match(told, error)
    assert read_header(Path("a.png.checkpoint"))["position"]["evaluations"] == 5
    # One of another run is no reason to stop, but stays.
    before = Path("a.png.checkpoint").read_bytes()
    code, _, error = call(*arguments, "--seed", "3")
    assert code == 0
    assert "no checkpoints are written: --checkpoint a.png.checkpoint is of another run" in error
    assert Path("a.png.checkpoint").read_bytes() == before


@needs_runtime
def test_a_short_run_is_not_kept(folder, call, network):
    assert call("render", *PICTURES, "-o", "a.png", *network, "--quiet")[0] == 0
    assert names(folder) == ["a.png", "painting.png", "photo.png"]


@needs_runtime
def test_the_clock_of_the_system_does_not_matter(folder, call, network, monkeypatch):
    written = []
    monkeypatch.setattr(checkpointer.Checkpointer, "write", lambda *_: written.append(1))
    arguments = ["render", *PICTURES, "-o", "a.png", "--checkpoint", "a.ck", *network, "--quiet"]
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert call(*arguments)[0] == 0
    assert len(written) == 1  # at the end of the only scale
    clock = iter(range(0, 10**6, 90))
    monkeypatch.setattr(checkpointer, "monotonic", lambda: next(clock))
    assert call(*arguments, "--checkpoint-every", "1.5")[0] == 0
    assert len(written) == 6


@needs_runtime
def test_files_of_others_are_left_alone(folder, call, network, stop_after):
    arguments = ["render", *PICTURES, "-o", "a.png", "--checkpoint", "a.ck", *network, "--quiet"]
    Path("a.ck").write_text("a letter")
    message = refusal_of(call, *arguments)
    assert "--checkpoint a.ck exists and is no checkpoint that can be read; delete it" in message
    assert Path("a.ck").read_text() == "a letter"
    Path("a.ck").unlink()
    crash(stop_after, call, 2, "-o", "a.png", *network, "--quiet")
    before = Path("a.ck").read_bytes()
    for changes in (["--seed", "4"], ["-o", "b.png"], ["--content-weight", "1"]):
        message = refusal_of(call, *arguments, *changes)
        assert "a.ck is of another run; go on with that by ortstyle resume, delete it" in message
    assert Path("a.ck").read_bytes() == before
    code, _, error = call(*arguments)  # the very same run
    assert code == 0
    assert error == "starting anew, though ortstyle resume a.ck could go on with this run\n"


@needs_runtime
@pytest.mark.parametrize("name", ["photo.png", "a.png", "a.jsonl", "none/a.ck", "."])
def test_places_that_are_none(folder, call, network, name):
    arguments = ["render", *PICTURES, "-o", "a.png", "--trace", "a.jsonl", *network]
    refusal_of(call, *arguments, "--checkpoint", name, "--quiet")
    assert names(folder) == ["painting.png", "photo.png"]


@needs_runtime
@pytest.mark.parametrize("name", ["photo.png", "painting.png", "mask.png", "start.png", "net.onnx"])
def test_inputs_that_are_others_or_missing(folder, call, network, stop_after, painting, tiny, name):
    Image.new("L", painting.size, 200).save("mask.png")
    painting.save("start.png")
    shutil.copy(tiny, "net.onnx")
    files = ["--style-mask", "mask.png", "--init", "start.png", "--model", "net.onnx"]
    crash(stop_after, call, 2, "-o", "a.png", *network, *files, "--quiet")
    before = Path(name).read_bytes()
    Path(name).write_bytes(before + b" ")
    assert f"{name} has changed since the run began; put the old" in refusal_of(
        call, "resume", "a.ck"
    )
    Path(name).unlink()
    assert f"{name} is missing; put it back" in refusal_of(call, "resume", "a.ck")
    Path(name).write_bytes(before)
    assert call("resume", "a.ck", "--quiet")[0] == 0


def rewritten(header):
    """Write the checkpoint here with another header."""
    found = read_checkpoint(Path("a.ck"))
    write_checkpoint(Path("a.ck"), found.header | header, found.arrays)


@needs_runtime
def test_checkpoints_that_can_not_be_gone_on_from(folder, call, network, stop_after):
    crash(stop_after, call, 2, "-o", "a.png", *network, "--quiet")
    header, whole = read_header(Path("a.ck")), Path("a.ck").read_bytes()
    settings = {"settings": header["run"]["settings"] | {"glitter": 3}}
    wrong = {"settings": header["run"]["settings"] | {"size": "big"}}
    for changes, words in (
        ({"version": 9}, "has format 9, and this ortstyle knows 2"),
        ({"run": header["run"] | settings}, "does not know (glitter); install the version"),
        ({"run": header["run"] | wrong}, "a.ck: --size: 'big' is no value for it"),
        ({"run": 5}, "a.ck is damaged"),
        ({"run": {}}, "a.ck is damaged"),
        ({"position": []}, "a.ck is damaged"),
        ({"position": header["position"] | {"scale": 7}}, "a.ck is damaged"),
        ({"position": header["position"] | {"glitter": 7}}, "a.ck is damaged"),
        ({"inputs": None}, "a.ck is damaged"),
        ({"command": None}, "was written by a program, not by ortstyle render"),
        ({"command": {}}, "a.ck is damaged"),
    ):
        rewritten(changes)
        assert words in refusal_of(call, "resume", "a.ck", "--quiet"), changes
        Path("a.ck").write_bytes(whole)
    found = read_checkpoint(Path("a.ck"))
    del found.arrays["optimizer.numbers"]
    found.header["arrays"].remove("optimizer.numbers")
    write_checkpoint(Path("a.ck"), found.header, found.arrays)
    assert "a.ck is damaged" in call("resume", "a.ck", "--quiet")[2]
    Path("a.ck").write_bytes(whole[: len(whole) // 2])
    assert "a.ck is damaged" in refusal_of(call, "resume", "a.ck")
    assert "photo.png is no checkpoint of ortstyle" in refusal_of(call, "resume", "photo.png")
    assert "none.ck does not exist" in refusal_of(call, "resume", "none.ck")


@needs_runtime
def test_another_version_is_told_and_goes_on(folder, call, network, stop_after):
    crash(stop_after, call, 2, "-o", "a.png", *network, "--quiet")
    run = read_header(Path("a.ck"))["run"]
    rewritten({"run": run | {"versions": run["versions"] | {"numpy": "1.0"}}})
    code, _, error = call("resume", "a.ck", "--quiet")
    assert code == 0
    assert error == f"numpy is {np.__version__}, no longer 1.0; the result may differ a little\n"


@needs_runtime
def test_two_runs_share_no_checkpoint(folder, call, network, stop_after):
    crash(stop_after, call, 2, "-o", "a.png", *network, "--quiet")
    before = names(folder)
    with CheckpointLock(Path("a.ck")):
        message = refusal_of(call, "resume", "a.ck")
        assert "checkpoint a.ck is in use by another run; wait until that has ended" in message
        arguments = ["render", *PICTURES, "--checkpoint", "a.ck", "-o", "a.png", *network]
        assert "a.ck is in use by another run" in refusal_of(call, *arguments, "--quiet")
    assert names(folder) == before


@needs_runtime
def test_a_checkpoint_that_can_not_be_written_does_not_stop_the_run(
    folder, call, network, monkeypatch
):
    real, count = os.fsync, []

    def full_once(file):
        count.append(1)
        if len(count) == 4:  # those before are tries
            raise OSError(28, "No space left on device")
        real(file)

    monkeypatch.setattr(os, "fsync", full_once)
    arguments = ["render", *PICTURES, "--checkpoint", "a.ck", "--checkpoint-every", "0"]
    code, _, error = call(*arguments, "-o", "a.png", *network, "--quiet")
    assert code == 0
    assert error == (
        "checkpoint a.ck can't be written (No space left on device); choose another place with "
        "--checkpoint\n"
    )
    assert names(folder) == ["a.png", "painting.png", "photo.png"]


@needs_runtime
def test_where_the_output_can_not_be_written_the_checkpoint_stays(
    folder, call, network, stop_after
):
    Path("out").mkdir()
    crash(stop_after, call, 2, "-o", "out/a.png", *network, "--quiet")
    shutil.rmtree("out")
    message = refusal_of(call, "resume", "a.ck")
    assert f"output {Path('out/a.png')}: its folder does not exist" in message
    assert Path("a.ck").is_file()
    real = Objective.close

    def gone(self):
        shutil.rmtree("out")
        real(self)

    Path("out").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Objective, "close", gone)
        code, _, error = call("resume", "a.ck", "--quiet")
    assert code == 1
    left, why = error.splitlines()
    assert left == "ortstyle: go on with: ortstyle resume a.ck"
    assert why.startswith(f"ortstyle: output {Path('out/a.png')} can't be written")
    Path("out").mkdir()
    assert call("resume", "a.ck", "--quiet") == (0, "", "")
    assert names(folder) == ["out", "painting.png", "photo.png"]


# Signals, and none


def begun(arguments, folder, checkpoint="a.ck", at_least=2):
    """Run a command in a process of its own until its checkpoint says so many evaluations."""
    process = subprocess.Popen(
        [*RUN, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=ENVIRONMENT,
    )
    path = folder / checkpoint
    while not path.exists() or read_header(path)["position"]["evaluations"] < at_least:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return process


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signal to one process")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_checkpoint_and_the_picture_so_far(folder, network, number, code):
    arguments = ["render", *PICTURES, "-o", "a.png", "--checkpoint", "a.ck"]
    arguments += ["--checkpoint-every", "0", "--trace", "a.jsonl", *network]
    process = begun([*arguments, "--iterations", "1000000"], folder)
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == code, error
    *_, first, second, third = error.splitlines()
    assert first == "ortstyle: stopping after this evaluation; again to stop at once"
    evaluations = int(re.match(r"ortstyle: stopped after (\d+) evaluations", second)[1])
    assert third == "ortstyle: go on with: ortstyle resume a.ck"
    assert read_header(Path("a.ck"))["position"]["evaluations"] == evaluations
    assert len(lines(Path("a.jsonl").read_bytes())) == evaluations
    assert names(folder) == ["a.ck", "a.jsonl", "a.png", "painting.png", "photo.png"]


def test_the_second_signal_stops_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = []
    keeping = checkpointer.Keeping(path=Path("a.ck"))
    before = signal.getsignal(signal.SIGINT)
    says = {"say": pytest.fail, "say_now": said.append}
    with checkpointer.Checkpointer(keeping, output=Path("a.png"), header={}, **says) as kept:
        kept.begin({})
        signal.raise_signal(signal.SIGINT)
        assert said == ["stopping after this evaluation; again to stop at once"]
        with pytest.raises(KeyboardInterrupt):
            kept.raise_signal()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert kept.left == ""  # there is nothing yet
    assert signal.getsignal(signal.SIGINT) is before
    assert names(tmp_path) == []


def killed_at_random(folder, network, seed, whole):
    """Run, kill at any time, go on; tell whether there was a checkpoint to go on from."""
    output, checkpoint = f"k{seed}.png", f"k{seed}.ck"
    start = [*kept_run(network, output, checkpoint)]
    moment = np.random.default_rng(seed).uniform(0.9 * whole["first"], whole["seconds"])
    with subprocess.Popen([*RUN, *start], env=ENVIRONMENT) as process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        process.kill()
    again = Path(checkpoint).exists()
    if again or not Path(output).exists():
        command = ["resume", checkpoint, "--quiet"] if again else start
        subprocess.run([*RUN, *command], env=ENVIRONMENT, check=True)
    assert Path(output).read_bytes() == whole["bytes"]
    left = {path.name for path in folder.iterdir() if f"k{seed}." in path.name}
    assert left <= {output, f"{checkpoint}.lock"}  # killed after all was done
    return again


def kept_run(network, output, checkpoint):
    options = ["--size", "48", "--scales", "2", "--iterations", "30,30", "--quiet"]
    kept = ["--checkpoint", checkpoint, "--checkpoint-every", "0"]
    return ["render", *PICTURES, "-o", output, *network, *options, *kept]


def undisturbed(network):
    """Give what a run leaves that nobody kills, how long it takes, and its first checkpoint."""
    began, first = time.monotonic(), 0.0
    command = [*RUN, *kept_run(network, "whole.png", "whole.ck")]
    with subprocess.Popen(command, env=ENVIRONMENT) as process:
        while process.poll() is None:
            if not first and Path("whole.ck").exists():
                first = time.monotonic() - began
            time.sleep(0.005)
    assert process.returncode == 0
    seconds = time.monotonic() - began
    return {"seconds": seconds, "first": first, "bytes": Path("whole.png").read_bytes()}


@needs_runtime
def test_runs_that_are_killed_end_in_the_same_bytes(folder, network):
    whole = undisturbed(network)
    for seed in range(3):
        killed_at_random(folder, network, seed, whole)


@needs_runtime
@pytest.mark.slow
def test_fifty_runs_that_are_killed_end_in_the_same_bytes(folder, network):
    whole = undisturbed(network)
    resumed = [killed_at_random(folder, network, seed, whole) for seed in range(100, 150)]
    print(f"{sum(resumed)} of {len(resumed)} had a checkpoint")  # noqa: T201
    assert sum(resumed) >= 10


def test_the_options_need_a_number(folder, call):
    message = refusal_of(call, "render", *PICTURES, "--checkpoint-every", "-1", code=2)
    assert "--checkpoint-every" in message
