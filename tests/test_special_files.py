"""Pipes, sockets and devices."""

import os
import socket
from pathlib import Path

import pytest

from ortstyle.special_files import special_kind

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
