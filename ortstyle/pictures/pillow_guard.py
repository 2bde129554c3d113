"""Opening files with Pillow: what is too large, and what goes wrong, in one line."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ortstyle.errors import PictureError

MAX_PIXELS = 178_956_970
"""Above this Pillow itself raises an error: a header of a few bytes can claim any size."""

_lock = threading.Lock()


@contextmanager
def guarded(max_pixels: int) -> Iterator[None]:
    """Silence Pillow's warnings and let ``max_pixels`` through its guard, for a while.

    Both are process-wide, so pictures are opened one at a time and the guard is touched only for
    a limit above its own. Pillow warns above MAX_IMAGE_PIXELS and refuses above twice that.
    """
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        guard = Image.MAX_IMAGE_PIXELS
        if guard is not None and max_pixels > 2 * guard:
            Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = guard


@contextmanager
def blaming(label: str, max_pixels: int) -> Iterator[None]:
    """Turn whatever goes wrong inside into one line about ``label``."""
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
    # Pillow's plugins meet damage with errors of many kinds: OSError, SyntaxError, struct.error…
    except Exception as error:
        if isinstance(error, OSError) and error.strerror:
            raise PictureError(f"{label} can't be read ({error.strerror}); check it") from error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise PictureError(
            f"{label} is damaged or cut short ({reason}); get a fresh copy"
        ) from error


def open_file(path: Path, label: str) -> Image.Image:
    """Open a file, not yet decoded; `label` begins the errors."""
    if path.is_dir():
        raise PictureError(f"{label} is a folder; name a picture in it")
    if path.is_file() and path.stat().st_size == 0:
        raise PictureError(f"{label} is empty; get a fresh copy")
    return Image.open(path)


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise what `blaming` turns into an error where a picture has too many pixels."""
    if width * height > max_pixels:
        raise Image.DecompressionBombError
