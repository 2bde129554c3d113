"""Opening of a TIFF, which is read by its tags and not by Pillow's modes."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO

from PIL import ExifTags, Image

from ortstyle.pictures.decode import Decoded
from ortstyle.pictures.strips import join, reduction, regroup, strip_rows
from ortstyle.pictures.tiff_colors import (
    Whites,
    decode_samples,
    depends_on_values,
    extremes,
    whites,
)
from ortstyle.pictures.tiff_layout import TiffLayout
from ortstyle.pictures.tiff_pages import TiffPictures
from ortstyle.pictures.tiff_rows import read_rows
from ortstyle.pictures.value_range import below_notice, range_notice


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
    factor = reduction(size, side) if layout.is_deep else 1
    white, notice = _whites(file, layout, label)

    def decoded() -> Iterator[Decoded]:
        for samples in regroup(read_rows(file, layout), strip_rows(size, factor)):
            yield decode_samples(samples, layout, label, white=white, profile=profile)

    found = join(decoded(), size, factor=factor)
    return replace(found, notice="; ".join(filter(None, (found.notice, notice))))


def _whites(file: BinaryIO, layout: TiffLayout, label: str) -> tuple[Whites, str]:
    """Return what stands for white, and a notice of values that are dark, clipped or below 0.

    All values are read where it depends on them.
    """
    if not depends_on_values(layout) and layout.kind != "int":
        return whites(layout), ""
    found = [extremes(samples, layout, label) for samples in read_rows(file, layout)]
    lows, highs, alphas = zip(*found, strict=True)
    lowest, highest = min(lows), max(highs)
    white = whites(layout, (highest, max(alphas)))
    below = below_notice(lowest, white.colors, whole=layout.kind == "int")
    is_told = layout.kind == "float" or (highest < white.colors / 4 and not below)
    said = range_notice(highest, white.colors) if is_told else ""
    return white, "; ".join(filter(None, (said, below)))
