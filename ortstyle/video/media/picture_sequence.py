"""A film as pictures: one PNG a frame, in a folder or under names with a number."""

import re
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ortstyle.errors import OutputError
from ortstyle.files import check_ordinary, check_writable, follow_links
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.write import save_picture
from ortstyle.special_files import retry_while_open
from ortstyle.video.media.film_times import FilmFrame
from ortstyle.video.media.pixel_planes import to_levels

_NUMBER = re.compile(r"%0?(\d*)d")
_IN_FOLDER = "frame-%06d.png"


@dataclass(frozen=True)
class PictureNames:
    """The names of a film's pictures, numbered from 1.

    Attributes
    ----------
    folder
        The folder that holds them.
    before, after
        The name's parts around the number.
    digits
        The least number of digits, filled with zeros.
    """

    folder: Path
    before: str
    after: str
    digits: int

    @classmethod
    def of(cls, output: Path) -> "PictureNames":
        """Return the names that an output means: a folder, or a name such as ``name-%05d.png``.

        Raises
        ------
        OutputError
            The name does not have exactly one number.
        """
        inside = output.is_dir() or output.suffix in {"", "."}
        folder, pattern = (output, _IN_FOLDER) if inside else (output.parent, output.name)
        found = _NUMBER.search(pattern)
        if not found or pattern.count("%") != 1:
            raise OutputError(
                f"output {output}: the name of a film's pictures has one number, such as "
                "name-%05d.png"
            )
        digits = int(found[1] or 1)
        if digits > 12:
            raise OutputError(f"output {output}: a number of {digits} digits is too long; use %05d")
        return cls(folder, pattern[: found.start()], pattern[found.end() :], digits)

    def name(self, number: int) -> str:
        """Return the name of the picture with a number."""
        return f"{self.before}{number:0{self.digits}d}{self.after}"

    def number(self, name: str) -> int | None:
        """Return the number of a picture by its name; None for another file."""
        digits = name.removeprefix(self.before).removesuffix(self.after)
        if not digits.isascii() or not digits.isdigit():
            return None
        return int(digits) if self.name(int(digits)) == name else None

    def existing(self) -> list[Path]:
        """List the pictures of these names that are there already."""
        if not self.folder.is_dir():
            return []
        return [path for path in self.folder.iterdir() if self.number(path.name) is not None]


def check_pictures(output: Path) -> None:
    """Check before the work that a film's pictures can be written.

    Raises
    ------
    OutputError
        The folder, or the one in which it is to be made, is missing or can't be written.
    OSError
        The system refuses it for another reason.
    """
    names = PictureNames.of(output)
    check_ordinary(names.folder, option="output")
    where = names.folder if names.folder.is_dir() else _outer(names.folder)
    check_writable(where / names.name(1), lambda file: file.write(b""), option="output")


def write_pictures(
    output: Path, frames: Iterable[FilmFrame], *, bits: int, text: str | None
) -> int:
    """Write a film's pictures, all of them or none.

    They are written to a folder beside their own, which takes its place, or whose files move there.

    Parameters
    ----------
    output
        A folder, which is made, or a name with a number.
    frames
        The frames, by time.
    bits
        Bits of a sample in the files, 8 or 16.
    text
        Text to embed in each file; None for none.

    Returns
    -------
    int
        How many pictures with higher numbers lie there from before.

    Raises
    ------
    OutputError, OSError
        They can't be written; nothing new is left behind.
    """
    names = PictureNames.of(output)
    folder = follow_links(names.folder)
    parent = folder if folder.is_dir() else _outer(folder)
    temporary = parent / f".ortstyle-{secrets.token_hex(8)}"
    temporary.mkdir()
    try:
        count = 0
        for count, frame in enumerate(frames, 1):
            _save(temporary / names.name(count), frame, bits=bits, text=text)
        if not folder.is_dir():
            retry_while_open(lambda: temporary.rename(folder))
            return 0
        for number in range(1, count + 1):
            name = names.name(number)
            retry_while_open(partial((temporary / name).replace, folder / name))
    finally:
        with suppress(OSError):
            shutil.rmtree(temporary)
    return sum((names.number(path.name) or 0) > count for path in folder.iterdir())


def _outer(folder: Path) -> Path:
    return follow_links(folder).parent


def _save(path: Path, frame: FilmFrame, *, bits: int, text: str | None) -> None:
    levels = to_levels(frame.pixels, bits)
    scaled = levels.astype(np.float32) / np.float32(257 if bits == 16 else 1)
    save_picture(scaled.transpose(2, 0, 1)[None], path, encoding=Encoding(depth=bits), text=text)
