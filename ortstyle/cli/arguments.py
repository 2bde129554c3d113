"""The arguments of the command line, with patterns such as `*.jpg` expanded on Windows."""

import sys
from collections.abc import Iterable, Iterator
from glob import glob


def command_line_arguments() -> list[str]:
    """Return the arguments, with patterns such as `*.jpg` expanded where the shell does not do it.

    Windows' shells expand nothing. Click would expand too much, such as [1] and %TEMP%, which may
    be parts of file names. The commands for many pictures expand patterns themselves.
    """
    if sys.platform == "win32" and sys.argv[1:2] != ["batch"]:
        return list(expanded(sys.argv[1:]))
    return sys.argv[1:]


def expanded(arguments: Iterable[str]) -> Iterator[str]:
    """Replace each argument with * or ? by the files that it matches, if there are any."""
    for argument in arguments:
        pattern = argument.replace("[", "[[]")
        # `Path.glob` takes no absolute pattern.
        found = glob(pattern) if {"*", "?"} & set(argument) else []  # noqa: PTH207
        yield from sorted(found) or [argument]
