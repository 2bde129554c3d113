r"""Paths in files that may come from a stranger: which of them are on another machine.

Windows sends the user's login to the machine that a path such as ``\\host\share\a.png`` names as
soon as the path is looked at. A path that the user did not type himself is therefore looked at only
if it is on this machine, or on one that he has named.
"""

from collections.abc import Iterable
from pathlib import Path

from ortstyle.errors import SettingsError


def host_of(path: str) -> str:
    r"""Return the machine that a path names in the form ``\\host\…``; empty for this machine.

    Windows' names of devices, which begin with ``\\.\``, count as another machine. The form is the
    same on all systems, so that a path means the same wherever a file is read.
    """
    path = path.replace("\\", "/")
    if path.startswith("/??/"):  # which Windows takes for the beginning of a long path
        path = f"//?/{path[4:]}"
    if not path.startswith("//"):
        return ""
    parts = [part for part in path.split("/") if part]
    if len(parts) > 1 and parts[0] == "?" and parts[1][1:] == ":":
        return ""  # a long path of this machine, \\?\C:\…
    if len(parts) > 2 and parts[0] == "?" and parts[1].upper() == "UNC":
        return parts[2].lower()
    return parts[0].lower() if parts else "."


def check_host(where: str, path: str, *, known: Iterable[str | Path] = ()) -> None:
    """Raise a `SettingsError` if a path is on another machine than this and those of known paths.

    Parameters
    ----------
    where
        What holds the path, such as "preset mine.toml"; the message begins with it.
    path
        The path, which is not looked at.
    known
        Paths that the user has named.
    """
    host = host_of(path)
    if host and host not in {host_of(str(other)) for other in known}:
        raise SettingsError(
            f"{where} names {path}, a file on another machine, to which your login might be sent; "
            "name the file yourself, or copy it to this machine"
        )
