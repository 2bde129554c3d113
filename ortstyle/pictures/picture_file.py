"""Picture files that are open but not yet decoded, whatever decodes them."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO, TypeAlias

import numpy as np
from PIL import Image

from ortstyle.pictures import bmp, xpm
from ortstyle.pictures.decode import Decoded, grey_white
from ortstyle.pictures.file_kinds import TIFF_STARTS
from ortstyle.pictures.frame_decoders import free_decoder_early
from ortstyle.pictures.icons import open_best_icon
from ortstyle.pictures.isobmff import read_crop
from ortstyle.pictures.pillow_faults import find_mend
from ortstyle.pictures.pillow_guard import open_image, silent_libraries
from ortstyle.pictures.png_16_bits import decode_png, png_metadata
from ortstyle.pictures.png_chunks import read_profile, without_odd_chunks
from ortstyle.pictures.png_rows import PngHeader
from ortstyle.pictures.strips import decode_image
from ortstyle.pictures.tiff import decode_tiff, tiff_metadata
from ortstyle.pictures.tiff_pages import read_layout
from ortstyle.pictures.value_range import below_notice, range_notice

Decode: TypeAlias = Callable[[bytes, int | None], Decoded]
"""A function of a colour profile, empty for sRGB, and of the side of `strips.reduction`."""

_LAYERED = {"MPO", "PSD"}  # formats whose further frames are previews or parts of the picture


@dataclass(frozen=True, kw_only=True)
class PictureFile:
    """A picture that is open and not yet decoded.

    Attributes
    ----------
    size
        Width and height, before it is turned upright.
    metadata
        An image that has the metadata of the file; its pixels may be others, or none.
    decode
        Decodes the pixels.
    file
        The file, which holds more metadata than Pillow keeps; None for a Pillow image.
    count_frames
        Counts the pictures in the file.
    directory
        Offset of the picture's directory, if the file is a TIFF.
    is_deep
        Whether it is of more than 8 bits a channel and read by strips, so that it may be reduced.
    is_opaque
        Whether nothing is transparent for sure, if the image of the metadata does not tell.
    buffer_bytes
        Bytes that decoding by strips takes beside a strip.
    """

    size: tuple[int, int]
    metadata: Image.Image
    decode: Decode
    file: BinaryIO | None = None
    count_frames: Callable[[], int] = lambda: 1
    directory: int | None = None
    is_deep: bool = False
    is_opaque: bool = False
    buffer_bytes: int = 0


def wrap_image(image: Image.Image, label: str, *, is_own: bool = False) -> PictureFile:
    """Return the record of a Pillow image; error messages begin with ``label``.

    The pixels of the caller's own image may become those of the picture; others are copied.
    """

    def decode(profile: bytes, side: int | None) -> Decoded:  # noqa: ARG001  8 bits are kept whole
        image.load()
        decoded = decode_image(image, label, profile=profile)
        if decoded.planes[0] is image:
            return replace(decoded, planes=(_bare(image) if is_own else image.copy(),))
        if image.mode not in {"F", "I"}:
            return decoded
        values, white, is_float = np.asarray(image), grey_white(image), image.mode == "F"
        bright = range_notice(float(values.max()), white) if is_float else ""
        below = below_notice(float(values.min()), white, whole=not is_float)
        return replace(decoded, notice="; ".join(filter(None, (decoded.notice, bright, below))))

    return PictureFile(size=image.size, metadata=image, decode=decode)


def open_picture(file: BinaryIO, label: str) -> PictureFile:
    """Open a picture's file without decoding it; error messages begin with ``label``.

    Parameters
    ----------
    file
        The file, which has to stay open until the picture is decoded.
    label
        The role and name of the picture.

    Raises
    ------
    Exception
        Anything that Pillow raises; see `pillow_guard.reading_errors`.
    """
    file, profile = open_best_icon(file)
    header = PngHeader.read(file)
    file.seek(0)
    start = file.read(len(xpm.PREFIX))
    if start[:4] in TIFF_STARTS:
        return _open_tiff(file, label)
    if header:
        profile = read_profile(file)  # of which Pillow takes none above 1 MB
        file = without_odd_chunks(file)
    readable = file
    if start.startswith(bmp.PREFIX):
        profile, readable = bmp.read_profile(file), bmp.with_full_table(file)
    elif start == xpm.PREFIX:
        readable = xpm.with_full_colors(file)
    image = open_image(readable, label=label)
    image.info |= {"icc_profile": profile} if profile else {}
    if header and header.depth == 16:
        metadata = png_metadata(file)
        metadata.info |= {"icc_profile": profile} if profile else {}
        return PictureFile(
            size=image.size,
            metadata=metadata,
            decode=lambda profile, side: decode_png(image, file, profile=profile, side=side),
            file=file,
            count_frames=lambda: _count_frames(file),
            is_deep=header.has_rows or header.has_passes,
            is_opaque=header.color_type in {0, 2} and "transparency" not in image.info,
            buffer_bytes=_png_buffer(header),
        )
    free_decoder_early(image)
    opened = wrap_image(image, label, is_own=True)
    if crop := _crop(image, file):
        opened = _cropped(image, crop, label)
    mend = find_mend(image, file, label)

    def decode_mended(profile: bytes, side: int | None) -> Decoded:
        assert mend is not None  # noqa: S101
        mended, notice = mend(image)
        decoded = wrap_image(mended, label, is_own=True).decode(profile, side)
        return replace(decoded, notice="; ".join(filter(None, (notice, decoded.notice))))

    return PictureFile(
        size=opened.size,
        metadata=image,
        decode=decode_mended if mend else opened.decode,
        file=file,
        count_frames=lambda: _count_frames(file),
    )


def _png_buffer(header: PngHeader) -> int:
    """Return the bytes that all pixels of an interlaced PNG of 16 bits take while it is decoded."""
    if header.has_rows:
        return 0
    return header.width * header.height * (2 * header.channels if header.has_passes else 4)


def _bare(image: Image.Image) -> Image.Image:
    """Return an image without its file and metadata that shares the pixels, which Pillow copies."""
    return image._new(image.im)  # noqa: SLF001  every public method copies


def _crop(image: Image.Image, file: BinaryIO) -> tuple[int, int, int, int] | None:
    """Return the part of an AVIF to be shown, which Pillow leaves to its caller; None for all."""
    if image.format != "AVIF":
        return None
    position = file.tell()
    crop = read_crop(file, image.size)
    file.seek(position)
    return crop


def _cropped(image: Image.Image, crop: tuple[int, int, int, int], label: str) -> PictureFile:
    def decode(profile: bytes, side: int | None) -> Decoded:  # noqa: ARG001  8 bits are kept whole
        return decode_image(image.crop(crop), label, profile=profile)

    size = (crop[2] - crop[0], crop[3] - crop[1])
    return PictureFile(size=size, metadata=image, decode=decode)


def _open_tiff(file: BinaryIO, label: str) -> PictureFile:
    pictures = read_layout(file, label)
    layout = pictures.layout
    if layout is None:
        image = open_image(file, label=label)

        def decode(profile: bytes, side: int | None) -> Decoded:
            with silent_libraries():
                image.load()
            return opened.decode(profile, side)

        opened = wrap_image(image, label, is_own=True)
        return replace(
            opened,
            decode=decode,
            file=file,
            count_frames=lambda: pictures.count,
            directory=pictures.offset,
        )
    return PictureFile(
        size=(layout.width, layout.height),
        metadata=tiff_metadata(file, pictures),
        decode=lambda profile, side: decode_tiff(file, layout, label, profile=profile, side=side),
        file=file,
        count_frames=lambda: pictures.count,
        directory=pictures.offset,
        is_deep=layout.is_deep,
        buffer_bytes=layout.buffer_bytes,
    )


def _count_frames(file: BinaryIO) -> int:
    """Return the number of pictures that a file holds; 1 if it can't be read."""
    with suppress(Exception):
        file.seek(0)
        image = Image.open(file)
        if image.format not in _LAYERED:
            return getattr(image, "n_frames", 1)
    return 1
