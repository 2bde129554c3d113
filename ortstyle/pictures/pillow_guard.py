"""Safe use of Pillow on untrusted files.

Pictures with too many pixels are refused before they are decoded, and any error becomes a
`PictureError` of one line.
"""

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from ortstyle.errors import PictureError

MAX_PIXELS = 178_956_970
"""Default limit on the number of pixels of a picture, because a header can claim any size.

Pillow itself raises an error above this number.
"""

_REFUSED = {
    "EPS": "a PostScript program, which Ghostscript would run",
    "IPTC": "an IPTC record, which may hold such a program",
    "WMF": "a list of drawing commands, which Windows would run",
}
"""Formats that are run instead of decoded, or hold others that are, by Pillow's names."""

_lock = threading.Lock()


@contextmanager
def pixel_limit(max_pixels: int) -> Iterator[None]:
    """Let Pillow open pictures of up to ``max_pixels`` within the context, without warnings.

    Pillow warns above ``Image.MAX_IMAGE_PIXELS`` and refuses above twice that. Both this number and
    the filters of warnings belong to the whole process. Pictures are therefore opened one at a
    time, and the number is changed only for a limit above Pillow's own.
    """
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pillow_limit = Image.MAX_IMAGE_PIXELS
        if pillow_limit is not None and max_pixels > 2 * pillow_limit:
            Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = pillow_limit


@contextmanager
def without_pixel_limit() -> Iterator[None]:
    """Let Pillow decode parts of a picture whose size was checked, inside `pixel_limit`."""
    pillow_limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = pillow_limit


@contextmanager
def silent_libraries() -> Iterator[None]:
    """Keep libtiff from printing its complaints, which it writes to file descriptor 2 itself.

    The descriptor belongs to the whole process, so nothing else may take long inside.
    """
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  no path, on Windows
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def reading_errors(label: str, *, max_pixels: int) -> Iterator[None]:
    """Turn any error raised inside into a one-line `PictureError` that begins with ``label``.

    The message for a picture that is too large names ``max_pixels``.
    """
    try:
        yield
    except PictureError:
        raise
    except FileNotFoundError as error:
        raise PictureError(f"{label} does not exist; check the path") from error
    except PermissionError as error:
        raise PictureError(f"{label} may not be read; change its permissions") from error
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"{label} has more than {max_pixels} pixels; if you trust it, raise --max-pixels"
        ) from error
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{label} is not a picture in a known format; convert it to PNG or JPEG"
        ) from error
    # Pillow's plugins raise errors of many kinds on damage: OSError, SyntaxError, struct.error…
    except Exception as error:
        if isinstance(error, OSError) and error.strerror:
            raise PictureError(f"{label} can't be read ({error.strerror}); check it") from error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise PictureError(
            f"{label} is damaged or cut short ({reason}); get a fresh copy"
        ) from error


def open_file(path: Path, *, label: str) -> BinaryIO:
    """Open a picture's file; error messages begin with ``label``.

    Raises
    ------
    PictureError
        The path is a folder, or the file is empty.
    OSError
        The file can't be opened; see `reading_errors`.
    """
    if path.is_dir():
        raise PictureError(f"{label} is a folder; name a picture in it")
    if path.is_file() and path.stat().st_size == 0:
        raise PictureError(f"{label} is empty; get a fresh copy")
    return path.open("rb")


def open_image(file: BinaryIO, *, label: str) -> Image.Image:
    """Open an image with Pillow without decoding it; error messages begin with ``label``.

    Raises
    ------
    PictureError
        It is a program and no picture.
    Exception
        Anything that Pillow raises; see `reading_errors`.
    """
    file.seek(0)
    image = Image.open(file)
    if why := _REFUSED.get(image.format or ""):
        raise PictureError(f"{label} is {why}; convert it to PNG")
    return image


def check_pixel_count(width: int, height: int, *, max_pixels: int) -> None:
    """Raise Pillow's `DecompressionBombError` if a picture has more than ``max_pixels`` pixels.

    `reading_errors` turns it into a `PictureError`.
    """
    if width * height > max_pixels:
        raise Image.DecompressionBombError
