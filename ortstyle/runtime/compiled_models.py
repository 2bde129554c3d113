"""The folder for models that Core ML has compiled, and the removal of those used longest ago.

Core ML compiles each graph once and finds it again by its key; a graph is made for each size of a
picture, and takes about as much as the weights. Core ML itself never removes one.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from secrets import token_hex
from time import time

MOST_BYTES = 2 * 10**9  # what the folder may take
_IN_USE = 24 * 3600.0  # seconds; a run may need its models again for as long
_REMOVED = ".removed-"  # begins the name of a model that is being removed


def folder() -> Path:
    """Return the folder for compiled models, on macOS; make it if need be, and prune it."""
    found = Path.home() / "Library" / "Caches" / "ortstyle"
    found.mkdir(parents=True, exist_ok=True)
    _prune_once(found)
    return found


@cache  # once a process, because the sizes of many files are read
def _prune_once(cached: Path) -> None:
    prune(cached)


def mark_used(key: str) -> None:
    """Note that the model of a key is used now, so that it is not removed soon."""
    with suppress(OSError):  # Core ML has not cached it
        os.utime(folder() / key)


def prune(cached: Path, *, most: int = MOST_BYTES) -> None:
    """Remove the models that were used longest ago until a folder takes at most some bytes.

    Models used within a day stay, because a process may be using them. A model is renamed before
    its files are removed, so that another process finds either all of it or nothing. What can't be
    removed stays, without an error.
    """
    with suppress(OSError):
        entries = list(_entries(cached))
        left = sum(size for _, size, _ in entries)
        for used, size, path in sorted(entries):
            if left <= most or time() - used < _IN_USE:
                break
            _remove(path)
            left -= size


def _entries(cached: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield when each model that may be removed was used last, its bytes, and its folder."""
    for path in cached.iterdir():
        if path.name.startswith(_REMOVED):  # a process was killed while it removed this
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_dir() and not path.is_symlink():
            used = path.stat().st_mtime
            yield (used, _size(path), path)


def _remove(path: Path) -> None:
    doomed = path.with_name(f"{_REMOVED}{token_hex(4)}")
    with suppress(OSError):
        path.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _size(path: Path) -> int:
    sizes = 0
    for parent, _, names in os.walk(path):
        for name in names:
            with suppress(OSError):
                sizes += Path(parent, name).lstat().st_size
    return sizes
