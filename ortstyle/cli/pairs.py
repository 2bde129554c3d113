"""Options with two values, which may be repeated: ``--style-at 0:10 b.jpg --style-at 0:20 c.jpg``.

Typer has options of two values, and options that may be repeated, but none that is both.
"""

from typing import Any

from typer.core import TyperCommand

PAIRS = ("--style-at",)
"""The options that take two values."""

_SIGN = "="


class CommandWithPairs(TyperCommand):
    """A command whose options of `PAIRS` take two values, which it receives joined by ``=``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments, the pairs joined."""
        return super().parse_args(ctx, join_pairs(args))


def join_pairs(arguments: list[str]) -> list[str]:
    """Join the two values after each option of `PAIRS`, unless they are one argument already."""
    joined, upcoming = list[str](), iter(arguments)
    for argument in upcoming:
        flag, sign, value = argument.partition(_SIGN)
        if argument == "--":
            return [*joined, argument, *upcoming]
        if flag not in PAIRS:
            joined.append(argument)
            continue
        first = value if sign else next(upcoming, None)
        if first is None:  # the parser will say what is missing
            joined.append(argument)
            continue
        second = None if _SIGN in first else next(upcoming, None)
        joined.append(f"{flag}{_SIGN}{first if second is None else _SIGN.join((first, second))}")
    return joined


def split_pair(joined: str) -> tuple[str, str]:
    """Return the two values that `join_pairs` has joined; the second is empty if it is missing."""
    first, _, second = joined.partition(_SIGN)
    return first, second
