"""What the command line says: one line on the standard error stream."""

import os
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from ortstyle.cli.messages import quoted, say, say_from_signal_handler


@contextmanager
def standard_error_at(descriptor):
    """Put another file, or none where that is None, behind the standard error stream."""
    kept = os.dup(2)
    try:
        if descriptor is None:
            os.close(2)
        else:
            os.dup2(descriptor, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@pytest.mark.parametrize("tell", [say, say_from_signal_handler])
def test_one_line_on_stderr_and_none_on_stdout(capfd, tell):
    tell("wrote 24×18 – “all of it”")
    out, error = capfd.readouterr()
    assert out == ""
    assert error.splitlines() == ["ortstyle: wrote 24×18 – “all of it”"]
    assert error.endswith("\n")


def test_a_signal_handler_needs_no_stream(capfd, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    say_from_signal_handler("stopping")
    assert capfd.readouterr().err.splitlines() == ["ortstyle: stopping"]


def test_a_signal_handler_may_interrupt_what_is_being_printed(capfd, monkeypatch):
    with os.fdopen(os.dup(2), "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        stream.write("half a li")  # in the stream's buffer
        say_from_signal_handler("stopping")
        assert capfd.readouterr().err.splitlines() == ["ortstyle: stopping"]
        stream.write("ne\n")
        stream.flush()
    assert capfd.readouterr().err.splitlines() == ["half a line"]


def test_a_signal_handler_bears_a_stream_that_is_closed(capfd):
    with standard_error_at(None):
        say_from_signal_handler("nobody hears this")
    assert capfd.readouterr() == ("", "")


def test_a_signal_handler_bears_a_reader_that_has_gone():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with standard_error_at(writer):
            say_from_signal_handler("nobody hears this")
    finally:
        os.close(writer)


def test_a_signal_handler_writes_to_whatever_the_descriptor_is():
    reader, writer = os.pipe()
    with standard_error_at(writer):
        say_from_signal_handler("stopping")
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as file:
        assert file.read() == "ortstyle: stopping\n"


def test_paths_are_printed_as_they_are_typed_in_a_command():
    assert quoted(Path("a.ck")) == "a.ck"
    assert quoted(Path("-a.ck")) == f".{os.sep}-a.ck"


@pytest.mark.skipif(os.name == "nt", reason="quotes of POSIX shells")
@pytest.mark.parametrize("name", ["my picture.ck", "it's.ck", "$HOME.ck", "a;b.ck", "ä*.ck"])
def test_a_shell_reads_a_quoted_path_as_it_was(name):
    assert shlex.split(quoted(Path(name))) == [name]


def test_windows_takes_double_quotes(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert quoted(Path("my picture.ck")) == '"my picture.ck"'
