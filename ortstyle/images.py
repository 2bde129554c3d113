"""Pictures in files, in Pillow and in arrays.

Inside ortstyle a picture is a ``(1, 3, H, W)`` float32 array, RGB, 0–255. Outside it is whatever
Pillow opens, or an array. Everything read passes through the same steps: orient, flatten, 8 bits.
"""

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from ortstyle.errors import PictureError, SettingsError
from ortstyle.output import check_output, save_picture

__all__ = [
    "MAX_PIXELS",
    "Source",
    "check_output",
    "fit",
    "open_picture",
    "save_picture",
    "scaled_size",
    "to_array",
    "to_picture",
]

Source: TypeAlias = str | os.PathLike[str] | Image.Image | npt.NDArray[Any]

MAX_PIXELS = 178_956_970
"""Above this Pillow itself raises an error: a header of a few bytes can claim any size."""

_pillow_lock = threading.Lock()


def open_picture(
    source: Source, *, name: str = "picture", max_pixels: int = MAX_PIXELS
) -> Image.Image:
    """Open a picture as 8-bit RGB, upright and opaque.

    EXIF orientation is applied, transparency flattened on white, the first frame of an animation
    taken. Greyscale of 16 bits is scaled to 8. Pillow's mode ``I`` counts as 16 bits unless it
    holds more; mode ``F`` as 0–1, 0–255 or 0–65535, the smallest that holds its values.

    Parameters
    ----------
    source
        A file, a PIL image, or an array of shape ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``:
        uint8, uint16, or floats in 0–1. The caller's object is left as it is.
    name
        What the picture is for; begins the error messages.
    max_pixels
        Most pixels to accept, checked before anything is decoded.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, with no metadata.

    Raises
    ------
    PictureError
        The source is missing, unreadable, damaged, empty, too large, or of an unsupported kind.
    """
    if isinstance(source, np.ndarray):
        source = _from_array(source, name)
    if isinstance(source, Image.Image):
        with _pillow(max_pixels), _blaming(name, max_pixels):
            return _decode(source, name, max_pixels)
    if not isinstance(source, str | os.PathLike):
        raise PictureError(f"{name}: {type(source).__name__} is no path, PIL image or NumPy array")
    label = f"{name} {os.fspath(source)}"
    with _pillow(max_pixels), _blaming(label, max_pixels), _open(Path(source), label) as image:
        return _decode(image, label, max_pixels)


def scaled_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height in pixels once the longer of them is ``side``.

    Each is ``int(dim / max(width, height) * side)``, in this order of operations, as in the
    published implementation (neural-style), but at least 1.

    Raises
    ------
    SettingsError
        ``side`` is less than 1.
    """
    if side < 1:
        raise SettingsError(f"size {side} is too small; give the longest side in pixels, 1 or more")
    width, height = (max(1, int(dim / max(size) * side)) for dim in size)
    return width, height


def fit(
    image: Image.Image, side: int, *, resample: Image.Resampling = Image.Resampling.BILINEAR
) -> Image.Image:
    """Resize so that the longest side is ``side`` pixels; small pictures are enlarged.

    Raises
    ------
    SettingsError
        ``side`` is less than 1.
    """
    return image.resize(scaled_size(image.size, side), resample)


def to_array(image: Image.Image) -> npt.NDArray[np.float32]:
    """Turn a picture into a contiguous ``(1, 3, H, W)`` float32 array, RGB, 0–255."""
    pixels = np.asarray(image.convert("RGB"), np.float32)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def to_picture(array: npt.NDArray[np.floating[Any]]) -> Image.Image:
    """Turn ``(1, 3, H, W)`` or ``(3, H, W)`` floats, RGB, 0–255, into a picture.

    Values are clipped and rounded to the nearest integer, halves to the even one; the published
    implementation cuts the fraction off, which darkens by half a level.

    Raises
    ------
    PictureError
        The array has another shape, or holds NaN.
    """
    planes = array[0] if array.ndim == 4 and len(array) == 1 else array
    if planes.ndim != 3 or len(planes) != 3 or planes.size == 0:
        raise PictureError(f"array of shape {array.shape}: a picture is (1, 3, H, W) or (3, H, W)")
    if np.isnan(planes).any():
        raise PictureError("array holds NaN: it is no picture; lower the weights that led to it")
    pixels = np.rint(np.clip(planes, 0, 255)).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))


@contextmanager
def _pillow(max_pixels: int) -> Iterator[None]:
    """Silence Pillow's warnings and let ``max_pixels`` through its guard, for a while.

    Both are process-wide, so pictures are opened one at a time and the guard is touched only for
    a limit above its own. Pillow warns above MAX_IMAGE_PIXELS and refuses above twice that.
    """
    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        guard = Image.MAX_IMAGE_PIXELS
        if guard is not None and max_pixels > 2 * guard:
            Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = guard


@contextmanager
def _blaming(label: str, max_pixels: int) -> Iterator[None]:
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


def _open(path: Path, label: str) -> Image.Image:
    if path.is_dir():
        raise PictureError(f"{label} is a folder; name a picture in it")
    if path.is_file() and path.stat().st_size == 0:
        raise PictureError(f"{label} is empty; get a fresh copy")
    return Image.open(path)


def _decode(image: Image.Image, label: str, max_pixels: int) -> Image.Image:
    width, height = image.size
    if width * height == 0:
        raise PictureError(f"{label} is {width}×{height}: it has no pixels")
    if width * height > max_pixels:
        raise Image.DecompressionBombError
    rgb = _rgb(_upright(image), label)
    rgb.info = {}
    return rgb


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - the metadata is damaged in whatever way, the picture is not
        return image.copy()


def _rgb(image: Image.Image, label: str) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        grey = _grey(image, label)
        key = image.info.get("transparency")
        if isinstance(key, int):
            grey[np.asarray(image) == key] = 255
        return Image.fromarray(grey).convert("RGB")
    if image.has_transparency_data:
        if image.mode == "La":
            image = image.convert("LA")
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        return converted or image
    return image.convert("RGB")


def _grey(image: Image.Image, label: str) -> npt.NDArray[np.uint8]:
    """Scale a deep greyscale image to ``(H, W)`` uint8; Pillow's convert would clip it."""
    levels = np.asarray(image).astype(np.float64)
    if not np.isfinite(levels).all():
        raise PictureError(f"{label} holds NaN or infinite values; replace them")
    scales = {"F": (1, 255, 65535), "I": (65535, 2**31 - 1)}.get(image.mode, (65535,))
    top = levels.max()
    white = next((scale for scale in scales if top <= scale), top)
    return np.rint(np.clip(levels, 0, None) * (255 / white)).astype(np.uint8)


def _from_array(array: npt.NDArray[Any], label: str) -> Image.Image:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise PictureError(
            f"{label}: shape {array.shape} is no picture's; use (H, W), (H, W, 3) or (H, W, 4)"
        )
    if array.size == 0:
        raise PictureError(f"{label}: shape {array.shape} has no pixels")
    if array.dtype == np.uint16:
        array = array / 65535
    if np.issubdtype(array.dtype, np.floating):
        if not np.isfinite(array).all():
            raise PictureError(f"{label}: the array holds NaN or infinite values; replace them")
        if array.min() < 0 or array.max() > 1:
            raise PictureError(f"{label}: floats must lie in 0–1; divide by 255, or clip")
        array = np.rint(array * 255).astype(np.uint8)
    if array.dtype != np.uint8:
        raise PictureError(
            f"{label}: {array.dtype} arrays are not supported; use uint8, uint16, or floats in 0–1"
        )
    return Image.fromarray(np.ascontiguousarray(array))
