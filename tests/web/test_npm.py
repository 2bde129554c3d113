"""npm as it is run: programs in its place that succeed, fail as it does, or never end."""

import os
import sys
import time

import pytest

from ortstyle.errors import SiteError
from ortstyle.web import npm
from ortstyle.web.npm import download_package

PACKAGE = "onnxruntime-web@1.30.0"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "download"
    folder.mkdir()
    return folder


@pytest.fixture
def as_npm(tmp_path, monkeypatch):
    """Return a function that puts a Python program in the place of npm."""

    def place(code):
        programs = tmp_path / "programs"
        programs.mkdir()
        script = programs / "program.py"
        script.write_text(code, "utf-8")
        if os.name == "nt":
            text = f'@"{sys.executable}" "{script}" %*\r\n'
            (programs / "npm.cmd").write_text(text, "utf-8")
        else:
            program = programs / "npm"
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n', "utf-8")
            program.chmod(0o755)
        monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))

    return place


def failing(*lines):
    text = "".join(f"npm error {line}\n" for line in lines)
    return f"import sys; sys.stderr.write({text!r}); sys.exit(1)"


def test_the_archive_is_what_npm_packed(as_npm, folder):
    as_npm("import sys; open('it-1.tgz', 'w').write(' '.join(sys.argv[1:]))")
    archive = download_package(PACKAGE, folder)
    assert archive.parent == folder
    assert archive.read_text("utf-8").startswith(f"pack {PACKAGE} --ignore-scripts")


def test_without_npm_it_says_what_else_can_be_done(monkeypatch, folder):
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(SiteError, match=r"npm, which .* is not installed; .* --runtime$"):
        download_package(PACKAGE, folder)


def test_a_program_in_the_current_folder_is_not_run(monkeypatch, folder, as_npm, tmp_path):
    as_npm("open('x.tgz', 'w')")
    monkeypatch.chdir(tmp_path / "programs")
    monkeypatch.setenv("PATH", os.pathsep.join([".", "", str(folder)]))
    with pytest.raises(SiteError, match="not installed"):
        download_package(PACKAGE, folder)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["code ENOTFOUND", "syscall getaddrinfo"], "can't reach its registry .*ENOTFOUND"),
        (["code ETARGET", "notarget No matching version"], "finds no .* in its registry"),
        (["code E404"], "finds no"),
        (["code EACCES"], "could not download .*EACCES"),
        (["a word of its own"], "could not download .*a word of its own"),
        ([], "it gave no reason"),
    ],
)
def test_why_npm_failed_is_told_in_a_line(as_npm, folder, lines, words):
    as_npm(failing(*lines))
    with pytest.raises(SiteError, match=words) as caught:
        download_package(PACKAGE, folder)
    assert len(str(caught.value).splitlines()) == 1
    assert "--runtime" in str(caught.value)


def test_npm_that_leaves_no_archive_has_failed(as_npm, folder):
    as_npm("")
    with pytest.raises(SiteError, match="it gave no reason"):
        download_package(PACKAGE, folder)


def test_npm_that_does_not_end_is_ended_with_its_children(as_npm, folder):
    child = (
        "import time; [(open('alive', 'w').write(str(k)), time.sleep(0.05)) for k in range(9999)]"
    )
    as_npm(
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]);"
        "time.sleep(999)"
    )
    with pytest.raises(SiteError, match="has not downloaded"):
        download_package(PACKAGE, folder, seconds=3)
    alive = folder / "alive"
    last = alive.read_bytes() if alive.exists() else None
    time.sleep(0.3)
    assert (alive.read_bytes() if alive.exists() else None) == last


def test_npm_that_can_not_be_started_is_told(as_npm, folder, monkeypatch):
    as_npm("")

    def fail(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(npm.subprocess, "Popen", fail)
    with pytest.raises(SiteError, match="npm can't be started"):
        download_package(PACKAGE, folder)
