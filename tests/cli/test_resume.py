"""`ortstyle resume`: the run continues from its checkpoint as if it had never stopped."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from commands import PICTURES, crash, names, needs_runtime, pixels_of, read_trace, refusal_of
from fakes import before_each_evaluation
from PIL import Image

from ortstyle.objective.whole import WholeObjective
from ortstyle.run.checkpoint import (
    read_checkpoint,
    read_header,
    write_checkpoint,
)
from ortstyle.run.lock import CheckpointLock

SCALES = ["--size", "48", "--scales", "2", "--iterations", "4,4", "--quiet"]


@needs_runtime
@pytest.mark.parametrize("evaluations", [1, 4, 6])
def test_a_resumed_run_leaves_the_same_files(folder, call, network, evaluations):
    files = ["-o", "a.png", "--trace", "a.jsonl", "--plot", "a.svg", "--save-every", "3"]
    files += ["--compare", "a.html"]
    code, _, error = call("render", *PICTURES, *files, *network, *SCALES)
    assert code == 0, error
    expected = {p.name: p.read_bytes() for p in folder.glob("a*")}
    for path in folder.glob("a*"):
        path.unlink()
    crash(call, evaluations, *files, *network, *SCALES)
    # Lines that were written after the checkpoint are dropped.
    with Path("a.jsonl").open("a") as trace:
        trace.write('{"evaluation": 8}\n{"evalu')
    assert call("resume", "a.ck", "--quiet") == (0, "", "")
    found = {p.name: p.read_bytes() for p in folder.glob("a*")}
    assert found.keys() == expected.keys()
    assert [line["evaluation"] for line in read_trace("a.jsonl")[1]] == list(range(1, 9))
    del found["a.jsonl"], expected["a.jsonl"]
    assert found == expected


@needs_runtime
def test_a_run_is_resumed_from_another_folder(folder, call, network, monkeypatch):
    assert call("render", *PICTURES, "-o", "b.png", *network, *SCALES)[0] == 0
    crash(call, 5, "-o", "a.png", *network, *SCALES)
    (folder / "deep").mkdir()
    monkeypatch.chdir("deep")
    code, _, error = call("resume", "../a.ck")
    assert code == 0, error
    assert error.startswith(f"resuming after 5 evaluations in folder {folder}\n")
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()
    assert not list((folder / "deep").iterdir())


@needs_runtime
@pytest.mark.parametrize("named", [[], ["-o", "c.png"]], ids=["as before", "named"])
def test_a_quiet_run_says_that_its_result_goes_to_another_folder(
    folder, call, network, monkeypatch, named
):
    crash(call, 2, "-o", "a.png", *network, "--quiet")
    Path("a.png").unlink()
    (folder / "deep").mkdir()
    monkeypatch.chdir("deep")
    said = "" if named else f"ortstyle: the result goes to {folder / 'a.png'}\n"
    assert call("resume", "../a.ck", "--quiet", *named) == (0, "", said)
    assert (folder / "deep" / "c.png" if named else folder / "a.png").is_file()


@needs_runtime
@pytest.mark.parametrize("name", ["photo.png", "painting.png", "mask.png", "start.png", "net.onnx"])
def test_inputs_that_are_others_or_missing(folder, call, network, painting, tiny, name):
    Image.new("L", painting.size, 200).save("mask.png")
    painting.save("start.png")
    shutil.copy(tiny, "net.onnx")
    files = ["--style-mask", "mask.png", "--init", "start.png", "--model", "net.onnx"]
    crash(call, 2, "-o", "a.png", *network, *files, "--quiet")
    before = Path(name).read_bytes()
    Path(name).write_bytes(before + b" ")
    assert f"{name} has changed since the run began; put the old" in refusal_of(
        call, 1, "resume", "a.ck"
    )
    Path(name).unlink()
    assert f"{name} is missing; put it back" in refusal_of(call, 1, "resume", "a.ck")
    Path(name).write_bytes(before)
    assert call("resume", "a.ck", "--quiet")[0] == 0


def rewritten(header):
    """Write the checkpoint here with another header."""
    found = read_checkpoint(Path("a.ck"))
    write_checkpoint(Path("a.ck"), found.header | header, found.arrays)


@needs_runtime
def test_checkpoints_that_can_not_be_resumed(folder, call, network):
    crash(call, 2, "-o", "a.png", *network, "--quiet")
    header, whole = read_header(Path("a.ck")), Path("a.ck").read_bytes()
    settings = {"settings": header["run"]["settings"] | {"glitter": 3}}
    wrong = {"settings": header["run"]["settings"] | {"size": "big"}}
    for changes, words in (
        ({"version": 9}, "has format 9, and this ortstyle knows 3"),
        ({"run": header["run"] | settings}, "does not know (glitter); install the version"),
        ({"run": header["run"] | wrong}, "a.ck: --size: 'big' is no size"),
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
        assert words in refusal_of(call, 1, "resume", "a.ck", "--quiet"), changes
        Path("a.ck").write_bytes(whole)
    found = read_checkpoint(Path("a.ck"))
    del found.arrays["optimizer.numbers"]
    found.header["arrays"].remove("optimizer.numbers")
    write_checkpoint(Path("a.ck"), found.header, found.arrays)
    assert "a.ck is damaged" in call("resume", "a.ck", "--quiet")[2]
    Path("a.ck").write_bytes(whole[: len(whole) // 2])
    assert "a.ck is damaged" in refusal_of(call, 1, "resume", "a.ck")
    assert "photo.png is no checkpoint of ortstyle" in refusal_of(call, 1, "resume", "photo.png")
    assert "none.ck does not exist" in refusal_of(call, 1, "resume", "none.ck")


@needs_runtime
def test_another_version_is_told_and_the_run_is_resumed(folder, call, network):
    crash(call, 2, "-o", "a.png", *network, "--quiet")
    run = read_header(Path("a.ck"))["run"]
    rewritten({"run": run | {"versions": run["versions"] | {"numpy": "1.0"}}})
    code, _, error = call("resume", "a.ck", "--quiet")
    assert code == 0
    assert error == f"numpy is {np.__version__}, no longer 1.0; the result may differ a little\n"


@needs_runtime
def test_two_runs_share_no_checkpoint(folder, call, network):
    crash(call, 2, "-o", "a.png", *network, "--quiet")
    before = names(folder)
    with CheckpointLock(Path("a.ck")):
        message = refusal_of(call, 1, "resume", "a.ck")
        assert "checkpoint a.ck is in use by another run; wait until that run has ended" in message
        arguments = ["render", *PICTURES, "--checkpoint", "a.ck", "-o", "a.png", *network]
        assert "a.ck is in use by another run" in refusal_of(call, 1, *arguments, "--quiet")
    assert names(folder) == before


@needs_runtime
def test_an_output_whose_folder_is_gone_is_written_elsewhere(folder, call, network):
    Path("out").mkdir()
    crash(call, 2, "-o", "out/a.png", *network, "--quiet")
    shutil.rmtree("out")
    message = refusal_of(call, 1, "resume", "a.ck")
    assert f"output {Path('out/a.png')}: its folder does not exist" in message
    assert Path("a.ck").is_file()
    real = WholeObjective.close

    def gone(self):
        shutil.rmtree("out")
        real(self)

    Path("out").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(WholeObjective, "close", gone)
        code, _, error = call("resume", "a.ck", "--quiet")
    assert code == 1
    assert error.startswith(f"ortstyle: output {Path('out/a.png')} can't be written (")
    assert error.endswith(f"; the result is saved as {folder / 'a.png'}\n")
    assert names(folder) == ["a.png", "painting.png", "photo.png"]


@needs_runtime
def test_a_result_whose_place_is_gone_stays_out_of_the_folder_that_a_checkpoint_names(
    folder, call, network
):
    def gone(number):
        if number == 3:
            shutil.rmtree(folder / "kept" / "out")

    (folder / "kept" / "out").mkdir(parents=True)
    crash(call, 2, "-o", Path("kept/out/a.png"), *network, "--quiet")
    Path("a.ck").rename("kept/a.ck")
    (folder / "user").mkdir()
    os.chdir(folder / "user")
    before = names(folder)
    with before_each_evaluation(gone):
        code, _, error = call("resume", Path("../kept/a.ck"), "--quiet")
    assert code == 1
    place = folder / "kept" / "a.png"
    assert pixels_of(place)[0] == (24, 18)
    assert names(folder) == before
    assert Path(error.splitlines()[-1].rpartition(" saved as ")[2]).samefile(place)
