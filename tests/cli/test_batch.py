"""`ortstyle batch`: usage, and what is wrong with names and files."""

import json
import os
import sys
from pathlib import Path

import pytest
from commands import names, needs_runtime, refusal_of

from ortstyle.cli import arguments as arguments_module

BATCH = ["batch", "photo.png", "--style", "painting.png", "-o", "out"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["batch", "photo.png", "--style", "painting.png"], "--output"),
        (["batch", "-o", "out", "--style", "painting.png"], "name the contents"),
        (["batch", "photo.png", "-o", "out"], "--style is missing"),
        ([*BATCH, "--manifest", "jobs.csv"], "leave CONTENT out"),
        ([*BATCH, "--name", "{contnt}.png"], "did you mean content?"),
        ([*BATCH, "--name", "../{content}.png"], "leads out"),
        ([*BATCH, "--device", "cpu,"], "empty name"),
        ([*BATCH, "--device", "cpuu"], "'cpuu' is unknown; did you mean cpu?"),
        ([*BATCH, "--iterations", "1,2"], "--iterations has 2 numbers"),
        ([*BATCH, "--preset", "bald"], "did you mean bold?"),
        ([*BATCH, "--sise", "64"], "did you mean --size?"),
        ([*BATCH, "--checkpoint-every", "-1"], "--checkpoint-every"),
        ([*BATCH, "--recursiv"], "--recursive"),
        ([*BATCH, "--shared"], "name its --scheduler"),
        ([*BATCH, "--scheduler", "a:1", "--resources", "GPU"], "write GPU=1"),
        ([*BATCH, "--scheduler", "a:1", "--device", "cpu,cpu"], "name one"),
        ([*BATCH[:4], "photo.png", "-o", "out"], "photo.png follows --style painting.png"),
        ([*BATCH, "--styles", "painting.png"], "did you mean --style?"),
    ],
)
def test_wrong_use(folder, call, arguments, words):
    assert words in refusal_of(call, 2, *arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["batch", "none*.png", "--style", "painting.png", "-o", "out"], "no pictures match none*"),
        (["batch", "photo.png", "--style", "empty", "-o", "out"], "no pictures in empty"),
        (["batch", "empty", "--style", "painting.png", "-o", "out"], "no pictures in empty"),
        (["batch", ".", "--style", "painting.png", "-o", "."], "choose another folder with -o"),
        ([*BATCH[:-1], "photo.png"], "-o photo.png is a file"),
        ([*BATCH[:-1], "photo.png/out"], "can't be made"),
        ([*BATCH[:-1], "x" * 5000], "can't be "),
        ([*BATCH, "--name", "{content}.xyz"], "no colour picture can be saved as .xyz"),
        ([*BATCH, "--quality", "5"], "--quality: .png has no quality"),
        (["batch", "--manifest", "none.csv", "-o", "out"], "manifest none.csv can't be read"),
    ],
)
def test_what_ends_a_batch_before_it_begins(folder, call, arguments, words):
    Path("empty").mkdir()
    if words == "can't be made":
        code, out, error = call(*arguments)
        assert (code, out) == (1, "")
        assert words in error.splitlines()[-1]
    else:
        assert words in refusal_of(call, 1, *arguments)


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no folder that is in use")
def test_a_current_folder_that_has_been_removed_is_told(folder, call):
    gone = Path("gone")
    gone.mkdir()
    os.chdir(gone)
    Path("../gone").rmdir()
    try:
        code, out, error = call(*BATCH)
    finally:
        os.chdir(folder)
    assert (code, out) == (1, "")
    assert error == "ortstyle: the current folder has been removed; leave it\n"


def tree(folder):
    """Return all files in a folder with their bytes."""
    files = (path for path in Path(folder).rglob("*") if path.is_file())
    return {path.as_posix(): path.read_bytes() for path in files}


def test_a_dry_run_lists_and_writes_nothing(folder, call):
    Path("notes.txt").touch()
    before = tree(".")
    dry = ["--dry-run", "--size", "64", "--iterations", "2"]
    code, out, error = call("batch", "photo.png", "notes.txt", *BATCH[2:], *dry)
    assert code == 1
    empty = "content notes.txt is empty; get a fresh copy"
    assert out.splitlines() == [
        "photo-painting.png ← photo.png × painting.png (to paint)",
        f"notes-painting.png ← notes.txt × painting.png (failed: {empty})",
    ]
    assert error.startswith("ortstyle: 2 jobs: 1 to paint, 1 failed; how long is known once some")
    assert tree(".") == before
    assert names(Path()) == ["notes.txt", "painting.png", "photo.png"]
    assert call(*BATCH, *dry)[0] == 0


def test_a_dry_run_of_names_of_any_kind(folder, call, photo):
    odd = ["-a.png", "b [1].png", "ü→.png"]
    if os.name != "nt":
        odd += ["c\nd.png", "*.png", "e\x1b[2J.png"]
    for name in odd:
        photo.save(Path("photos", name) if Path("photos").is_dir() else _made("photos") / name)
    code, out, _ = call("batch", "photos", *BATCH[2:], "--dry-run", "--quiet")
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == len(odd)
    assert "-a-painting.png ← photos/-a.png × painting.png (to paint)" in out.replace("\\", "/")
    if os.name != "nt":
        assert r"c\nd-painting.png ← photos/c\nd.png × painting.png (to paint)" in lines
        assert r"e\x1b[2J-painting.png ← photos/e\x1b[2J.png × painting.png (to paint)" in lines


def _made(name):
    Path(name).mkdir()
    return Path(name)


def test_a_name_with_a_leading_dash_follows_two_dashes(folder, call, photo):
    photo.save("-x.png")
    code, out, _ = call(*BATCH[:1], *BATCH[2:], "--dry-run", "--quiet", "--", "-x.png")
    assert (code, out) == (0, "-x-painting.png ← -x.png × painting.png (to paint)\n")


def test_patterns_are_left_to_the_command_on_windows_too(monkeypatch, folder):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "argv", ["ortstyle", *BATCH, "*.png"])
    assert arguments_module.command_line_arguments() == [*BATCH, "*.png"]
    monkeypatch.setattr(sys, "argv", ["ortstyle", "render", "ph*.png"])
    assert arguments_module.command_line_arguments() == ["render", "photo.png"]


@needs_runtime
def test_a_manifest_of_a_stranger_writes_nothing_elsewhere(folder, call):
    rows = [
        {"content": "photo.png", "style": "painting.png", "output": "../evil.png"},
        {"content": "photo.png", "style": "painting.png", "output": "/evil.png"},
        {"content": "photo.png", "style": "painting.png", "output": ".ortstyle/jobs.sqlite"},
        {"content": "//host/share/a.png", "style": "painting.png"},
    ]
    Path("jobs.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    code, _, error = call("batch", "--manifest", "jobs.jsonl", "-o", "out")
    assert code == 1
    assert error.count("leads out of the folder of the results") == 2
    assert "names that begin with .ortstyle are ortstyle's own" in error
    assert "a file on another machine" in error
    assert names(Path()) == ["jobs.jsonl", "out", "painting.png", "photo.png"]
    assert names(Path("out")) == [".ortstyle", "report.jsonl"]
