"""Names of files, folders and patterns on a command line, as the pictures that they stand for.

Windows' shells expand no patterns, and other shells none in quotes, so they are expanded here.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import compress, pairwise
from pathlib import Path, PurePosixPath
from stat import FILE_ATTRIBUTE_HIDDEN

from ortstyle.files import follow_links, reason_of
from ortstyle.pictures.file_kinds import PICTURE_SUFFIXES
from ortstyle.video.media.quick_look import FILM_SUFFIXES, looks_like_film

_MAGIC = frozenset("*?[")
_ALL_BELOW = "**"


@dataclass(frozen=True)
class FoundPicture:
    """A picture that a name on the command line stands for.

    Attributes
    ----------
    path
        The file. If it was named itself, it may be missing or no picture.
    folder
        The folder that it lies in, relative to the folder that was named, or to the part of a
        pattern before the first wildcard; "." for a file that was named itself.
    is_film
        Whether it is a film rather than a picture, by a quick look at the file.
    """

    path: Path
    folder: PurePosixPath = field(default=PurePosixPath())
    is_film: bool = False


@dataclass(frozen=True)
class FoundPictures:
    """What names on the command line stand for.

    Attributes
    ----------
    pictures
        The pictures in the order of the names, those of a folder sorted by name, each one once.
    problems
        A line for each name that stands for nothing, and for each folder that can't be read.
    notices
        A line for each folder that was left out because it had been read already, and for each
        name whose films were left out.
    roots
        The folders that were searched.
    """

    pictures: list[FoundPicture] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    roots: list[Path] = field(default_factory=list)


def find_pictures(
    names: Sequence[str],
    *,
    recursive: bool = False,
    results: Path | None = None,
    films: bool = False,
) -> FoundPictures:
    """Return the pictures, and films, that names stand for.

    A name that exists is the file or folder of this name, whatever its characters. Else ``*``,
    ``?`` and ``[…]`` in it match any characters, and ``**`` any folders. Hidden files, and files
    whose suffix is none of `PICTURE_SUFFIXES`, are left out unless they are named themselves.

    Parameters
    ----------
    names
        Files, folders and patterns.
    recursive
        Whether the folders within folders are searched too.
    results
        The folder of the results, which are not searched; None if there is none.
    films
        Whether films count too. A folder or a pattern that stands for pictures stands for them
        alone: a film among photographs takes a thousand times as long as one of them.
    """
    found = FoundPictures()
    known: set[str] = set()
    for name in names:
        expanded = _expand(name, found, recursive=recursive, results=results, films=films)
        for picture in expanded:
            identity = os.path.normcase(picture.path.absolute())
            if identity not in known:
                known.add(identity)
                found.pictures.append(picture)
    return found


def _expand(
    name: str, found: FoundPictures, *, recursive: bool, results: Path | None, films: bool
) -> Iterator[FoundPicture]:
    base, patterns = _split(name)
    if not patterns and not is_folder(base):
        yield FoundPicture(base, is_film=films and looks_like_film(base))
        return
    suffixes = PICTURE_SUFFIXES | FILM_SUFFIXES if films else PICTURE_SUFFIXES
    search = _Search(found, None if results is None else _identity(results), suffixes)
    if search.is_excluded(base):
        found.problems.append(
            f"{name}: the results would lie among the pictures; choose another folder with -o"
        )
        return
    found.roots.append(base)
    if not patterns:
        patterns = (_ALL_BELOW,) if recursive else ("*",)
    told, pictures = len(found.problems), list(search.run(base, patterns, recursive=recursive))
    yield from _stills_first(name, pictures, found)
    if not pictures and len(found.problems) == told:
        found.problems.append(search.failure(name, is_folder=base == Path(name)))


def _stills_first(
    name: str, pictures: list[FoundPicture], found: FoundPictures
) -> list[FoundPicture]:
    """Return the pictures that a name stands for without films, unless all of them are films."""
    stills = [picture for picture in pictures if not picture.is_film]
    count = len(pictures) - len(stills)
    if not stills or not count:
        return pictures
    which = "a film is" if count == 1 else f"{count} films are"
    found.notices.append(
        f"{name}: {which} left out beside the pictures; name films themselves, or by a pattern "
        "such as '*.mp4'"
    )
    return stills


class _Search:
    """Searches a folder for pictures; each folder is read once, also where links form a circle."""

    def __init__(
        self, found: FoundPictures, excluded: str | None, suffixes: frozenset[str]
    ) -> None:
        self._found, self._excluded, self._suffixes = found, excluded, suffixes
        self._known: dict[tuple[str, tuple[str, ...]], Path] = {}
        self._others: list[str] = []  # names of files that are no pictures
        self._folders: list[str] = []  # names of folders that were not searched

    def is_excluded(self, folder: Path) -> bool:
        """Whether a folder is that of the results."""
        return self._excluded is not None and _identity(folder) == self._excluded

    def run(
        self, base: Path, patterns: tuple[str, ...], *, recursive: bool
    ) -> Iterator[FoundPicture]:
        """Yield the pictures that match the patterns of the parts of a path below a folder."""
        # A stack, because folders may lie deeper in each other than functions may call each other.
        waiting = [(base, patterns)]
        while waiting:
            folder, patterns = waiting.pop()
            if self._was_searched(folder, patterns):
                continue
            files, folders = self._read(folder)
            first, rest = patterns[0], patterns[1:]
            if first == _ALL_BELOW:
                waiting += [(inner, patterns) for inner in reversed(folders)]
                if rest:
                    waiting.append((folder, rest))
                    continue
            elif rest or recursive:
                below = rest or (_ALL_BELOW,)
                matching = [inner for inner in folders if _matches(inner.name, first)]
                waiting += [(inner, below) for inner in reversed(matching)]
            else:
                self._folders += [inner.name for inner in folders]
            if not rest:
                place = PurePosixPath(folder.relative_to(base).as_posix())
                for file in files:
                    if first == _ALL_BELOW or _matches(file.name, first):
                        yield FoundPicture(file, place, is_film=_is_film(file))

    def failure(self, name: str, *, is_folder: bool) -> str:
        """Return what to say where no picture was found: in a folder, or by a pattern."""
        what = f"no pictures in {name}" if is_folder else f"no pictures match {name}"
        if self._folders and is_folder:
            return f"{what}, but the folder {self._folders[0]}; --recursive searches it too"
        if self._others:
            return f"{what}, but other files, such as {self._others[0]}"
        return what

    def _was_searched(self, folder: Path, patterns: tuple[str, ...]) -> bool:
        """Tell whether a folder was searched already, maybe by another name."""
        key = _identity(folder), patterns
        before = self._known.setdefault(key, folder)
        if before is folder:
            return False
        if before != folder:
            self._found.notices.append(f"folder {folder} is a link to {before}; left out")
        return True

    def _read(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """Return the pictures and the folders in a folder, sorted by name."""
        files: list[Path] = []
        folders: list[Path] = []
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._found.problems.append(f"folder {folder} can't be read ({reason_of(error)})")
            return files, folders
        for entry in found:
            if _is_hidden(entry):
                continue
            path = folder / entry.name
            if is_folder(path):
                folders += [] if self.is_excluded(path) else [path]
            elif path.suffix.lower() not in self._suffixes or not _can_be(path):
                self._others.append(entry.name)
            elif path.is_file() or path.is_symlink():  # a broken link is told as a job that fails
                files.append(path)
        return files, folders


def _split(name: str) -> tuple[Path, tuple[str, ...]]:
    """Return the part of a name that exists or has no wildcards, and the patterns after it."""
    base = Path(name)
    if name.startswith("~") and not _exists(base):
        with suppress(RuntimeError):  # there is no such home
            base = base.expanduser()
    parts = base.parts
    for k in range(len(parts)):
        if _MAGIC & set(parts[k]) and not _exists(Path(*parts[: k + 1])):
            after = parts[k:]
            twice = [pair == (_ALL_BELOW, _ALL_BELOW) for pair in pairwise(after)]
            return Path(*parts[:k]), tuple(compress(after, (not same for same in (*twice, False))))
    return base, ()


def _is_film(path: Path) -> bool:
    return path.suffix.lower() in FILM_SUFFIXES


def _can_be(path: Path) -> bool:
    """Return whether a file with the suffix of a film may be one; others may always be pictures."""
    return not _is_film(path) or looks_like_film(path)


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or fnmatch(name, pattern)


def _is_hidden(entry: "os.DirEntry[str]") -> bool:
    if entry.name.startswith("."):
        return True
    if sys.platform == "win32":
        with suppress(OSError):
            attributes = entry.stat(follow_symlinks=False).st_file_attributes
            return bool(attributes & FILE_ATTRIBUTE_HIDDEN)
    return False


def _identity(path: Path) -> str:
    """Return the same text for all names of a folder."""
    return os.path.normcase(follow_links(path))


def _exists(path: Path) -> bool:
    with suppress(OSError, ValueError):  # the file system refuses the name
        return os.path.lexists(path)
    return False


def is_folder(path: Path) -> bool:
    """Return whether a path is that of a folder, also where the file system refuses the name."""
    with suppress(OSError, ValueError):
        return path.is_dir()
    return False
