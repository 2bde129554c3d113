"""The consoles that output goes to, and which terminals can redraw a line in place."""

import os
import sys
from collections.abc import Mapping

from rich.console import Console

# Families of terminals that understand ANSI escape sequences, by the beginning of TERM's value.
# Many of these names are unknown to a machine that one is logged in to from afar.
_KNOWN = (
    *("xterm", "screen", "tmux", "rxvt", "linux", "vt1", "vt2", "vt3", "vt4", "vt5", "ansi"),
    *("alacritty", "kitty", "foot", "wezterm", "ghostty", "contour", "konsole", "gnome", "vte"),
    *("iterm", "apple", "nsterm", "mintty", "putty", "cygwin", "msys", "eterm", "st-", "mlterm"),
    *("cons25", "pcansi", "jfbterm", "terminology", "termite", "dtterm", "hurd", "bsdos-pc"),
)


def open_console(*, stderr: bool = False) -> Console:
    """Return a console that takes text as it is; to an unknown terminal it writes as to a pipe.

    Rich itself draws on every terminal that is not called "dumb" or "unknown", and into pipes where
    FORCE_COLOR is set; where escape sequences are not understood, that is unreadable.
    """
    stream = sys.stderr if stderr else sys.stdout
    draws = stream is not None and stream.isatty() and can_redraw(os.environ)
    return Console(
        stderr=stderr,
        force_terminal=None if draws else False,
        markup=False,
        highlight=False,
        emoji=False,
    )


def can_redraw(environment: Mapping[str, str]) -> bool:
    """Tell whether a terminal, if there is one, is known to redraw a line in place."""
    name = environment.get("TERM", "").lower()
    if sys.platform == "win32" and not name:  # its console has no such name
        return True
    return name.startswith(_KNOWN) or name == "st"
