"""Opens the studio's page in the user's browser without telling others how to get in.

What a program is started with can be read by all users of a machine on Linux and the BSDs. So the
browser is given a file there that only this user may read, and which leads on to the address. Some
browsers may not read such files: those in a snap, and those of the system around a Linux within
Windows or ChromeOS. They are given the address itself, whose code leads in once and for minutes
alone, so that what others read there is worth nothing as soon as the page is open.
"""

import os
import platform
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from html import escape
from pathlib import Path

from ortstyle.errors import StudioError
from ortstyle.studio.folder import REDIRECT_NAME, write_private

_ASKING_SECONDS = 5.0


def open_page(
    address: str,
    folder: Path,
    *,
    show: Callable[[str], bool] = webbrowser.open,
) -> bool:
    """Open an address in the user's browser; return whether a browser could be started.

    Parameters
    ----------
    address
        The address, with a code.
    folder
        The studio's folder, where a file may be written that leads there.
    show
        Opens an address in a browser.
    """
    if not has_screen():
        return False
    if tells_command_lines() and reads_hidden_files():
        file = folder / REDIRECT_NAME
        with suppress(StudioError):  # a full disk
            write_private(file, redirect(address))
            address = file.as_uri()
    try:
        return show(address)
    except (OSError, webbrowser.Error):
        return False


def redirect(address: str) -> str:
    """Return a page that leads to an address."""
    to = escape(address, quote=True)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="referrer" '
        f'content="no-referrer"><meta http-equiv="refresh" content="0;url={to}">'
        f'<title>ortstyle studio</title></head><body><a href="{to}">ortstyle studio</a></body>'
        "</html>"
    )


def has_screen() -> bool:
    """Return whether a browser would have a screen; without one it would take over the terminal."""
    if not tells_command_lines() or _is_within_another_system():
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def tells_command_lines() -> bool:
    """Return whether others may read here what a browser is started with."""
    return os.name == "posix" and sys.platform != "darwin"


def reads_hidden_files() -> bool:
    """Return whether the user's browser may read files in folders that begin with a dot."""
    if _is_within_another_system():
        return False
    if browser := os.environ.get("BROWSER"):
        return "snap" not in browser
    asking = shutil.which("xdg-settings")
    if asking is None:
        return True
    try:
        answer = subprocess.run(
            [asking, "get", "default-web-browser"],
            capture_output=True,
            timeout=_ASKING_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return True
    # Snap names its entries twice, such as firefox_firefox.desktop.
    name = answer.stdout.decode(errors="replace").strip().removesuffix(".desktop")
    first, _, second = name.partition("_")
    return not second or not Path("/snap", first).exists()


def _is_within_another_system() -> bool:
    """Return whether this is a Linux within Windows or ChromeOS, whose browser is outside."""
    return "microsoft" in platform.release().lower() or Path("/dev/.cros_milestone").exists()
