"""What a checkpoint from a stranger can make `resume` read and write."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from commands import PICTURES, crash, names, needs_runtime, refusal_of
from PIL import Image

from ortstyle.cli.command import Checkpointing, PaintCommand, Reports
from ortstyle.cli.messages import quoted
from ortstyle.cli.stored_files import (
    check_hosts,
    check_written,
    describe_files,
    options_to_name,
)
from ortstyle.errors import CheckpointError, SettingsError
from ortstyle.run.checkpoint import read_checkpoint, write_checkpoint

CHECKPOINT = Path("a.ck")


@pytest.fixture
def command(folder, tiny_settings):
    """Return a command that writes everything beside its checkpoint, or below."""
    (folder / "below").mkdir()
    return PaintCommand(
        content=Path("photo.png"),
        styles=(Path("painting.png"),),
        output=Path("below/a.png"),
        settings=tiny_settings(style_mask=("mask.png",)),
        checkpointing=Checkpointing(path=CHECKPOINT),
        reports=Reports(
            save_every=3, trace=Path("a.jsonl"), plot=Path("a.svg"), compare=Path("a.html")
        ),
    )


def refused(command, option, path):
    """Check that a command is refused unless the user names the file himself."""
    with pytest.raises(CheckpointError) as caught:
        check_written(command, checkpoint=CHECKPOINT, named=())
    assert str(caught.value).startswith(f"checkpoint a.ck names {path} to be written, which ")
    assert f"; give {option} {quoted(Path(command_path(command, option)))} to " in str(caught.value)
    check_written(command, checkpoint=CHECKPOINT, named={option})


def command_path(command, option):
    return command.output if option == "--output" else getattr(command.reports, option[2:])


def with_path(command, option, path):
    if option == "--output":
        return replace(command, output=path)
    return replace(command, reports=replace(command.reports, **{option[2:]: path}))


OPTIONS = ["--output", "--trace", "--plot", "--compare"]


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize(
    "path",
    ["../a.jsonl", "below/../../a.jsonl", "/tmp/a.jsonl", ".a.jsonl", ".config/a.jsonl"],  # noqa: S108
)
def test_a_run_writes_elsewhere_only_if_the_user_says_so(command, option, path):
    check_written(command, checkpoint=CHECKPOINT, named=())
    refused(with_path(command, option, Path(path)), option, Path(path))


@pytest.mark.skipif(os.name == "nt", reason="only some may make links on Windows")
@pytest.mark.parametrize("option", OPTIONS)
def test_a_link_is_followed(command, folder, tmp_path_factory, option):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    Path("out").symlink_to(elsewhere)
    Path("b.jsonl").symlink_to(elsewhere / "c.jsonl")
    Path("circle.jsonl").symlink_to("circle.jsonl")
    for path in ("out/a.jsonl", "b.jsonl", "circle.jsonl"):
        refused(with_path(command, option, Path(path)), option, Path(path))


def test_a_trace_has_the_name_of_one(command):
    for name in ("bashrc", "a.py", "a.bat"):
        refused(with_path(command, "--trace", Path(name)), "--trace", name)


@pytest.mark.parametrize("option", OPTIONS)
def test_a_file_that_ortstyle_did_not_write_is_kept(command, option):
    Image.new("RGB", (4, 4)).save("other.png")
    changed = with_path(command, option, Path("other.jsonl"))
    check_written(changed, checkpoint=CHECKPOINT, named=())
    Path("other.jsonl").write_bytes(Path("other.png").read_bytes())
    refused(changed, option, "other.jsonl")


def test_nor_do_pictures_on_the_way_replace_one(command):
    Image.new("RGB", (4, 4)).save("below/a-0003.png")
    Image.new("RGB", (4, 4)).save("below/a-b.png")
    refused(command, "--output", Path("below/a-0003.png"))
    Path("below/a-0003.png").unlink()
    check_written(command, checkpoint=CHECKPOINT, named=())


@pytest.mark.parametrize(
    "role", ["content", "styles", "mask", "folder", "preset", "like", *OPTIONS]
)
def test_no_file_on_another_machine_is_looked_at(command, role, monkeypatch):
    def looked(*_, **__):
        raise AssertionError

    path, folder = Path(r"\\evil\share\a.png"), Path.cwd()
    check_hosts(command, folder, checkpoint=CHECKPOINT)
    if role in OPTIONS:
        command = with_path(command, role, path)
    elif role == "styles":
        command = replace(command, styles=(Path("a.png"), path))
    elif role == "mask":
        command = replace(command, settings=replace(command.settings, style_mask=(str(path),)))
    elif role == "folder":
        folder = path
    else:
        command = replace(command, **{role: path})
    monkeypatch.setattr(os, "stat", looked)
    with pytest.raises(SettingsError, match="a file on another machine, to which your login"):
        check_hosts(command, folder, checkpoint=CHECKPOINT)
    # A user who works on that machine has named it.
    check_hosts(command, folder, checkpoint=Path(r"\\EVIL\other\a.ck"))


def test_the_files_are_described(command):
    read, written = describe_files(command)
    assert read.startswith("reads content photo.png, style painting.png, style mask mask.png, mod")
    assert written.startswith(f"writes output {Path('below/a.png')}, trace a.jsonl, plot a.svg, ")
    assert written.endswith("compare a.html, checkpoint a.ck, a picture every 3 evaluations")


@needs_runtime
def test_resume_writes_where_the_user_says(folder, call, network, tmp_path_factory, capfd):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    crash(call, 2, "-o", elsewhere / "a.png", *network, "--quiet")
    advice = capfd.readouterr().err.splitlines()[-1]
    assert advice == f"ortstyle: resume with: ortstyle resume a.ck --output {elsewhere / 'a.png'}"
    message = refusal_of(call, 1, "resume", "a.ck")
    assert f"a.ck names {elsewhere / 'a.png'} to be written, which is not beside it" in message
    code, _, error = call("resume", "a.ck", "-o", elsewhere / "a.png", "--plot", "b.svg")
    assert code == 0, error
    lines = error.splitlines()
    assert lines[0] == "resuming after 2 evaluations"
    assert lines[1].startswith("reads content photo.png, style painting.png, model ")
    assert lines[2].startswith(f"writes output {elsewhere / 'a.png'}, plot {folder / 'b.svg'}, che")
    assert names(elsewhere) == ["a.png"]
    assert Path("b.svg").is_file()


@needs_runtime
def test_a_file_named_to_resume_is_relative_to_the_current_folder(
    folder, call, network, monkeypatch
):
    crash(call, 2, "-o", "a.png", *network, "--quiet")
    Path("deep").mkdir()
    monkeypatch.chdir("deep")
    assert call("resume", "../a.ck", "-o", "b.png", "--quiet") == (0, "", "")
    assert names(folder / "deep") == ["b.png"]


@needs_runtime
def test_a_checkpoint_that_hides_what_it_reads_is_damaged(folder, call, network):
    crash(call, 2, "-o", "a.png", *network, "--quiet")
    found = read_checkpoint(CHECKPOINT)
    found.header["inputs"].pop()
    write_checkpoint(CHECKPOINT, found.header, found.arrays)
    assert "a.ck is damaged" in refusal_of(call, 1, "resume", "a.ck")
    assert set(PICTURES) < set(names(folder))


@pytest.mark.skipif(os.name == "nt", reason="only some may make links on Windows")
@pytest.mark.parametrize("there", [False, True])
def test_a_link_in_place_of_an_intermediate_picture_is_not_followed(
    command, tmp_path_factory, there
):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "b.png"
    if there:
        Image.new("RGB", (4, 4)).save(elsewhere)
    Path("below/a-0003.png").symlink_to(elsewhere)
    refused(command, "--output", "below/a-0003.png")


@pytest.mark.skipif(os.name == "nt", reason="Windows tells when the file is written")
@pytest.mark.parametrize("option", OPTIONS)
def test_a_name_that_no_file_can_have_is_no_traceback(command, option):
    command = with_path(command, option, Path(f"{'x' * 5000}.jsonl"))
    with pytest.raises(CheckpointError):
        check_written(command, checkpoint=CHECKPOINT, named=())
    assert f" {option} xxxx" in options_to_name(command, CHECKPOINT)
