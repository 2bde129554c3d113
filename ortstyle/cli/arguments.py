"""The arguments of the command line, with the patterns that a shell leaves alone replaced."""

import sys
from collections.abc import Iterable, Iterator
from glob import glob


def command_line_arguments() -> list[str]:
    """Return the arguments; on Windows, whose shells do not, with `*.jpg` replaced.

    Click would replace more there, such as [1] and %TEMP%, which may be parts of file names.
    """
    if sys.platform == "win32":
        return list(expanded(sys.argv[1:]))
    return sys.argv[1:]


def expanded(arguments: Iterable[str]) -> Iterator[str]:
    """Replace each argument with * or ? by the files that it matches, if there are any."""
    for argument in arguments:
        pattern = argument.replace("[", "[[]")
        # A path's own method takes no absolute pattern.
        found = glob(pattern) if {"*", "?"} & set(argument) else []  # noqa: PTH207
        yield from sorted(found) or [argument]
