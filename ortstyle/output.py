"""Pictures out to files: tried before the work, then written all or nothing."""

import io
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from PIL import Image

from ortstyle.errors import OutputError

_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "AVIF": {"quality": 90, "subsampling": "4:4:4"},
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "WEBP": {"quality": 95},
}
_RESIZING = {"ICNS", "ICO"}  # Pillow shrinks or enlarges to an icon's size when it saves these


def check_output(path: str | os.PathLike[str]) -> Path:
    """Make sure, before the work, that a picture can be saved at ``path``.

    A tiny picture is written beside it and removed again.

    Raises
    ------
    OutputError
        The folder is missing or can't be written to, ``path`` is a folder or write-protected, or
        its suffix is not that of a format that holds colour pictures of any size.
    """
    target = Path(path)
    with _blaming(target):
        if target.is_dir():
            raise OutputError(f"output {target} is a folder; name a file in it, such as out.png")
        format_ = _format(target)
        real = target.resolve()
        if not real.parent.exists():
            raise OutputError(f"output {target}: its folder does not exist; make it first")
        with suppress(FileNotFoundError):
            real.stat()  # the file system refuses some names
            if not os.access(real, os.W_OK):
                raise OutputError(f"output {target} is write-protected; choose another name")
        _write(Image.new("RGB", (16, 16)), real, format_).unlink()
    return target


def same_file(path: Path, other: Path) -> bool:
    """Tell whether two paths name one file, there already or not."""
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there
        return os.path.realpath(path) == os.path.realpath(other)


def save_picture(image: Image.Image, path: str | os.PathLike[str]) -> None:
    """Save a picture so that ``path`` holds either all of it or what was there before.

    The suffix chooses the format; JPEG is written at quality 95 without chroma subsampling. A
    symbolic link is followed, and the permissions of a file that is replaced are kept.

    Raises
    ------
    OutputError
        The picture can't be written there; nothing is left behind.
    """
    target = Path(path)
    with _blaming(target):
        format_ = _format(target)
        real = target.resolve()
        temporary = _write(image.convert("RGB"), real, format_)
        try:
            with suppress(FileNotFoundError):
                shutil.copymode(real, temporary)
            temporary.replace(real)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong inside into one line about ``path``."""
    try:
        yield
    except OutputError:
        raise
    # Pillow's encoders refuse a picture with errors of many kinds: OSError, ValueError…
    except Exception as error:
        strerror = error.strerror if isinstance(error, OSError) else None
        reason = strerror or " ".join(str(error).split()) or type(error).__name__
        raise OutputError(
            f"output {path} can't be written ({reason}); choose another place with -o"
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


def _write(image: Image.Image, target: Path, format_: str) -> Path:
    """Write a new file beside ``target``, with the permissions that the umask gives."""
    temporary = target.parent / f".ortstyle-{secrets.token_hex(8)}{target.suffix}"
    try:
        with temporary.open("xb") as file:
            image.save(file, format_, **_SAVE_OPTIONS.get(format_, {}))
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
