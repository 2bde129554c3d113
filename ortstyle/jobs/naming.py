"""Names of the outputs of many jobs: from a pattern, inside one folder, and no two alike."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from string import Formatter
from unicodedata import normalize

from ortstyle.errors import SettingsError
from ortstyle.settings.checks import check_choice
from ortstyle.settings.conversion import shown
from ortstyle.special_files import can_name

DEFAULT_PATTERN = "{content}-{style}.png"
FIELDS = ("content", "style", "preset", "number")
"""The fields of a pattern: names of pictures without suffix, the preset, the number of the job."""

OWN_PREFIX = ".ortstyle"
"""How the names of ortstyle's own files and folders begin."""

_MOST_BYTES = 200  # of a name; most file systems take 255, and a suffix and a number follow
_STEM_BYTES = 80  # of the name of a picture in one that would be longer
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[1-9¹²³]) *(\..*)?", re.IGNORECASE | re.DOTALL
)
_CONTROL = re.compile(r"[\0-\x1f\x7f]")


@dataclass(frozen=True)
class NamePattern:
    """A pattern such as ``{style}/{content}.jpg`` for paths of outputs in a folder.

    Attributes
    ----------
    text
        The pattern; parts of the path are separated by ``/``.
    """

    text: str = DEFAULT_PATTERN

    @classmethod
    def read(cls, text: str, *, label: str = "--name") -> "NamePattern":
        """Check a pattern that a user has written; error messages begin with `label`.

        Raises
        ------
        SettingsError
            The pattern has an unknown field, leads out of the folder, or has no suffix.
        """
        pattern = cls(text.replace("\\", "/"))
        try:
            fields = list(Formatter().parse(pattern.text))
        except ValueError as error:
            raise SettingsError(f"{label}: {shown(text)} is no pattern ({error})") from error
        for _, name, form, conversion in fields:
            if name is not None:
                check_choice(f"{label}: field", name, FIELDS)
            if form or conversion:
                raise SettingsError(f"{label}: the field {name} takes no format; write {{{name}}}")
        if not pattern.suffix:
            raise SettingsError(
                f"{label}: {shown(text)} has no suffix to tell its format; add .png"
            )
        _check_text(pattern.text, label=label)
        pattern.path("content", "style", preset="preset", number=1, label=label)
        return pattern

    @property
    def suffix(self) -> str:
        """The suffix, such as ``.png``, which says the format of the outputs; empty for none."""
        after_fields = self.text.rpartition("}")[2]
        _, dot, suffix = after_fields.rpartition(".")
        return f".{suffix}" if dot and suffix and "/" not in suffix else ""

    def path(
        self, content: str, style: str, *, preset: str, number: int, label: str = "the name"
    ) -> PurePosixPath:
        """Return the path for some values of the fields.

        Raises
        ------
        SettingsError
            A part of the path is no name of a file or folder inside the output's folder.
        """
        fields = {"content": content, "style": style, "preset": preset, "number": f"{number:04}"}
        parts = []
        for part in self.text.split("/"):
            filled = part.format(**fields)
            if len(os.fsencode(filled)) > _MOST_BYTES:
                filled = part.format(**{name: _shortened(text) for name, text in fields.items()})
            parts.append(filled.rstrip(". ") if filled != part else filled)
        check_parts(parts, label=label)
        return PurePosixPath(*parts)


class OutputNames:
    """Gives every job of a batch a path that no other has, also where capitals don't count.

    The paths depend on the jobs and their order alone, not on the files that exist.

    Parameters
    ----------
    pattern
        The pattern of the paths.
    """

    def __init__(self, pattern: NamePattern) -> None:
        self._pattern = pattern
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}  # the number to try next, by the path without a number
        self._styles: dict[Path, str] = {}
        self._owners: dict[str, Path] = {}  # the style that has a name

    def claim(self, path: PurePosixPath) -> bool:
        """Take a path for a job; return whether it was free."""
        key = identity_of(path)
        if key in self._taken:
            return False
        self._taken.add(key)
        return True

    def name(
        self,
        content: Path,
        styles: Sequence[Path],
        *,
        folder: PurePosixPath,
        preset: str,
        number: int,
        suffix: str = "",
    ) -> PurePosixPath:
        """Return a free path for a job, relative to the folder of the results, and take it.

        Parameters
        ----------
        content, styles
            The pictures of the job.
        folder
            The folder of the content, which is mirrored.
        preset
            The name of the preset.
        number
            The number of the job.
        suffix
            The suffix in place of that of the pattern; empty for that one.

        Raises
        ------
        SettingsError
            The names of the pictures make no name of a file.
        """
        style = "+".join(map(self._style_name, styles))
        path = folder  # none of the two candidates
        for stem in (content.stem, f"{content.stem}-{content.suffix.removeprefix('.')}"):
            path = folder / self._pattern.path(stem, style, preset=preset, number=number)
            path = path.with_suffix(suffix or path.suffix)
            if self.claim(path):
                return path
        first = identity_of(path)
        for k in count(self._next.get(first, 2)):
            numbered = path.with_name(f"{path.stem}-{k}{path.suffix}")
            if self.claim(numbered):
                self._next[first] = k + 1
                return numbered
        raise AssertionError  # the numbers do not end

    def _style_name(self, style: Path) -> str:
        """Return the name of a style in outputs, which is that of no other style."""
        if style not in self._styles:
            names = self._style_names(style)
            name = next(name for name in names if _folded(name) not in self._owners)
            self._owners[_folded(name)] = style
            self._styles[style] = name
        return self._styles[style]

    def _style_names(self, style: Path) -> Iterator[str]:
        """Yield the names that a style may have, the best first."""
        yield style.stem
        owner = self._owners[_folded(style.stem)]
        if style.parent.name and style.parent != owner.parent:
            yield f"{style.parent.name}-{style.stem}"
        yield f"{style.stem}-{style.suffix.removeprefix('.')}"
        yield from (f"{style.stem}-{number}" for number in count(2))


def read_output(text: str, *, label: str) -> PurePosixPath:
    r"""Return a path that a file names for an output, relative to the folder of the results.

    Folders are separated by ``/`` or ``\``. Error messages begin with `label`.

    Raises
    ------
    SettingsError
        It leads out of the folder, or no file can have this name on all systems.
    """
    parts = text.replace("\\", "/").split("/")
    _check_text(text, label=f"{label} {shown(text)}")
    check_parts(parts, label=f"{label} {shown(text)}")
    return PurePosixPath(*parts)


def check_parts(parts: Sequence[str], *, label: str) -> None:
    """Check the parts of a path inside the folder of the results.

    Raises
    ------
    SettingsError
        A part leads elsewhere, or is a name that Windows or ortstyle keeps for itself.
    """
    for part in parts:
        if part.strip(". ") == "":
            raise SettingsError(f"{label}: it leads out of the folder of the results")
        if part.endswith((".", " ")):
            raise SettingsError(f"{label}: no name may end with a dot or a space, as {shown(part)}")
        if _RESERVED.fullmatch(part):
            raise SettingsError(f"{label}: Windows reserves the name {part}; choose another")
        if part.lower().startswith(OWN_PREFIX):
            raise SettingsError(f"{label}: names that begin with {OWN_PREFIX} are ortstyle's own")


def _check_text(text: str, *, label: str) -> None:
    """Check a path that a person or a file has given for characters that names may not have."""
    if ":" in text:  # which would begin a drive, or a second stream of a file
        raise SettingsError(f"{label}: a colon is no part of a name on all systems")
    if _CONTROL.search(text):
        raise SettingsError(f"{label}: a control character is no part of a name on all systems")
    if not can_name(text):
        raise SettingsError(f"{label}: it has a sign that is no character")


def identity_of(path: PurePosixPath) -> str:
    """Return the same text for all paths that some file system takes for the same."""
    return _folded(path.as_posix())


def _folded(text: str) -> str:
    return normalize("NFC", normalize("NFC", text).casefold())


def _shortened(text: str) -> str:
    while len(os.fsencode(text)) > _STEM_BYTES:
        text = text[:-1]
    return text
