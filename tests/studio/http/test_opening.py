"""How the page is opened: what leads in is told to this user's browser alone."""

import os
import re
import stat
import subprocess
import webbrowser
from html import unescape
from pathlib import Path

import pytest

from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.http import opening
from ortstyle.studio.http.opening import (
    has_screen,
    open_page,
    reads_hidden_files,
    redirect,
    tells_command_lines,
)

ADDRESS = "http://127.0.0.1:8765/?token=a-secret&x=1"


@pytest.fixture
def folder(tmp_path):
    with StudioFolder(tmp_path / "studio") as found:
        yield found.path


@pytest.fixture(autouse=True)
def screen(request, monkeypatch):
    """Let there be a screen, also where these tests run without one."""
    if "has_screen" not in request.node.name:
        monkeypatch.setattr(opening, "has_screen", lambda: True)


@pytest.fixture
def linux(monkeypatch):
    """Let this be a system with other users, and a browser that reads all files."""
    monkeypatch.setattr(opening, "tells_command_lines", lambda: True)
    monkeypatch.setattr(opening, "reads_hidden_files", lambda: True)


def test_what_others_can_read_leads_nowhere(folder, linux):
    shown = []
    assert open_page(ADDRESS, folder, show=lambda address: shown.append(address) or True)
    assert shown == [(folder / "open.html").as_uri()]
    text = (folder / "open.html").read_text()
    assert unescape(re.search("url=([^>]*)>", text)[1].strip('"')) == ADDRESS


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps users' files apart by other means")
def test_the_file_is_this_user_s_alone(folder, linux):
    open_page(ADDRESS, folder, show=lambda _: True)
    assert stat.S_IMODE((folder / "open.html").stat().st_mode) == 0o600


def test_elsewhere_the_address_itself_is_opened(folder, monkeypatch):
    shown = []
    for tells, reads in ((False, True), (True, False)):
        monkeypatch.setattr(opening, "tells_command_lines", lambda tells=tells: tells)
        monkeypatch.setattr(opening, "reads_hidden_files", lambda reads=reads: reads)
        open_page(ADDRESS, folder, show=shown.append)
    assert shown == [ADDRESS] * 2
    assert not (folder / "open.html").exists()


def test_a_full_disk_does_not_keep_the_page_shut(folder, linux, monkeypatch):
    def fail(*_given, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ortstyle.studio.folder.write_atomically", fail)
    shown = []
    open_page(ADDRESS, folder, show=shown.append)
    assert shown == [ADDRESS]


@pytest.mark.parametrize(
    ("told", "release", "expected"),
    [
        ({}, "6.1", False),
        ({"DISPLAY": ""}, "6.1", False),
        ({"DISPLAY": ":0"}, "6.1", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "6.1", True),
        ({"BROWSER": "w3m"}, "6.1", True),
        ({}, "5.15-microsoft-standard-WSL2", True),
    ],
)
def test_a_browser_has_screen_or_none_is_opened(
    told, release, expected, folder, linux, monkeypatch, tmp_path
):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(opening.platform, "release", lambda: release)
    assert has_screen() is expected
    assert open_page(ADDRESS, folder, show=lambda _: True) is expected


def test_elsewhere_a_browser_has_screen_anyway(monkeypatch):
    monkeypatch.setattr(opening, "tells_command_lines", lambda: False)
    assert has_screen()


@pytest.mark.parametrize("error", [webbrowser.Error("none"), FileNotFoundError()])
def test_without_a_browser_it_is_said(error, folder):
    def fail(_address):
        raise error

    assert not open_page(ADDRESS, folder, show=fail)
    assert not open_page(ADDRESS, folder, show=lambda _: False)


def test_the_file_is_gone_when_the_studio_is(tmp_path, linux):
    with StudioFolder(tmp_path / "other") as found:
        open_page(ADDRESS, found.path, show=lambda _: True)
        assert (found.path / "open.html").exists()
    assert not (found.path / "open.html").exists()


def test_a_page_leads_on_without_a_script_and_can_not_be_broken_out_of():
    text = redirect('http://a/?token="><script>x</script>')
    assert "<script" not in text
    assert 'name="referrer" content="no-referrer"' in text


def test_command_lines_are_told_on_some_systems(monkeypatch):
    monkeypatch.setattr(opening.sys, "platform", "darwin")
    assert not tells_command_lines()


class System:
    """What the system says of the user's browser."""

    def __init__(self, monkeypatch, tmp_path, answer, *, release="6.1", browser=None):
        monkeypatch.setattr(opening.platform, "release", lambda: release)
        monkeypatch.delenv("BROWSER", raising=False)
        if browser:
            monkeypatch.setenv("BROWSER", browser)
        monkeypatch.setattr(opening.shutil, "which", lambda _: answer and "xdg-settings")
        (tmp_path / "firefox").mkdir()
        self._answer = answer
        monkeypatch.setattr(opening.subprocess, "run", self._run)

    def _run(self, command, **_more):
        if isinstance(self._answer, Exception):
            raise self._answer
        return subprocess.CompletedProcess(command, 0, self._answer.encode(), b"")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("firefox.desktop\n", True),
        ("firefox_firefox.desktop\n", False),
        ("my_browser.desktop\n", True),  # no snap has this name
        ("", True),
        (None, True),
        (subprocess.TimeoutExpired("xdg-settings", 5), True),
        (OSError(), True),
    ],
)
def test_browsers_in_a_snap_read_no_hidden_files(answer, expected, monkeypatch, tmp_path):
    System(monkeypatch, tmp_path, answer)
    monkeypatch.setattr(opening, "Path", Files(tmp_path))
    assert reads_hidden_files() is expected


class Files:
    """Stands for `Path`, in a folder that stands for the root of the file system."""

    def __init__(self, root):
        self._root = root

    def __call__(self, *parts):
        return Path(self._root, *(part.removeprefix("/snap").strip("/") for part in parts))


@pytest.mark.parametrize(
    ("browser", "expected"), [("/usr/bin/firefox", True), ("/snap/bin/firefox", False)]
)
def test_a_browser_that_the_user_named_is_known(browser, expected, monkeypatch, tmp_path):
    System(monkeypatch, tmp_path, None, browser=browser)
    monkeypatch.setattr(opening, "Path", Files(tmp_path))
    assert reads_hidden_files() is expected


def test_the_browser_of_windows_reads_no_files_of_a_linux_within(monkeypatch, tmp_path):
    System(monkeypatch, tmp_path, None, release="5.15.90.1-microsoft-standard-WSL2")
    monkeypatch.setattr(opening, "Path", Files(tmp_path))
    assert not reads_hidden_files()
