"""Safe use of Pillow on untrusted files.

Pictures with too many pixels are refused before they are decoded, and any error becomes a
`PictureError` of one line.
"""

import logging
import lzma
import os
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError, __version__ as pillow_version

from ortstyle.errors import PictureError
from ortstyle.pictures.file_kinds import HEAD_BYTES, find_kind
from ortstyle.pictures.psd import describe_unsupported

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

_UNSUPPORTED = ("unknown", "unsupported", "unimplemented")
"""How Pillow's reasons begin for kinds that it knows and does not decode."""

_SAYING = (OSError, SyntaxError, zlib.error, lzma.LZMAError)
"""Errors whose messages are about the file; those of others are about Python's own types."""
_SAYING_UNSUPPORTED = (*_SAYING, ValueError, NotImplementedError)

_lock = threading.Lock()


@contextmanager
def pixel_limit(max_pixels: int) -> Iterator[None]:
    """Let Pillow open pictures of up to ``max_pixels`` within the context, and say nothing.

    Pillow warns above ``Image.MAX_IMAGE_PIXELS`` and refuses above twice that. Both this number and
    the filters of warnings belong to the whole process. Pictures are therefore opened one at a
    time, and the number is changed only for a limit above Pillow's own. What Pillow logs is printed
    only if the program has asked for it.
    """
    silence, log = logging.NullHandler(), logging.getLogger("PIL")
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log.addHandler(silence)
        pillow_limit = Image.MAX_IMAGE_PIXELS
        if pillow_limit is not None and max_pixels > 2 * pillow_limit:
            Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = pillow_limit
            log.removeHandler(silence)


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
        reason = " ".join(str(error).split())
        is_known = isinstance(error, _SAYING_UNSUPPORTED)
        if is_known and reason.lower().startswith(_UNSUPPORTED):
            raise PictureError(
                f"{label} is damaged, or of a kind that is not supported ({reason}); convert it to "
                "PNG"
            ) from error
        why = f" ({reason})" if reason and isinstance(error, _SAYING) else ""
        raise PictureError(f"{label} is damaged or cut short{why}; get a fresh copy") from error


def open_image(file: BinaryIO, *, label: str) -> Image.Image:
    """Open an image with Pillow without decoding it; error messages begin with ``label``.

    Raises
    ------
    PictureError
        It is of a kind that is not supported, such as a video, or a program and no picture.
    Exception
        Anything that Pillow raises; see `reading_errors`.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    kind = find_kind(head)
    if kind and kind.advice:
        raise PictureError(f"{label} is {kind.name}, which is not supported; {kind.advice}")
    if kind and kind.name == "HEIC":
        _learn_heif(label)
    file.seek(0)
    try:
        image = Image.open(file)
    except UnidentifiedImageError as error:
        if kind is None:
            raise
        if kind.name == "AVIF" and "AVIF" not in Image.OPEN:
            raise PictureError(
                f"{label} is AVIF, which Pillow {pillow_version} does not read; install a newer "
                'one: pip install --upgrade "pillow>=11.3"'
            ) from error
        if kind.name == "Photoshop" and (what := describe_unsupported(head)):
            raise PictureError(
                f"{label} {what}, which is not supported; save a flat copy as 16-bit TIFF"
            ) from error
        raise PictureError(
            f"{label} begins as {kind.name} but is damaged or cut short; get a fresh copy"
        ) from error
    if why := _REFUSED.get(image.format or ""):
        raise PictureError(f"{label} is {why}; convert it to PNG")
    return image


def _learn_heif(label: str) -> None:
    """Let Pillow open HEIC, which another package decodes."""
    try:
        import pillow_heif  # noqa: PLC0415  an extra
    except ImportError as error:
        raise PictureError(
            f"{label} is HEIC, which needs another package: pip install pillow-heif"
        ) from error
    if "HEIF" not in Image.OPEN:
        pillow_heif.register_heif_opener()


def check_pixel_count(width: int, height: int, *, max_pixels: int) -> None:
    """Raise Pillow's `DecompressionBombError` if a picture has more than ``max_pixels`` pixels.

    `reading_errors` turns it into a `PictureError`.
    """
    if width * height > max_pixels:
        raise Image.DecompressionBombError
