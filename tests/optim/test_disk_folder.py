"""Large temporary files go to a folder on a disk, not to one that is in memory."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from ortstyle.optim import disk_folder as module
from ortstyle.optim.disk_folder import disk_folder, is_in_memory, temporary_folder
from ortstyle.optim.mapped_files import temporary_file_array

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells its mounts")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Make the folders in question, and return a function that declares some to be in memory."""
    found = {name: tmp_path / name for name in ("tmp", "cache")}
    for folder in found.values():
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(found["tmp"]))
    monkeypatch.setattr(module, "_candidates", lambda: iter(found.values()))

    def declare(*names):
        monkeypatch.setattr(module, "is_in_memory", lambda path: path.name in names)
        return found

    return declare


def test_a_folder_on_disk_is_taken_as_it_is(folders):
    found = folders()
    assert disk_folder() == temporary_folder() == found["tmp"]


def test_instead_of_a_folder_in_memory_another_is_taken(folders):
    found = folders("tmp")
    assert disk_folder() == temporary_folder() == found["cache"]


def test_where_there_is_none_nothing_is_stored_on_disk(folders):
    found = folders("tmp", "cache")
    assert disk_folder() is None
    assert temporary_folder() == found["tmp"]


def test_files_are_made_there(folders, monkeypatch):
    found, made = folders("tmp"), []
    make = tempfile.TemporaryFile

    def note(*, dir, **options):  # noqa: A002  tempfile's name
        made.append(Path(dir))
        return make(dir=dir, **options)

    monkeypatch.setattr(tempfile, "TemporaryFile", note)
    temporary_file_array((4,))
    assert made == [found["cache"]]


@linux
@pytest.mark.parametrize(
    ("system", "expected"), [("ext4", False), ("tmpfs", True), ("ramfs", True), ("btrfs", False)]
)
def test_linux_lists_mounts(tmp_path, system, expected):
    device = tmp_path.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(
        "22 28 0:999 / /proc rw,nosuid shared:12 - proc proc rw\n"
        f"36 35 {number} / /mnt\\040x rw,noatime master:1 - {system} none rw\n"
    )
    assert is_in_memory(tmp_path, tmp_path) is expected


@linux
def test_a_system_without_the_list_tells_nothing(tmp_path):
    assert not is_in_memory(tmp_path, tmp_path)
    assert not is_in_memory(tmp_path / "none")


def test_the_candidates_exist():
    found = list(module._candidates())
    assert found[0] == Path(tempfile.gettempdir())
    assert all(folder.is_dir() for folder in found)
