"""Copies a PNG with other metadata: its pixels and colours stay, bit for bit."""

import struct
from typing import BinaryIO

from ortstyle.errors import PictureError
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.formats import FORMATS
from ortstyle.pictures.metadata import Carried
from ortstyle.pictures.png_chunks import SIGNATURE, chunk, chunks, read_profile
from ortstyle.pictures.png_rows import PngHeader
from ortstyle.pictures.png_write import metadata_chunks
from ortstyle.pictures.write import choose_metadata, fit_metadata

_COLORS = {b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"sBIT", b"tRNS"}
_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND"} | _COLORS
_PIECE = 1 << 20  # bytes that are copied at once


def copy_png(
    source: BinaryIO,
    target: BinaryIO,
    *,
    carried: Carried,
    text: str | None,
    encoding: Encoding,
) -> None:
    """Copy a PNG with other metadata than its own.

    Parameters
    ----------
    source
        The file of the PNG.
    target
        Open for writing.
    carried, text, encoding
        What the copy holds beside pixels and colours, as in `write.save_picture`.

    Raises
    ------
    PictureError
        The file is no PNG, or is cut short.
    """
    header = PngHeader.read(source)
    if header is None:
        raise PictureError("picture is no PNG")
    size = (header.width, header.height)
    carried, text = choose_metadata(encoding, carried, text)
    icc = read_profile(source) or None
    metadata = fit_metadata(carried, FORMATS["PNG"], icc=icc, text=text, size=size)
    target.write(SIGNATURE)
    for kind, length in chunks(source):
        if kind in _KEPT:
            target.write(struct.pack(">I4s", length, kind))
            _copy(source, target, length + 4)  # with the checksum
        if kind == b"IHDR":
            target.writelines(chunk(kind, data) for kind, data in metadata_chunks(metadata))
    if kind != b"IEND":
        raise _cut_short()


def _copy(source: BinaryIO, target: BinaryIO, count: int) -> None:
    while count:
        piece = source.read(min(count, _PIECE))
        if not piece:
            raise _cut_short()
        target.write(piece)
        count -= len(piece)


def _cut_short() -> PictureError:
    return PictureError("picture is cut short; get a fresh copy")
