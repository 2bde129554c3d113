"""A command through a checkpoint: what comes back, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ortstyle.cli.command import Checkpointing, PaintCommand, Reports
from ortstyle.cli.stored_run import StoredRun, check_inputs, header_of
from ortstyle.errors import CheckpointError
from ortstyle.pictures.encode import Encoding
from ortstyle.run.checkpoint import Checkpoint
from ortstyle.run.progress import Progress

LAST = {
    "width": 24,
    "height": 18,
    "scale": (0, 1),
    "iteration": 1,
    "evaluations": 2,
    "loss": 5.0,
    "terms": {"content": 0.0, "style": 5.0, "tv": 0.0},
    "seconds": 1.0,
}
POSITION = Progress(schedule=((24, 5),), done=2, evaluations=2, last=LAST)
CURVE = np.array([[0, 24, 18, 1, 9.0, 9.0], [0, 24, 18, 2, 5.0, 5.0]])


@pytest.fixture
def command(folder, tiny_settings, painting):
    """Return a command that says something of everything; its checkpoint is `a.ck`."""
    painting.save(folder / "mask.png")
    return PaintCommand(
        content=Path("photo.png"),
        styles=(Path("painting.png"), Path("photo.png")),
        output=Path("a.jpg"),
        settings=tiny_settings(seed=7, style_mask=("mask.png", "mask.png")),
        encoding=Encoding(icc="keep", quality=80, chroma="420"),
        checkpointing=Checkpointing(path=Path("a.ck"), every=0.5, keep=True),
        reports=Reports(
            save_every=3, trace=Path("a.jsonl"), plot=Path("a.svg"), compare=Path("a.html")
        ),
        device="cpu",
        preset=Path("mine.toml"),
        like=Path("old.png"),
    )


@pytest.fixture
def stored(command):
    """Return a function that gives the checkpoint of a command, with changes to its header."""

    def make(given=command, *, without=(), **changes):
        run = {"settings": given.settings.to_dict(), "device": "cpu", "versions": {}}
        header = {"run": run, "position": POSITION.to_dict(), "curve": ["style", "total"]}
        header = json.loads(json.dumps(header | header_of(given) | changes))
        for name in without:
            del header[name]
        return Checkpoint(Path("a.ck"), header, {"curve": CURVE.copy()})

    return make


def test_the_command_comes_back(command, stored, folder):
    found = StoredRun.of(stored())
    assert found.command == command
    assert (found.folder, found.device, found.evaluations) == (folder, "cpu", 2)
    assert [sample.losses["total"] for sample in found.curve.samples] == [9, 5]


def test_an_output_that_replaces_nothing_comes_back(command, stored):
    default = replace(command, output=Path("a-b-2.png"), default_output=Path("a-b.png"))
    found = StoredRun.of(stored(default)).command
    assert found == replace(default, default_output=default.output)
    old = header_of(default)["command"]
    del old["keeps_others"]
    assert StoredRun.of(stored(command=old)).command == replace(default, default_output=None)


def test_a_command_of_defaults_comes_back(command, stored):
    plain = PaintCommand(
        content=command.content,
        styles=command.styles[:1],
        output=command.output,
        settings=replace(command.settings, style_mask=()),
        checkpointing=Checkpointing(path=Path("a.ck")),
    )
    assert StoredRun.of(stored(plain)).command == plain


def test_the_checkpoint_is_where_it_was_found(command, stored):
    found = StoredRun.of(replace(stored(), path=Path("deep/b.ck")))
    assert found.command.checkpointing == replace(command.checkpointing, path=Path("deep/b.ck"))


def test_every_file_that_shapes_the_result_is_among_the_inputs(command, tiny):
    header = header_of(command)
    found = [(known["role"], known["path"]) for known in header["inputs"]]
    masks = [("style mask", "mask.png")] * 2
    styles = [("style", "painting.png"), ("style", "photo.png")]
    assert found[:3] == [("content", "photo.png"), *styles]
    assert sorted(found[3:]) == sorted([*masks, ("model", str(tiny))])
    assert all(len(known["sha256"]) == 64 for known in header["inputs"])


DAMAGE = [
    *({"without": [name]} for name in ("run", "position", "curve")),
    *({name: value} for name in ("run", "position", "curve") for value in (None, 5, [], "a")),
    *({"command": value} for value in (5, [], {}, "a")),
    {"position": POSITION.to_dict() | {"scale": 7}},
    *(
        {"position": POSITION.to_dict() | {name: value}}
        for name in ("scale", "done", "iterations", "restarts", "evaluations")
        for value in ("a", -3, 1.5, None, True)
    ),
    {"position": POSITION.to_dict() | {"seconds": "a"}},
    {"curve": ["style", "total", "glitter"]},
]


@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_a_damaged_header_is_a_checkpoint_error(stored, damage):
    with pytest.raises(CheckpointError, match=r"checkpoint a\.ck is damaged"):
        StoredRun.of(stored(**damage))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, None) for name in ("content", "output", "styles", "encoding", "folder")),
        ("styles", [3]),
        ("encoding", {"glitter": 3}),
        ("encoding", {"quality": 1000}),
        ("every", -1),
        ("save_every", 0),
        ("trace", 3),
        ("styles", "painting.png"),
        ("content", 5),
        ("every", None),
        ("every", "5"),
        ("save_every", 2.5),
        ("keeps_others", 1),
        ("keeps_others", None),
        ("keep", "no"),
        ("device", 5),
        ("folder", ["a"]),
    ],
)
def test_a_damaged_command_is_a_checkpoint_error(command, stored, name, value):
    damaged = header_of(command)["command"] | {name: value}
    with pytest.raises(CheckpointError, match=r"a\.ck"):
        StoredRun.of(stored(command=damaged))


def test_a_command_that_lacks_something_is_damaged(command, stored):
    whole = header_of(command)["command"]
    for name in whole.keys() - {"keeps_others"}:  # which older versions did not write
        part = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(CheckpointError, match="is damaged"):
            StoredRun.of(stored(command=part))


def test_a_checkpoint_of_a_program_is_refused(stored):
    with pytest.raises(CheckpointError, match="was written by a program, not by ortstyle render"):
        StoredRun.of(stored(without=["command", "inputs"]))


def test_settings_of_a_newer_version_are_named(command, stored):
    values = command.settings.to_dict() | {"glitter": 3, "foam": 1}
    run = {"settings": values, "device": "cpu", "versions": {"ortstyle": "99.1"}}
    with pytest.raises(CheckpointError, match=r"by ortstyle 99\.1 .*\(foam, glitter\); install"):
        StoredRun.of(stored(run=run))


def test_a_setting_out_of_range_is_a_checkpoint_error_that_names_it(command, stored):
    values = command.settings.to_dict() | {"size": "big"}
    with pytest.raises(CheckpointError, match=r"a\.ck: --size: 'big' is no size"):
        StoredRun.of(stored(run={"settings": values, "device": "cpu", "versions": {}}))


@pytest.mark.parametrize("name", ["photo.png", "painting.png", "mask.png"])
def test_inputs_that_have_changed_or_gone_are_named(command, stored, name):
    checkpoint = stored()
    check_inputs(checkpoint, command)
    Path(name).write_bytes(Path(name).read_bytes() + b" ")
    with pytest.raises(CheckpointError, match=f"{name} has changed since the run began"):
        check_inputs(checkpoint, command)
    Path(name).unlink()
    with pytest.raises(CheckpointError, match=f"{name} is missing; put it back"):
        check_inputs(checkpoint, command)


@pytest.mark.parametrize(
    "inputs",
    [None, {}, "a", [5], ["a"], [None], [{}], [{"role": "content", "path": 5, "sha256": "0"}], []],
    ids=str,
)
def test_a_damaged_list_of_inputs_is_a_checkpoint_error(command, stored, inputs):
    with pytest.raises(CheckpointError, match="is damaged"):
        check_inputs(stored(inputs=inputs), command)


def test_a_run_continues_in_the_folder_of_its_command(command, stored, folder, monkeypatch):
    (folder / "deep").mkdir()
    found = StoredRun.of(stored())
    assert found.enter_folder() is found, "it is there already"
    monkeypatch.chdir("deep")
    moved = replace(found, checkpoint=replace(found.checkpoint, path=Path("../a.ck")))
    entered = moved.enter_folder()
    assert Path.cwd() == folder
    assert entered.command.checkpointing.path.resolve() == folder / "a.ck"
    assert entered.command == replace(
        command, checkpointing=replace(command.checkpointing, path=folder / "deep/../a.ck")
    )


def test_a_folder_that_is_gone_is_not_entered(stored, folder):
    found = replace(StoredRun.of(stored()), folder=folder / "gone")
    assert found.enter_folder() is found
    assert Path.cwd() == folder
