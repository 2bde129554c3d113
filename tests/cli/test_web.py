"""`ortstyle web`: its options, what it prints, and its errors of one line."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
from commands import needs_runtime, refusal_of
from packages import expect_small_packages, write_package
from typer.main import get_command

from ortstyle.cli.main import app
from ortstyle.cli.web import parse_sizes
from ortstyle.errors import SettingsError
from ortstyle.web import site as module
from ortstyle.web.canvases import SIZES
from ortstyle.web.site import Site


@pytest.fixture
def written(monkeypatch):
    """Return the list of what would be written, and write nothing."""
    found = []

    def write(folder, *, sizes, runtime, tell):
        found.append((folder, sizes, runtime))
        for step in get_args(module.Step):
            tell(step)
        return Site(folder=folder, version="1", files={"a": 1_200_000, "b": 60_000})

    monkeypatch.setattr(module, "write_site", write)
    return found


def test_all_sizes_are_offered_and_npm_is_asked(call, written):
    code, out, error = call("web", "my site")
    assert code == 0
    assert written == [(Path("my site"), SIZES, None)]
    assert "wrote my site: 2 files, 1.3 MB" in out
    assert "python -m http.server --directory" in out
    assert "file://" in out
    assert len(error.splitlines()) == 3


def test_every_option_is_passed_on(call, written):
    assert call("web", "d", "--sizes", "128,512", "--runtime", "r")[0] == 0
    assert written == [(Path("d"), (128, 512), Path("r"))]


def test_help_names_the_sizes_that_there_are():
    (option,) = (o for o in get_command(app).commands["web"].params if o.name == "sizes")
    assert f"({','.join(map(str, SIZES))})" in option.help


@pytest.mark.parametrize("text", ["", "128,", "128;256", "big", "128.5"])
def test_sizes_that_are_none_are_refused(text):
    with pytest.raises(SettingsError, match="--sizes"):
        parse_sizes(text)


@needs_runtime
@pytest.mark.parametrize(
    ("code", "arguments", "words"),
    [
        (2, ["site", "--sizes", "128,many"], "--sizes"),
        (2, ["site", "--sizes", "100"], "can't offer 100"),
        (1, ["site", "--runtime", "none"], "--runtime none is no folder"),
        (1, ["site", "--runtime", "."], "has no onnxruntime-web"),
        (1, ["photo.png"], "photo.png is a file"),
        (1, ["."], "has other files"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(folder, call, code, arguments, words):
    assert words in refusal_of(call, code, "web", *arguments)
    assert not Path("site").exists()


def refusal_of_npm(call):
    """Return the line that tells why npm failed, after the one that says that it is run."""
    code, out, error = call("web", "site")
    assert (code, out) == (1, "")
    run, refusal = error.splitlines()
    assert "with npm" in run
    return refusal


@needs_runtime
def test_without_npm_it_is_told_in_a_line(folder, call, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    assert "npm, which would download" in refusal_of_npm(call)


@needs_runtime
@pytest.mark.skipif(sys.platform == "win32", reason="a program of Windows' shell is another one")
def test_without_a_network_it_is_told_in_a_line(folder, call, monkeypatch):
    Path("npm").write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n", "utf-8")
    Path("npm").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), os.environ["PATH"]]))
    assert "can't reach its registry" in refusal_of_npm(call)


@needs_runtime
def test_a_package_that_was_changed_is_told_in_a_line(folder, call, monkeypatch):
    expect_small_packages(monkeypatch)
    name = next(iter(import_module("ortstyle.web.runtime").FILES))
    package = write_package(Path("package"), **{name: b"changed"})
    assert "SHA-256 differs" in refusal_of(call, 1, "web", "site", "--runtime", package)
