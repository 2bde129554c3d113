"""The files of a film that travel to workers: frames, styles and masks, by names that tell them.

A name says what the file holds, so that a worker keeps each one once: a frame by its number, all
else by the hash of its content.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ortstyle.errors import FilmError, JobError
from ortstyle.files import reason_of
from ortstyle.pictures.picture import Picture
from ortstyle.pictures.read import Source

_NAME = re.compile(
    r"(file|picture|array)-[0-9a-f]{64}(\.[A-Za-z0-9]{1,8})?"
    r"|source-[0-9]{1,9}\.png|painted-[0-9]{1,4}-[0-9]{1,9}\.png"
)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_NO_PIXELS = np.zeros((0, 0), np.uint8)


def source_name(index: int) -> str:
    """Return the name of a source frame."""
    return f"source-{index}.png"


def painted_name(index: int, pass_: int) -> str:
    """Return the name of a painted frame."""
    return f"painted-{pass_}-{index}.png"


def parse_frame(name: str) -> tuple[str, int, int] | None:
    """Return "source" or "painted", the pass and the number of a frame; None for other names."""
    kind, *numbers = name.removesuffix(".png").split("-")
    match kind, numbers:
        case "source", [index]:
            return kind, 0, int(index)
        case "painted", [pass_, index]:
            return kind, int(pass_), int(index)
    return None


def check_name(name: Any) -> str:
    """Return a name that has come from another machine.

    Raises
    ------
    JobError
        It is none, or leads elsewhere.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise JobError(f"{str(name)[:80]!r} is no file of a film")
    return name


class PackedFiles:
    """Pictures as files, each packed when it is needed; the names of those that were are kept."""

    def __init__(self) -> None:
        self._names: dict[Path | int, tuple[str, object]] = {}
        self._contents: dict[str, Callable[[], bytes]] = {}

    def name_of(self, source: Source) -> str:
        """Return the name of a picture, an array or a picture's file.

        Raises
        ------
        FilmError
            The file can't be read.
        """
        if isinstance(source, str | os.PathLike):
            path = Path(source)
            return self._named(path, path, "file", lambda: _read(path))
        if isinstance(source, Picture):
            return self._named(id(source), source, "picture", lambda: _of_picture(source))
        array = np.asarray(source)
        name = _name("array", _of_array(array), ".npy")
        self._contents[name] = lambda: _of_array(array)
        return name

    def content_of(self, name: str) -> bytes:
        """Return the bytes of a file that `name_of` has named.

        Raises
        ------
        FilmError
            It can't be read, or has changed.
        """
        data = self._contents[name]()
        if sha256(data).hexdigest() not in name:
            raise FilmError(
                "a style, a mask or the model has changed while the film is painted; put the old "
                "one back, and give the same command again"
            )
        return data

    def forget_arrays(self, *, but: Collection[str]) -> None:
        """Forget all arrays but these: masks that move have one for each frame."""
        for name in [name for name in self._contents if name.startswith("array-")]:
            if name not in but:
                del self._contents[name]

    def _named(self, key: Path | int, held: object, kind: str, content: Callable[[], bytes]) -> str:
        if key not in self._names:
            suffix = ".npy" if kind == "picture" else _suffix_of(key)
            name = _name(kind, content(), suffix)
            self._names[key] = name, held  # which keeps the identity of a picture its own
            self._contents[name] = content
        return self._names[key][0]


def unpack(name: str, path: Path) -> Source:
    """Return the picture of a file that `PackedFiles` has packed, on the machine that got it.

    Raises
    ------
    JobError
        The file holds something else.
    """
    kind = name.partition("-")[0]
    if kind == "file":
        return path
    try:
        with path.open("rb") as file:
            return _to_picture(file) if kind == "picture" else next(_arrays_in(file))
    except (ValueError, TypeError, OSError, StopIteration, MemoryError) as error:
        raise JobError(f"{name} holds no picture") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FilmError(f"{path} can't be read ({reason_of(error)})") from error


def _suffix_of(key: Path | int) -> str:
    suffix = key.suffix if isinstance(key, Path) else ""
    return suffix if _SUFFIX.fullmatch(suffix) else ""


def _name(kind: str, data: bytes, suffix: str) -> str:
    return f"{kind}-{sha256(data).hexdigest()}{suffix}"


def _of_array(array: NDArray[Any]) -> bytes:
    file = BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _of_picture(picture: Picture) -> bytes:
    """Return proportions, transparency and pixels; what is told of a picture stays here."""
    alpha = _NO_PIXELS if picture.alpha is None else np.asarray(picture.alpha)
    proportions = np.array(picture.source_size or (0, 0), np.uint32)
    arrays = [proportions, alpha, *map(np.asarray, picture.planes)]
    return b"".join(map(_of_array, arrays))


def _to_picture(file: BinaryIO) -> Picture:
    proportions, alpha, *planes = _arrays_in(file)
    width, height = map(int, proportions)
    return Picture(
        planes=tuple(map(Image.fromarray, planes)),
        alpha=Image.fromarray(alpha) if alpha.size else None,
        label="style",
        source_size=(width, height) if width else None,
    )


def _arrays_in(file: BinaryIO) -> Iterator[NDArray[Any]]:
    """Yield the arrays of a file, if they can be of pixels."""
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    while file.tell() < end:
        array = np.load(file, allow_pickle=False)
        if type(array) is not np.ndarray or array.ndim > 3 or array.dtype.kind not in "buf":
            raise ValueError("no pixels")
        yield array
