"""Pipes, sockets and devices; files that another program has open."""

import os
import socket
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ortstyle import special_files
from ortstyle.special_files import can_name, is_link, retry_while_open, special_kind

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def test_files_folders_and_nothing_are_not_special(tmp_path):
    (tmp_path / "a").touch()
    for path in (tmp_path, tmp_path / "a", tmp_path / "none", tmp_path / ("x" * 300)):
        assert special_kind(path) == ""
    assert special_kind(Path("a\0b")) == ""


@posix
def test_special_files_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket is limited
    os.mkfifo("pipe")
    Path("link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
    kinds = [special_kind(Path(name)) for name in ("pipe", "link", "socket", os.devnull)]
    assert kinds == ["a pipe", "a pipe", "a socket", "a device"]


def test_files_folders_and_nothing_are_no_links(tmp_path):
    (tmp_path / "a").touch()
    for path in (tmp_path, tmp_path / "a", tmp_path / "none", Path("a\0b")):
        assert not is_link(path)


@posix
def test_links_are_links_wherever_they_lead(tmp_path):
    for target in (".", "nowhere"):
        (tmp_path / f"to {target}").symlink_to(target)
        assert is_link(tmp_path / f"to {target}")


def test_a_junction_is_a_link():
    junction = SimpleNamespace(st_mode=stat.S_IFDIR, st_reparse_tag=0xA0000003)
    assert is_link(SimpleNamespace(lstat=lambda: junction))


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has them")
def test_a_junction_that_was_made_is_a_link(tmp_path):
    import _winapi

    try:
        _winapi.CreateJunction(str(tmp_path), str(tmp_path / "junction"))
    except OSError:
        pytest.skip("this system makes none")
    assert is_link(tmp_path / "junction")


def test_text_that_can_name_a_file():
    assert all(map(can_name, ("", "a b", "ä 図", "\U0001f600")))
    assert not any(map(can_name, ("a\0b", "\ud800", "a\udfff.png")))


class WindowsError(PermissionError):
    """An error as Windows raises it, on any system."""

    def __init__(self, number):
        super().__init__(13, "Permission denied")
        self.winerror = number


class Change:
    """A change of a file that fails a number of times."""

    def __init__(self, error, failures):
        self.error, self.failures, self.calls = error, failures, 0

    def __call__(self):
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error
        return "done"


@pytest.mark.parametrize("number", [5, 32, 33])
def test_a_file_that_is_open_for_a_moment_is_changed_afterwards(number):
    change = Change(WindowsError(number), 3)
    assert retry_while_open(change) == "done"
    assert change.calls == 4


def test_a_file_that_stays_open_is_refused(monkeypatch):
    monkeypatch.setattr(special_files, "_SECONDS", 0.1)
    error = WindowsError(32)
    change = Change(error, 10**9)
    with pytest.raises(PermissionError) as raised:
        retry_while_open(change)
    assert raised.value is error
    assert change.calls > 1


@pytest.mark.parametrize(
    "error", [WindowsError(3), PermissionError(13, "Permission denied"), OSError("other")]
)
def test_other_errors_are_raised_at_once(error):
    change = Change(error, 1)
    with pytest.raises(type(error)) as raised:
        retry_while_open(change)
    assert raised.value is error
    assert change.calls == 1
