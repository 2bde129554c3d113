"""Writing pictures: checked before a run, then written as a whole or not at all."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ortstyle.errors import OutputError
from ortstyle.files import (
    WriteContent,
    check_ordinary,
    check_writable,
    write_atomically,
    writing_errors,
)
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.exif import complete_exif, exif_bytes, lost_tags, shrink_exif
from ortstyle.pictures.exif_tags import USER_COMMENT
from ortstyle.pictures.formats import Format, find_format, format_of
from ortstyle.pictures.icc import srgb_profile
from ortstyle.pictures.iptc import iptc_segment
from ortstyle.pictures.metadata import Carried, Metadata
from ortstyle.pictures.picture import to_array, to_image, to_levels
from ortstyle.pictures.png_write import international_text
from ortstyle.pictures.xmp import xmp_segment

_DEFAULT = Encoding()
_NOTHING = Carried()


def check_output(
    path: str | os.PathLike[str],
    *,
    encoding: Encoding = _DEFAULT,
    temporary_name: str | None = None,
) -> Path:
    """Check before a run that a picture can be saved at ``path`` with ``encoding``.

    A tiny picture is written to a temporary file beside ``path`` and removed again; its name is as
    in `files.write_atomically`.

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
        check_ordinary(target, option="output")
        format_ = find_format(target)
        format_.check(encoding, suffix=target.suffix)
        tiny = Image.new("RGB", (16, 16))
        write = _make_8_bit_writer(tiny, format_, encoding=encoding, metadata=Metadata())
        check_writable(target, write, option="output", temporary_name=temporary_name)
    return target


def check_size(
    path: str | os.PathLike[str], size: tuple[int, int], *, depth: int = 8, has_alpha: bool = False
) -> None:
    """Check before a run that the format of ``path`` holds pictures of the result's size.

    Parameters
    ----------
    path
        The file, whose suffix names a format.
    size
        Width and height of the result.
    depth
        Bits a channel that will be written, 8 or 16.
    has_alpha
        Whether the result is transparent.

    Raises
    ------
    OutputError
        It does not; the message names formats that do.
    """
    target = Path(path)
    try:
        format_of(target).check_size(size, suffix=target.suffix, depth=depth, has_alpha=has_alpha)
    except OutputError as error:
        raise OutputError(f"output {target}: {error}") from None


def describe_colors(path: str | os.PathLike[str]) -> str:
    """Return a notice if the format of ``path`` holds only some colours; otherwise empty."""
    target = Path(path)
    colors = format_of(target).max_colors
    if colors is None:
        return ""
    return f"{target} will have {colors} colours, the most that {target.suffix} holds; .png has all"


def describe_losses(
    path: str | os.PathLike[str],
    *,
    encoding: Encoding = _DEFAULT,
    carried: Carried = _NOTHING,
    text: str | None = None,
) -> str:
    """Return a notice of metadata for which the format of ``path`` has no room; usually empty.

    The arguments are as in `save_picture`. A JPEG holds each kind in one segment of 64 kB.
    """
    target = Path(path)
    format_ = format_of(target)
    if not format_.max_exif_bytes:
        return ""
    carried, text = choose_metadata(encoding, carried, text)
    whole, fitted = (
        fit_metadata(carried, row, icc=None, text=text, size=(1, 1)).exif
        for row in (replace(format_, max_exif_bytes=None), format_)
    )
    tags = lost_tags(whole, fitted) if whole and fitted else set()
    lost = ["the settings of the run"] if text is not None and USER_COMMENT in tags else []
    lost += ["some of the photograph's EXIF"] if tags - {USER_COMMENT} else []
    lost += ["XMP"] if carried.xmp and not xmp_segment(carried.xmp) else []
    lost += ["IPTC"] if carried.iptc and not iptc_segment(carried.iptc) else []
    if not lost:
        return ""
    listed = " and ".join(filter(None, (", ".join(lost[:-1]), lost[-1])))
    return (
        f"{target} will lack {listed}, of which {target.suffix} holds 64 kB; .png and .tif hold all"
    )


def save_picture(
    picture: Image.Image | NDArray[np.floating[Any]],
    path: str | os.PathLike[str],
    *,
    encoding: Encoding = _DEFAULT,
    alpha: Image.Image | None = None,
    icc: bytes | None = None,
    carried: Carried = _NOTHING,
    text: str | None = None,
    temporary_name: str | None = None,
) -> None:
    """Save a picture so that ``path`` holds either all of it or what was there before.

    The suffix chooses the format. A symbolic link is followed, and the permissions of a file that
    is replaced are kept. What a format can't hold is left out: transparency, profile, metadata.

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
    carried
        What the content's file holds beside pixels; `Encoding.metadata` says how much of it is
        written.
    text
        ASCII text to embed in the file, unless `Encoding.metadata` is "none"; None for none. See
        `metadata`.
    temporary_name
        As in `files.write_atomically`.

    Raises
    ------
    OutputError
        The picture can't be written there; nothing is left behind.
    """
    target = Path(path)
    with writing_errors(target):
        format_ = find_format(target)
        format_.check(encoding, suffix=target.suffix)
        size = picture.size if isinstance(picture, Image.Image) else picture.shape[:1:-1]
        check_size(target, (size[0], size[1]), depth=encoding.depth or 8, has_alpha=bool(alpha))
        carried, text = choose_metadata(encoding, carried, text)
        metadata = fit_metadata(carried, format_, icc=icc, text=text, size=(size[0], size[1]))
        alpha = alpha if format_.alpha else None
        if encoding.depth == 16 and format_.write_16_bits:
            levels = _to_levels(picture, alpha, depth=16)
            write: WriteContent = partial(format_.write_16_bits, levels=levels, metadata=metadata)
        elif format_.write_8_bits:
            levels = _to_levels(picture, alpha, depth=8)
            write = partial(format_.write_8_bits, levels=levels, metadata=metadata)
        else:
            image = picture if isinstance(picture, Image.Image) else to_image(picture)
            image = image.convert("RGB")
            if alpha:
                image.putalpha(alpha)
            write = _make_8_bit_writer(image, format_, encoding=encoding, metadata=metadata)
        write_atomically(target, write, temporary_name=temporary_name)


def holds_16_bits(path: str | os.PathLike[str]) -> bool:
    """Return whether the format that the suffix of ``path`` names holds 16 bits a channel."""
    return format_of(Path(path)).write_16_bits is not None


def choose_metadata(
    encoding: Encoding, carried: Carried, text: str | None
) -> tuple[Carried, str | None]:
    """Return what `Encoding.metadata` leaves of the content's metadata and of the text."""
    if encoding.metadata == "none":
        return _NOTHING, None
    return (carried.minimal() if encoding.metadata == "minimal" else carried), text


def fit_metadata(
    carried: Carried, format_: Format, *, icc: bytes | None, text: str | None, size: tuple[int, int]
) -> Metadata:
    """Return the metadata that a format can hold, the text moved to EXIF if it belongs there."""
    resolution = carried.resolution if format_.resolution else None
    if not format_.profile_and_exif:
        return Metadata(resolution=resolution)
    comment = text if format_.text == "EXIF" else None
    exif = None
    if carried.exif or comment is not None or (carried.resolution and not format_.resolution):
        exif = complete_exif(
            carried.exif,
            comment=comment,
            is_srgb=icc is None or icc == srgb_profile(),
            size=size,
            resolution=carried.resolution,
            form=format_.name,
        )
        if format_.max_exif_bytes:
            exif = shrink_exif(exif, format_.max_exif_bytes)
    return Metadata(
        icc=icc,
        exif=exif,
        text=text if format_.text == "iTXt" else None,
        resolution=resolution,
        xmp=carried.xmp,
        iptc=carried.iptc if format_.iptc else None,
    )


def _to_levels(
    picture: Image.Image | NDArray[np.floating[Any]], alpha: Image.Image | None, *, depth: int
) -> NDArray[Any]:
    """Return ``(H, W, 3)`` levels of 8 or 16 bits, or ``(H, W, 4)`` with alpha."""
    if depth == 8 and isinstance(picture, Image.Image):
        levels = np.asarray(picture.convert("RGB"))
    else:
        array = to_array(picture) if isinstance(picture, Image.Image) else picture
        levels = to_levels(array, depth=depth)
    if alpha is None:
        return levels if depth == 16 else levels.astype(np.uint8, copy=False)
    if depth == 16:
        return np.dstack([levels, np.asarray(alpha, np.uint16) * np.uint16(257)])
    return np.dstack([levels.astype(np.uint8, copy=False), np.asarray(alpha)])


def _make_8_bit_writer(
    image: Image.Image, format_: Format, *, encoding: Encoding, metadata: Metadata
) -> WriteContent:
    """Return a function that writes an image of 8 bits into an open file with Pillow."""
    options = format_.pillow_options(encoding)
    if format_.name == "PNG":
        options["pnginfo"] = PngInfo()
        for keyword, text in international_text(metadata).items():
            options["pnginfo"].add_itxt(keyword, text)
    elif format_.name == "JPEG":  # Pillow writes these segments as they are
        options["extra"] = xmp_segment(metadata.xmp) + iptc_segment(metadata.iptc)
    elif metadata.xmp:
        options["xmp"] = metadata.xmp
    if metadata.icc:
        options["icc_profile"] = metadata.icc
    if metadata.exif:
        options["exif"] = exif_bytes(metadata.exif)
    if metadata.resolution:
        options["dpi"] = metadata.resolution

    def write(file: BinaryIO) -> None:
        image.save(file, format_.name, **options)

    return write
