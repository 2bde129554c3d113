"""Opening of a TIFF, which is read by its tags and not by Pillow's modes."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO

from PIL import ExifTags, Image

from ortstyle.pictures.decode import Decoded, range_notice
from ortstyle.pictures.strips import join, reduction, regroup, strip_rows
from ortstyle.pictures.tiff_colors import (
    Whites,
    decode_samples,
    depends_on_values,
    largest_values,
    whites,
)
from ortstyle.pictures.tiff_layout import Photometric, TiffLayout
from ortstyle.pictures.tiff_pages import TiffPictures
from ortstyle.pictures.tiff_rows import read_rows

PREFIXES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""The first bytes of a TIFF."""

_SIGNED = {Photometric.BLACK_IS_ZERO, Photometric.WHITE_IS_ZERO, Photometric.RGB, Photometric.CMYK}
"""Colours of which 0 is an end of the range, so that nothing is below it."""


def tiff_metadata(file: BinaryIO, pictures: TiffPictures) -> Image.Image:
    """Return an image that has the metadata of a TIFF's picture.

    Pillow opens only the kinds that it can decode; for the others an image of one pixel has the
    picture's profile and EXIF.
    """
    with suppress(Exception):
        file.seek(0)
        opened = Image.open(file, formats=["TIFF"])
        if pictures.index is not None:
            opened.seek(pictures.index)
            return opened
    image = Image.new("L", (1, 1))
    if pictures.profile:
        image.info["icc_profile"] = pictures.profile
    exif = image.getexif()
    with suppress(Exception):
        exif.endian, exif.bigtiff = pictures.byte_order, pictures.big
        exif.load_from_fp(file, pictures.offset)
    if ExifTags.Base.Orientation not in exif:
        exif[ExifTags.Base.Orientation] = pictures.orientation
    return image


def decode_tiff(
    file: BinaryIO, layout: TiffLayout, label: str, *, profile: bytes, side: int | None = None
) -> Decoded:
    """Decode a picture of a TIFF.

    Parameters
    ----------
    file
        The file.
    layout
        How the picture is stored.
    label
        Error messages begin with it.
    profile
        The colour profile of its pixels; empty for sRGB.
    side
        The longest side to which the picture will be resized, as `read.read_picture` takes it.

    Raises
    ------
    PictureError
        The picture holds NaN or infinite values.
    OSError
        The file is damaged or cut short.
    """
    size = (layout.width, layout.height)
    deep = layout.bits > 8 or layout.kind != "uint"
    factor = reduction(size, side) if deep else 1
    white, notice = _whites(file, layout, label)

    def decoded() -> Iterator[Decoded]:
        for samples in regroup(read_rows(file, layout), strip_rows(size, factor)):
            yield decode_samples(samples, layout, label, white=white, profile=profile)

    found = join(decoded(), size, factor=factor)
    return replace(found, notice="; ".join(filter(None, (found.notice, notice))))


def _whites(file: BinaryIO, layout: TiffLayout, label: str) -> tuple[Whites, str]:
    """Return what stands for white, and a notice if the picture is dark by it, or has less than 0.

    All values are read where it depends on them.
    """
    below = ""
    if layout.kind == "int" and layout.photometric in _SIGNED:
        colors = (rows[..., : layout.colors] for rows in read_rows(file, layout))
        ends = [(int(rows.min()), int(rows.max())) for rows in colors]
        lowest, top = min(low for low, _ in ends), max(high for _, high in ends)
        if lowest < 0:
            below = f"its values are signed, and those below 0, down to {lowest}, count as 0"
    if not depends_on_values(layout):
        white = whites(layout)
        dark = range_notice(top, white.colors) if layout.kind == "int" and below == "" else ""
        return white, below or dark
    found = [largest_values(samples, layout, label) for samples in read_rows(file, layout)]
    colors, alpha = (max(values) for values in zip(*found, strict=True))
    white = whites(layout, (colors, alpha))
    is_dark = layout.kind == "float" or colors < white.colors / 4
    said = range_notice(colors, white.colors) if is_dark else ""
    return white, "; ".join(filter(None, (said, below)))
