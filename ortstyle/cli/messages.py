"""Lines that the command line prints to the standard error stream."""

import os
from contextlib import suppress

import typer


def say(message: str) -> None:
    """Print a line that a person should read."""
    typer.echo(f"ortstyle: {message}", err=True)


def say_from_signal_handler(message: str) -> None:
    """Print a line without Python's buffers and locks, which a signal handler must not use."""
    with suppress(OSError):
        os.write(2, f"ortstyle: {message}\n".encode())
