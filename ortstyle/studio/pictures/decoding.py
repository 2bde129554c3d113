"""What is done with pictures' files in the process that reads pictures: see `reader`.

Nothing here may be called in the server's own process: the files come from strangers.
"""

import json
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeAlias

from PIL import Image

from ortstyle.files import write_atomically
from ortstyle.pictures.alpha import remove_white
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.file_kinds import HEAD_BYTES, find_kind
from ortstyle.pictures.icc import srgb_profile
from ortstyle.pictures.metadata import Carried, embedded_text, read_carried
from ortstyle.pictures.picture import Picture, to_image
from ortstyle.pictures.picture_file import open_picture
from ortstyle.pictures.pillow_guard import pixel_limit, reading_errors
from ortstyle.pictures.png_copy import copy_png
from ortstyle.pictures.read import read_picture
from ortstyle.pictures.source_file import label_of, open_source
from ortstyle.pictures.write import save_picture
from ortstyle.settings.serialization import without_folders

if TYPE_CHECKING:
    from ortstyle.studio.pictures.film_decoding import FilmDecoder

LARGEST_VIEW = 2048  # pixels
ROLE = "picture"
"""What error messages begin with, followed by the path."""

Metadata: TypeAlias = Literal["keep", "minimal", "none"]

_QUALITY = 88  # of the JPEG of a view

_SUFFIXES = {
    "AVIF": ".avif",
    "BMP": ".bmp",
    "GIF": ".gif",
    "HEIC": ".heic",
    "JPEG": ".jpg",
    "JPEG 2000": ".jp2",
    "PNG": ".png",
    "Photoshop": ".psd",
    "QOI": ".qoi",
    "TIFF": ".tif",
    "WebP": ".webp",
}
"""Suffixes by the names of `file_kinds.find_kind`."""
_OTHER_SUFFIX = ".img"


class Decoder:
    """Reads pictures from strangers, and keeps the last one, reduced, for its next view.

    Parameters
    ----------
    max_pixels
        Largest number of pixels that a picture may have.

    Raises
    ------
    PictureError
        From every method: the file is no picture, is damaged or too large.
    OSError, OutputError
        From methods that write: the file can't be written.
    """

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._last: tuple[tuple[int, ...], Picture] | None = None

    @cached_property
    def films(self) -> "FilmDecoder":
        """Reads films; made when the first one comes, because of what it loads."""
        from ortstyle.studio.pictures.film_decoding import FilmDecoder  # noqa: PLC0415

        return FilmDecoder(self._max_pixels)

    def inspect(self, path: Path) -> dict[str, Any]:
        """Return "suffix", "width" and "height" of a picture, after it was decoded to its end.

        The size is that of the upright picture.
        """
        width, height = self._reduced(path).proportions
        with path.open("rb") as file:
            kind = find_kind(file.read(HEAD_BYTES))
        suffix = _SUFFIXES.get(kind.name if kind else "", _OTHER_SUFFIX)
        return {"suffix": suffix, "width": width, "height": height}

    def view(self, path: Path, out: Path, *, side: int) -> dict[str, Any]:
        """Write a picture in sRGB and without metadata; return "suffix" of the file written.

        It is a JPEG, or a PNG where it is transparent.

        Parameters
        ----------
        path
            The picture.
        out
            Where to write it, without suffix.
        side
            The longest side in pixels, at most; a smaller picture keeps its size.
        """
        picture = self._reduced(path).shrink_to_side(min(side, LARGEST_VIEW))
        image, suffix, options = _flat(picture), ".jpg", {"quality": _QUALITY}
        if picture.alpha is not None:
            pixels, alpha = remove_white(picture.pixels, picture.alpha)
            image, suffix, options = to_image(pixels), ".png", {}
            image.putalpha(alpha)
        form = "PNG" if suffix == ".png" else "JPEG"

        def write(file: BinaryIO) -> None:
            image.save(file, form, **options)

        write_atomically(out.with_name(f"{out.name}{suffix}"), write)
        return {"suffix": suffix}

    def download(self, path: Path, out: Path, *, metadata: Metadata) -> dict[str, Any]:
        """Write a result with some of its metadata, in the format that the suffix of `out` names.

        A PNG keeps its pixels and its colour profile as they are; a JPEG is in sRGB, on white.

        Parameters
        ----------
        path
            The result, a PNG.
        out
            Where to write it: ".png" or ".jpg".
        metadata
            As in `Encoding.metadata`.
        """
        encoding = Encoding(metadata=metadata)
        carried, text = self._read_metadata(path)
        text = _without_folders(text) if metadata == "minimal" else text
        if out.suffix == ".png":
            with path.open("rb") as file:
                copy = partial(copy_png, file, carried=carried, text=text, encoding=encoding)
                write_atomically(out, copy)
        else:
            image = _flat(read_picture(path, name=ROLE, max_pixels=self._max_pixels))
            save_picture(
                image, out, encoding=encoding, icc=srgb_profile(), carried=carried, text=text
            )
        return {}

    def _reduced(self, path: Path) -> Picture:
        """Return a picture reduced to the largest view, also if it has been moved since."""
        found = path.stat()
        identity = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        if self._last is None or self._last[0] != identity:
            self._last = None  # which frees its memory
            picture = read_picture(path, name=ROLE, max_pixels=self._max_pixels, side=LARGEST_VIEW)
            self._last = identity, picture.shrink_to_side(LARGEST_VIEW)
        return self._last[1]

    def _read_metadata(self, path: Path) -> tuple[Carried, str | None]:
        """Return what a copy of a picture takes from it beside its pixels, and the settings."""
        label = label_of(ROLE, path)
        with (
            pixel_limit(self._max_pixels),
            reading_errors(label, max_pixels=self._max_pixels),
            open_source(path, label=label) as file,
        ):
            metadata = open_picture(file, label).metadata
            return read_carried(metadata, file), embedded_text(metadata)


def _flat(picture: Picture) -> Image.Image:
    """Return a picture as an image of mode RGB, with transparency flattened on white."""
    return picture.planes[0] if picture.depth == 8 else to_image(picture.pixels)


def _without_folders(text: str | None) -> str | None:
    """Return the embedded text without the folders of this machine; None if it is not ours."""
    try:
        provenance = json.loads(text or "")
        settings = without_folders(provenance["settings"])
        return json.dumps({**provenance, "settings": settings})
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
