"""Names of files from strangers, to be shown and never opened."""

import re
from pathlib import PurePath
from unicodedata import category, normalize

_LONGEST = 100  # characters
_LONGEST_READ = 20_000
_LONGEST_SUFFIX = 10
_REMOVED = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # as in `printable`, which would escape them
_KEPT = {"\u200c", "\u200d"}


def shown_name(name: str) -> str:
    """Return the name of a file on one line, without its folders.

    Control characters, and those that change the direction of text, are left out. A long name is
    cut, and keeps its suffix. A name of which nothing is left becomes "picture".
    """
    last = re.split(r"[/\\]", name[-_LONGEST_READ:])[-1]
    kept = "".join(c for c in last if c.isspace() or c in _KEPT or category(c) not in _REMOVED)
    found = normalize("NFC", " ".join(kept.split())).strip(" .\u200c\u200d") or "picture"
    if len(found) <= _LONGEST:
        return found
    suffix = PurePath(found).suffix
    suffix = suffix if len(suffix) <= _LONGEST_SUFFIX else ""
    return f"{found[: _LONGEST - len(suffix) - 1]}…{suffix}"
