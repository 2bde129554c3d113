"""Files that come out: tried before the work, then written all or nothing."""

import io
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ortstyle.errors import OutputError
from ortstyle.pictures.arrays import to_array, to_levels, to_picture
from ortstyle.pictures.encode import ALPHA, DEEP, EXIF, Encoding
from ortstyle.pictures.icc import srgb
from ortstyle.pictures.metadata import KEYWORD, finished_exif
from ortstyle.pictures.png_tiff16 import write_png, write_tiff

_JPEG_SEGMENT = 65_533  # bytes that hold all of JPEG's EXIF
_LONGEST = 259  # letters of a path, of Windows
_RESIZING = {"ICNS", "ICO"}  # Pillow shrinks or enlarges to an icon's size when it saves these


def check_output(path: str | os.PathLike[str], *, encoding: Encoding = Encoding()) -> Path:  # noqa: B008  frozen
    """Make sure, before the work, that a picture can be saved at ``path``, and as asked.

    A tiny picture is written beside it and removed again.

    Raises
    ------
    OutputError
        The folder is missing or can't be written to, ``path`` is a folder or write-protected, or
        its suffix is not that of a format that holds colour pictures of any size, or of one that
        can't do what ``encoding`` asks.
    """
    target = Path(path)
    with _blaming(target):
        if target.is_dir():
            raise OutputError(f"output {target} is a folder; name a file in it, such as out.png")
        format_ = _format(target)
        encoding.check(format_, target.suffix)
        tiny = Image.new("RGB", (16, 16))
        _try(target, "output", partial(_save, tiny, format_, encoding.options(format_)))
    return target


def check_file(path: Path, what: str, suffixes: Sequence[str]) -> None:
    """Make sure, before the work, that a file other than the picture can be written at `path`.

    Parameters
    ----------
    path
        The file.
    what
        The option that names it, such as "plot".
    suffixes
        It has one of these.

    Raises
    ------
    OutputError
        As for `check_output`.
    """
    with _blaming(path, what):
        if path.suffix.lower() not in suffixes:
            raise OutputError(f"{what} {path} must end in {' or '.join(suffixes)}")
        if path.is_dir():
            raise OutputError(f"{what} {path} is a folder; name a file in it")
        _try(path, what, _bytes(b""))


def _try(target: Path, what: str, write: Callable[[BinaryIO], None]) -> None:
    if sys.platform == "win32" and _is_reserved(target):
        raise OutputError(
            f"{what} {target}: {target.name} is a name that Windows keeps for itself; choose "
            "another"
        )
    real = _real(target)
    if not real.parent.is_dir():
        raise _missing(target, real, what)
    with suppress(FileNotFoundError):
        real.stat()  # the file system refuses some names
        if not os.access(real, os.W_OK):
            raise OutputError(f"{what} {target} is write-protected; choose another name")
        if sys.platform == "win32" and _is_open(real):
            raise OutputError(
                f"{what} {target} is open in another program; close it there, or choose another "
                "name"
            )
    try:
        written = _write(real, write)
        try:
            # Elsewhere the name was tried above; Windows tells only now that it is too long.
            if sys.platform == "win32" and not real.exists():
                written = written.rename(real)
        finally:
            written.unlink()
    except OSError as error:
        if isinstance(error, FileNotFoundError) or _is_long(real):
            raise _missing(target, real, what) from error
        raise


def _is_long(path: Path) -> bool:
    """Tell whether a path, or the temporary file beside it, is one that Windows may not find.

    Since version 10 1607 it can be told to allow longer paths, but no longer names.
    """
    longest = max(len(str(path)), len(str(_temporary(path))))
    return sys.platform == "win32" and longest > _LONGEST


def _missing(target: Path, real: Path, what: str) -> OutputError:
    """Give the error for a place that the system can't find."""
    if _is_long(real):
        return OutputError(
            f"{what} {target} can't be written (its path may be too long for Windows); choose "
            "another place"
        )
    if real.parent.is_file():
        return OutputError(f"{what} {target}: {real.parent} is a file, not a folder")
    return OutputError(f"{what} {target}: its folder does not exist; make it first")


def _is_reserved(path: Path) -> bool:
    """Tell whether Windows takes a name for a device, such as nul.png, or refuses it."""
    if sys.version_info >= (3, 13):
        return os.path.isreserved(path.name)
    return path.is_reserved()


def _is_open(path: Path) -> bool:
    """Tell whether somebody has a file open so that it can't be replaced, as Windows allows."""
    try:
        path.replace(path)
    except PermissionError:
        return True
    return False


def same_file(path: Path, other: Path) -> bool:
    """Tell whether two paths name one file, there already or not."""
    with suppress(OSError):  # one of them is not there
        return path.samefile(other)
    return _real(path) == _real(other)


def _real(path: Path) -> Path:
    """Give the absolute path without links, as far as the system can follow it.

    Windows can't at all where a path is too long for it, or names a device.
    """
    try:
        return path.resolve()
    except OSError:
        return path.absolute()


def save_picture(
    picture: Image.Image | NDArray[np.floating[Any]],
    path: str | os.PathLike[str],
    *,
    encoding: Encoding = Encoding(),  # noqa: B008  frozen
    alpha: Image.Image | None = None,
    icc: bytes | None = None,
    exif: bytes | None = None,
    text: str | None = None,
) -> None:
    """Save a picture so that ``path`` holds either all of it or what was there before.

    The suffix chooses the format. A symbolic link is followed, and the permissions of a file that
    is replaced are kept. What a format can't hold is left out: transparency, profile, EXIF, text.

    Parameters
    ----------
    picture
        A PIL image, or ``(1, 3, H, W)`` floats, RGB, 0–255, of which 16 bits can be written.
    path
        Where to save.
    encoding
        How to write; `Encoding.depth` None is 8 bits here, and `Encoding.icc` the caller's matter.
    alpha
        Mode L, of the picture's size.
    icc
        The profile that the colours are in.
    exif
        As `metadata.carried_exif` gives it.
    text
        ASCII to leave in the file; see `metadata`.

    Raises
    ------
    OutputError
        The picture can't be written there; nothing is left behind.
    """
    target = Path(path)
    with _blaming(target):
        format_ = _format(target)
        encoding.check(format_, target.suffix)
        if format_ in EXIF:
            exif = finished_exif(
                exif,
                comment=None if format_ == "PNG" else text,
                is_srgb=icc is None or icc == srgb(),
                most=_JPEG_SEGMENT if format_ == "JPEG" else None,
            )
        else:
            icc = exif = None
        alpha = alpha if format_ in ALPHA else None
        if encoding.depth == 16:
            levels = _levels(picture, alpha)
            write = partial(_save_deep, levels, format_, icc=icc, exif=exif, text=text)
        else:
            image = picture if isinstance(picture, Image.Image) else to_picture(picture)
            image = image.convert("RGB")
            if alpha:
                image.putalpha(alpha)
            options = encoding.options(format_)
            write = partial(_save, image, format_, options, icc=icc, exif=exif, text=text)
        _replace(target, write)


def save_file(data: bytes, path: Path, what: str) -> None:
    """Save bytes so that `path` holds either all of them or what was there before.

    `what` is the option that names the file, such as "plot".

    Raises
    ------
    OutputError
        The file can't be written there; nothing is left behind.
    """
    with _blaming(path, what):
        _replace(path, _bytes(data))


def _replace(target: Path, write: Callable[[BinaryIO], None]) -> None:
    real = _real(target)
    temporary = _write(real, write)
    try:
        with suppress(FileNotFoundError):
            shutil.copymode(real, temporary)
        temporary.replace(real)
    finally:
        temporary.unlink(missing_ok=True)


def holds_depth(path: str | os.PathLike[str]) -> bool:
    """Tell whether the format that ``path`` asks for holds 16 bits."""
    return Image.registered_extensions().get(Path(path).suffix.lower()) in DEEP


@contextmanager
def _blaming(path: Path, what: str = "output") -> Iterator[None]:
    """Turn whatever goes wrong inside into one line about ``path``."""
    try:
        yield
    except OutputError:
        raise
    # Pillow's encoders refuse a picture with errors of many kinds: OSError, ValueError…
    except Exception as error:
        strerror = error.strerror if isinstance(error, OSError) else None
        reason = strerror or " ".join(str(error).split()) or type(error).__name__
        option = "-o" if what == "output" else f"--{what}"
        raise OutputError(
            f"{what} {path} can't be written ({reason}); choose another place with {option}"
        ) from error


def _format(path: Path) -> str:
    """Pillow's name for the format that ``path`` asks for, proven to hold an RGB picture."""
    if not path.suffix:
        raise OutputError(f"output {path} has no suffix to tell its format; try {path}.png")
    format_ = Image.registered_extensions().get(path.suffix.lower(), "")
    usable = format_ in Image.SAVE and format_ not in _RESIZING
    if usable:
        try:
            Image.new("RGB", (16, 16)).save(io.BytesIO(), format_)
        except Exception:  # noqa: BLE001 - a format that can't, or whose library is missing
            usable = False
    if not usable:
        raise OutputError(
            f"output {path}: no colour picture can be saved as {path.suffix}; "
            "use .png, .jpg, .tif or .webp"
        )
    return format_


def _levels(
    picture: Image.Image | NDArray[np.floating[Any]], alpha: Image.Image | None
) -> NDArray[np.uint16]:
    """Give ``(H, W, 3)`` of 16 bits, or 4 channels with alpha."""
    array = to_array(picture) if isinstance(picture, Image.Image) else picture
    levels = to_levels(array, depth=16)
    if alpha is None:
        return levels
    return np.dstack([levels, np.asarray(alpha, np.uint16) * np.uint16(257)])


def _save_deep(
    levels: NDArray[np.uint16],
    format_: str,
    file: BinaryIO,
    *,
    icc: bytes | None,
    exif: bytes | None,
    text: str | None,
) -> None:
    if format_ == "PNG":
        write_png(file, levels, icc=icc, exif=exif, text={KEYWORD: text} if text else {})
    else:
        write_tiff(file, levels, icc=icc, exif=exif)


def _save(
    image: Image.Image,
    format_: str,
    options: dict[str, Any],
    file: BinaryIO,
    *,
    icc: bytes | None = None,
    exif: bytes | None = None,
    text: str | None = None,
) -> None:
    if text and format_ == "PNG":
        options = options | {"pnginfo": PngInfo()}
        options["pnginfo"].add_itxt(KEYWORD, text)
    if icc:
        options = options | {"icc_profile": icc}
    if exif:
        options = options | {"exif": exif}
    image.save(file, format_, **options)


def _bytes(data: bytes) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        file.write(data)

    return write


def _temporary(target: Path) -> Path:
    """Give a new name beside ``target``."""
    return target.parent / f".ortstyle-{secrets.token_hex(8)}{target.suffix}"


def _write(target: Path, write: Callable[[BinaryIO], None]) -> Path:
    """Write a new file beside ``target``, with the permissions that the umask gives."""
    temporary = _temporary(target)
    try:
        with temporary.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
