"""The folder of a site: written so that other files are safe, and that half a site is seen.

`site.json` of the folder lists the files that belong to the site. It is written first, without a
version and with the names of all that is about to come, and again at the end, when all is there.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from ortstyle.errors import SiteError
from ortstyle.files import reason_of, remove_abandoned, try_writing, write_atomically
from ortstyle.special_files import is_reserved

RECORD = "site.json"
_MOST_RECORD_BYTES = 1 << 26
_MOST_FILES = 10_000


def check_folder(folder: Path) -> set[str]:
    """Return the names of the files of a site that the folder has, none if it is new or empty.

    Nothing is changed.

    Raises
    ------
    SiteError
        The path is no folder, the folder or the one to make it in can't be written to, or it has
        files that belong to no site of ours. Those whose names begin with a dot, such as `.git`,
        may be there.
    """
    names = _files_of_site(folder)
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        try_writing(existing / RECORD, lambda _: None)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return names


def _files_of_site(folder: Path) -> set[str]:
    try:
        if not folder.exists():
            return set()
        if not folder.is_dir():
            raise SiteError(f"{folder} is a file; name a folder for the site")
        if not (folder / RECORD).is_file():
            others = sorted(each.name for each in folder.iterdir() if each.name[0] != ".")
            if others:
                raise SiteError(
                    f"{folder} has other files, such as {others[0]}; name a new or empty folder, "
                    "or that of an earlier site"
                )
            return set()
        return _recorded_files(folder)
    except OSError as error:
        raise SiteError(f"{folder} can't be read ({reason_of(error)})") from error


def write_folder(folder: Path, files: Mapping[str, bytes], record: Mapping[str, Any]) -> None:
    """Write the files of a site, and remove those of an earlier one that are not among them.

    A file that has these bytes already is left as it is.

    Parameters
    ----------
    folder
        It is made if it is missing.
    files
        The bytes by names with slashes, such as `app/main.js`, without `site.json`.
    record
        What `site.json` holds at the end.

    Raises
    ------
    SiteError
        There are other files in the folder, or it can't be written.
    """
    before = check_folder(folder)
    for name in files.keys() - before:
        if (folder / name).exists():
            raise SiteError(f"{folder / name} is not of the site; move it away, or choose another")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_inside(folder, before | files.keys())
        unfinished = {
            "ortstyle": record["ortstyle"],
            "version": None,
            "files": dict.fromkeys(sorted(before | files.keys())),
        }
        _write_record(folder, unfinished)
        for name in sorted(before - files.keys()):
            (folder / name).unlink(missing_ok=True)
            _remove_empty(folder, PurePosixPath(name).parent)
        for name, data in files.items():
            _write(folder / name, data)
        _write_record(folder, record)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> SiteError:
    return SiteError(f"{folder} can't be written ({reason_of(error)}); name another folder")


def _recorded_files(folder: Path) -> set[str]:
    """Return the names that `site.json` lists; it is no site if one leads out of the folder."""
    path = folder / RECORD
    try:
        with path.open("rb") as file:
            record = json.loads(file.read(_MOST_RECORD_BYTES))
        names, _ = set(record["files"]), record["ortstyle"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SiteError(f"{path} is of no site of ours; name another folder") from error
    if len(names) > _MOST_FILES or not all(map(_is_safe, names)):
        raise SiteError(f"{path} is of no site of ours; name another folder")
    return names


def _is_safe(name: object) -> bool:
    """Return whether a name with slashes is that of a file within a folder, on every system."""
    if not isinstance(name, str) or "\\" in name or ":" in name or "\0" in name:
        return False
    parts = name.split("/")
    return not any(part[:1] in ("", ".") or is_reserved(Path(part)) for part in parts)


def _check_inside(folder: Path, names: set[str]) -> None:
    """Raise an error if a link leads from one of the site's own folders to elsewhere."""
    for parent in {parent for name in names for parent in PurePosixPath(name).parents}:
        if (folder / parent).is_symlink() and parent != PurePosixPath("."):
            raise SiteError(f"{folder / parent} is a link; remove it, or name another folder")


def _write(path: Path, data: bytes) -> None:
    if path.is_file() and not path.is_symlink() and path.stat().st_size == len(data):
        with path.open("rb") as file:
            if sha256(file.read()).digest() == sha256(data).digest():
                return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        path.unlink()
    write_atomically(path, lambda file: file.write(data))
    remove_abandoned(path.parent)


def _write_record(folder: Path, record: Mapping[str, Any]) -> None:
    text = json.dumps(record, separators=(",", ":"), sort_keys=True, allow_nan=False)
    _write(folder / RECORD, f"{text}\n".encode())


def _remove_empty(folder: Path, parent: PurePosixPath) -> None:
    """Remove folders of the site in which nothing is left."""
    while parent.parts:
        path = folder / parent
        if not path.is_dir() or any(path.iterdir()):
            return
        path.rmdir()
        parent = parent.parent
