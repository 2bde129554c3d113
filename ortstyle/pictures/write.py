"""Writing pictures: checked before a run, then written as a whole or not at all."""

import os
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ortstyle.errors import OutputError
from ortstyle.files import WriteContent, check_writable, write_atomically, writing_errors
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.formats import Format, find_format, format_of
from ortstyle.pictures.icc import srgb_profile
from ortstyle.pictures.metadata import KEYWORD, Metadata, complete_exif
from ortstyle.pictures.picture import to_array, to_image, to_levels

_DEFAULT = Encoding()


def check_output(path: str | os.PathLike[str], *, encoding: Encoding = _DEFAULT) -> Path:
    """Check before a run that a picture can be saved at ``path`` with ``encoding``.

    A tiny picture is written to a temporary file beside ``path`` and removed again.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    OutputError
        The folder is missing or can't be written to; ``path`` is a folder or write-protected; its
        suffix names no format for colour pictures of any size; or the format does not support
        ``encoding``.
    """
    target = Path(path)
    with writing_errors(target):
        if target.is_dir():
            raise OutputError(f"output {target} is a folder; name a file in it, such as out.png")
        format_ = find_format(target)
        format_.check(encoding, suffix=target.suffix)
        tiny = Image.new("RGB", (16, 16))
        write = _make_8_bit_writer(tiny, format_, encoding=encoding, metadata=Metadata())
        check_writable(target, write, option="output")
    return target


def save_picture(
    picture: Image.Image | NDArray[np.floating[Any]],
    path: str | os.PathLike[str],
    *,
    encoding: Encoding = _DEFAULT,
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
        A PIL image, of 8 bits a channel, or ``(1, 3, H, W)`` floats, RGB, 0–255.
    path
        The file.
    encoding
        How the file is encoded. A `depth` of None means 8 bits here. `Encoding.icc` is ignored: the
        caller converts the colours.
    alpha
        The transparency, of mode L and the picture's size; None for an opaque picture.
    icc
        The profile that the colours are in; None for none.
    exif
        EXIF as `metadata.read_exif` returns it; None for none.
    text
        ASCII text to embed in the file; None for none. See `metadata`.

    Raises
    ------
    OutputError
        The picture can't be written there; nothing is left behind.
    """
    target = Path(path)
    with writing_errors(target):
        format_ = find_format(target)
        format_.check(encoding, suffix=target.suffix)
        metadata = _fit_metadata(Metadata(icc=icc, exif=exif, text=text), format_)
        alpha = alpha if format_.alpha else None
        if encoding.depth == 16 and format_.write_16_bits:
            write: WriteContent = partial(
                format_.write_16_bits, levels=_to_16_bits(picture, alpha), metadata=metadata
            )
        else:
            image = picture if isinstance(picture, Image.Image) else to_image(picture)
            image = image.convert("RGB")
            if alpha:
                image.putalpha(alpha)
            write = _make_8_bit_writer(image, format_, encoding=encoding, metadata=metadata)
        write_atomically(target, write)


def holds_16_bits(path: str | os.PathLike[str]) -> bool:
    """Return whether the format that the suffix of ``path`` names holds 16 bits a channel."""
    return format_of(Path(path)).write_16_bits is not None


def _fit_metadata(metadata: Metadata, format_: Format) -> Metadata:
    """Return the metadata that a format can hold, the text moved to EXIF if it belongs there."""
    text = metadata.text if format_.text == "iTXt" else None
    if not format_.profile_and_exif:
        return Metadata(text=text)
    exif = complete_exif(
        metadata.exif,
        comment=metadata.text if format_.text == "EXIF" else None,
        is_srgb=metadata.icc is None or metadata.icc == srgb_profile(),
        max_bytes=format_.max_exif_bytes,
    )
    return Metadata(icc=metadata.icc, exif=exif, text=text)


def _to_16_bits(
    picture: Image.Image | NDArray[np.floating[Any]], alpha: Image.Image | None
) -> NDArray[np.uint16]:
    """Return ``(H, W, 3)`` levels of 16 bits, or ``(H, W, 4)`` with alpha."""
    array = to_array(picture) if isinstance(picture, Image.Image) else picture
    levels = to_levels(array, depth=16)
    if alpha is None:
        return levels
    return np.dstack([levels, np.asarray(alpha, np.uint16) * np.uint16(257)])


def _make_8_bit_writer(
    image: Image.Image, format_: Format, *, encoding: Encoding, metadata: Metadata
) -> WriteContent:
    """Return a function that writes an image of 8 bits into an open file with Pillow."""
    options = format_.pillow_options(encoding)
    if metadata.text:
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt(KEYWORD, metadata.text)
    if metadata.icc:
        options["icc_profile"] = metadata.icc
    if metadata.exif:
        options["exif"] = metadata.exif

    def write(file: BinaryIO) -> None:
        image.save(file, format_.name, **options)

    return write
