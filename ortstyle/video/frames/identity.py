"""What identifies a file that a film depends on: its name, length and a hash of its content."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Self

from ortstyle.errors import FilmError
from ortstyle.files import reason_of
from ortstyle.pictures.file_kinds import PICTURE_SUFFIXES
from ortstyle.special_files import special_kind

_WHOLE = 1 << 28  # bytes up to which all of a file is hashed
_ENDS = 1 << 20  # bytes of each end of a larger file that are hashed
_HASH = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME = 4096  # characters


@dataclass(frozen=True)
class FileIdentity:
    """A file, or a folder of pictures, wherever it lies.

    Attributes
    ----------
    role
        What it is to the film, such as "style".
    name
        Its name without a folder; two files of the same content may have different ones.
    size
        Bytes, of a folder those of all its pictures.
    digest
        SHA-256 in hexadecimal digits: of its content; from 256 MB on, of its length and its two
        ends of 1 MB; of a folder, of the names and lengths of its pictures, and the digests of the
        first, the middle and the last.
    """

    role: str
    name: str
    size: int
    digest: str

    def is_same(self, other: Self) -> bool:
        """Return whether another file has the same role and content, whatever its name."""
        return (self.role, self.size, self.digest) == (other.role, other.size, other.digest)

    def to_list(self) -> list[Any]:
        """Return the identity for JSON."""
        return [self.role, self.name, self.size, self.digest]

    @classmethod
    def from_list(cls, found: object) -> Self:
        """Read an identity from JSON; a `ValueError` if it is none."""
        match found:
            case [str(role), str(name), int(size), str(digest)] if (
                max(len(role), len(name)) <= _LONGEST_NAME
                and 0 <= size < 1 << 63
                and _HASH.fullmatch(digest)
            ):
                return cls(role, name, size, digest)
        raise ValueError("no identity of a file")


def identify(role: str, path: Path, *, files: Sequence[Path] | None = None) -> FileIdentity:
    """Return what identifies a file or a folder of pictures.

    Parameters
    ----------
    role
        What it is to the film, such as "style"; error messages begin with it.
    path
        The file or folder; only its name is kept.
    files
        The pictures, where a path stands for several; None for the path itself, or all pictures in
        it if it is a folder.

    Raises
    ------
    FilmError
        A file can't be read, or is a pipe or a device.
    """
    if kind := special_kind(path):
        raise FilmError(f"{role} {path} is {kind}; save it as a file first")
    try:
        if files is None and path.is_dir():
            files = [each for each in path.iterdir() if _is_picture(each)]
        size, digest = _of_file(path) if files is None else _of_files(files)
    except (OSError, ValueError) as error:
        raise FilmError(f"{role} {path} can't be read ({reason_of(error)})") from error
    return FileIdentity(role, path.name, size, digest)


def _is_picture(path: Path) -> bool:
    """Return whether a file of a folder is a frame, not one that a system has put there."""
    is_named = not path.name.startswith(".") and path.suffix.lower() in PICTURE_SUFFIXES
    return is_named and path.is_file()


def _of_file(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        if size <= _WHOLE:
            return size, file_digest(file, "sha256").hexdigest()
        found = sha256(f"{size}\n".encode() + file.read(_ENDS))
        file.seek(size - _ENDS)
        found.update(file.read(_ENDS))
    return size, found.hexdigest()


def _of_files(files: Iterable[Path]) -> tuple[int, str]:
    ordered = sorted(files, key=lambda path: path.name)
    sizes = [path.stat().st_size for path in ordered]
    found = sha256()
    for path, size in zip(ordered, sizes, strict=True):
        found.update(f"{path.name}\n{size}\n".encode(errors="surrogatepass"))
    for path in dict.fromkeys(ordered[place] for place in (0, len(ordered) // 2, -1) if ordered):
        found.update(_of_file(path)[1].encode())
    return sum(sizes), found.hexdigest()
