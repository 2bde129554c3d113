"""Files are written completely or not at all, and refused before the work if they can't be."""

import os
import stat
import time
from pathlib import Path

import pytest
from images import permissions_mean_nothing

from ortstyle.errors import OutputError
from ortstyle.files import (
    check_file,
    check_writable,
    remove_abandoned,
    same_file,
    save_file,
    try_writing,
    write_atomically,
    writing_errors,
)


def new(file):
    file.write(b"new")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def refusal_of(path, suffixes=(".txt",)):
    with pytest.raises(OutputError) as caught:
        check_file(path, suffixes, option="plot")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"plot {path}")
    return message


# All or nothing


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "a.txt"
    for data in (b"first", b"second"):
        save_file(path, data, option="plot")
        assert path.read_bytes() == data
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("temporary_name", [None, ".a.part"])
@pytest.mark.parametrize("stage", ["content", "fsync", "replace"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left"), ValueError("no"), KeyboardInterrupt]
)
def test_a_failure_leaves_the_old_file_and_no_other(
    tmp_path, monkeypatch, stage, error, temporary_name
):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def fail(*_, **__):
        raise error

    def write(file):
        file.write(b"half")
        if stage == "content":
            raise error

    if stage != "content":
        monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[stage], fail)
    with pytest.raises(error if isinstance(error, type) else type(error)):
        write_atomically(path, write, temporary_name=temporary_name)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


def test_the_file_is_complete_before_it_has_its_name(tmp_path, monkeypatch):
    path, seen = tmp_path / "a.txt", []
    path.write_bytes(b"old")
    replace = Path.replace

    def look(temporary, target):
        seen.append((temporary.parent, temporary.read_bytes(), target.read_bytes()))
        return replace(temporary, target)

    monkeypatch.setattr(Path, "replace", look)
    write_atomically(path, new)
    assert seen == [(tmp_path, b"new", b"old")]
    assert path.read_bytes() == b"new"


def test_a_temporary_file_of_a_fixed_name_is_taken_again(tmp_path):
    left = tmp_path / ".a.part"
    left.write_bytes(b"left by a process that was killed")

    def write(file):
        assert Path(file.name).resolve() == left.resolve()
        assert names(tmp_path) == [".a.part"]
        file.write(b"new")

    try_writing(tmp_path / "a.txt", write, temporary_name=".a.part")
    assert names(tmp_path) == []
    left.write_bytes(b"left by a process that was killed")
    write_atomically(tmp_path / "a.txt", write, temporary_name=".a.part")
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_permissions_are_the_umasks_or_those_of_the_old_file(tmp_path):
    (tmp_path / "plain").touch()
    path = tmp_path / "a.txt"
    write_atomically(path, new)
    plain = stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    assert stat.S_IMODE(path.stat().st_mode) == plain
    path.chmod(0o640)
    write_atomically(path, new)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name == "nt", reason="Windows asks for a privilege to make links")
@pytest.mark.parametrize("temporary_name", [None, ".a.part"])
def test_a_link_is_followed(tmp_path, temporary_name):
    (tmp_path / "there").mkdir()
    link = tmp_path / "a.txt"
    link.symlink_to(tmp_path / "there" / "b.txt")
    assert same_file(link, tmp_path / "there" / "b.txt")
    try_writing(link, new)
    assert names(tmp_path / "there") == []
    write_atomically(link, new, temporary_name=temporary_name)
    assert link.is_symlink()
    assert (tmp_path / "there" / "b.txt").read_bytes() == b"new"
    assert names(tmp_path) == ["a.txt", "there"]


# Before the work


def test_a_trial_leaves_everything_as_it_was(tmp_path):
    path = tmp_path / "a.txt"
    check_file(path, (".txt",), option="plot")
    try_writing(path, new)
    assert names(tmp_path) == []
    path.write_bytes(b"old")
    check_file(path, (".txt",), option="plot")
    try_writing(path, new)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


def test_files_that_can_not_be_written(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder.txt").mkdir()
    for name, words in {
        "folder.txt": "is a folder; name a file in it",
        "none/a.txt": "its folder does not exist; create it first",
        "file/a.txt": "is a file, not a folder",
        "a.png": "must end in .txt",
        "x" * 300 + ".txt": "can't be written",
        "nul\0.txt": "can't be written",
    }.items():
        assert words in refusal_of(tmp_path / name)
    for name in ("folder.txt", "none/a.txt", "file/a.txt", "x" * 300 + ".txt", "nul\0.txt"):
        with pytest.raises(OutputError, match="can't be written"):
            save_file(tmp_path / name, b"new", option="plot")
    assert "must end in .htm or .html" in refusal_of(tmp_path / "a.txt", (".htm", ".html"))
    assert names(tmp_path) == ["file", "folder.txt"]


def refuse_to_write(monkeypatch, path):
    """Make a folder or a file read-only, or pretend to where permissions stop nobody."""
    if permissions_mean_nothing():
        if path.is_dir():

            def refuse(*_, **__):
                raise PermissionError(13, "Permission denied")

            monkeypatch.setattr(Path, "open", refuse)
        else:
            monkeypatch.setattr(os, "access", lambda *_: False)
    else:
        path.chmod(0o500 if path.is_dir() else 0o400)


def test_a_read_only_folder(tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    refuse_to_write(monkeypatch, folder)
    assert "Permission denied" in refusal_of(folder / "a.txt")


def test_a_write_protected_file(tmp_path, monkeypatch):
    (tmp_path / "a.txt").touch()
    refuse_to_write(monkeypatch, tmp_path / "a.txt")
    assert "write-protected" in refusal_of(tmp_path / "a.txt")


def test_a_trial_that_fails_leaves_nothing(tmp_path):
    def refuse(_):
        raise ValueError("no such picture")

    with pytest.raises(ValueError, match="no such picture"):
        check_writable(tmp_path / "a.txt", refuse, option="output")
    assert names(tmp_path) == []


# Messages


@pytest.mark.parametrize(
    ("error", "option", "message"),
    [
        (OSError(28, "No space"), "plot", "plot a can't be written (No space); {} --plot"),
        (ValueError("two\n lines"), "output", "output a can't be written (two lines); {} -o"),
        (ValueError(), "output", "output a can't be written (ValueError); {} -o"),
        (OutputError("as it is"), "output", "as it is"),
    ],
)
def test_errors_become_one_line(error, option, message):
    with pytest.raises(OutputError) as caught, writing_errors(Path("a"), option=option):
        raise error
    assert str(caught.value) == message.format("choose another place with")


# Names


def test_one_file_has_many_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for exists in (False, True):
        assert same_file(Path("a"), tmp_path / "a")
        assert same_file(Path("folder/../a"), Path("a"))
        assert not same_file(Path("a"), Path("b"))
        if not exists:
            Path("a").touch()


def abandoned(folder, name, *, seconds):
    path = folder / name
    path.write_bytes(b"half a picture")
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def test_what_killed_processes_have_left_is_removed(tmp_path):
    left = abandoned(tmp_path, ".ortstyle-0123456789abcdef.png", seconds=4000)
    kept = [
        abandoned(tmp_path, ".ortstyle-0123456789abcde0.png", seconds=3000),  # may be written to
        abandoned(tmp_path, ".ortstyle-a.ck.part", seconds=4000),  # the run is resumed from a.ck
        abandoned(tmp_path, ".ortstyle-0123.png", seconds=4000),
        abandoned(tmp_path, "a.png", seconds=4000),
    ]
    remove_abandoned(tmp_path)
    assert not left.exists()
    assert all(path.exists() for path in kept)
    remove_abandoned(tmp_path / "nowhere")


def test_a_file_that_a_process_still_writes_is_left_to_it(tmp_path):
    """A process may have been suspended for hours."""
    path = tmp_path / "a.txt"

    def write(file):
        (name,) = tmp_path.iterdir()
        os.utime(name, (0, 0))
        remove_abandoned(tmp_path)
        file.write(b"all of it")

    write_atomically(path, write)
    assert path.read_bytes() == b"all of it"
