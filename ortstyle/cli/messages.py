"""Lines that the command line prints; names of files in them can't disturb the terminal."""

import os
from contextlib import suppress

import typer

from ortstyle.report.printable import printable


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
