"""Lines that the command line prints; names of files in them can't disturb the terminal."""

import os
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import typer

from ortstyle.report.printable import printable


def quoted(path: Path) -> str:
    """Return a path as it is typed in a command, where a space or an apostrophe needs quotes."""
    text = str(path)
    if text.startswith("-"):  # which would be taken for an option
        text = f".{os.sep}{text}"
    return subprocess.list2cmdline([text]) if sys.platform == "win32" else shlex.quote(text)


def say(message: str) -> None:
    """Print a line to the standard error stream that a person should read, if one is there."""
    with suppress(OSError):
        typer.echo(f"ortstyle: {printable(message)}", err=True)


def show(line: str) -> None:
    """Print a line of what a command was asked for to the standard output stream."""
    typer.echo(printable(line))


def say_from_signal_handler(message: str) -> None:
    """Print a line without Python's buffers and locks, which a signal handler must not use."""
    with suppress(OSError):
        os.write(2, f"ortstyle: {printable(message)}\n".encode())
