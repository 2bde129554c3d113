"""The tags of a TIFF: which picture is read, how it is stored, and what is refused.

References
----------
TIFF 6.0 (1992), its supplements 1 and 2, and Adobe's Photoshop TIFF technical notes (2002).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from logging import NullHandler
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ortstyle.errors import PictureError
from ortstyle.pictures.tiff_layout import COLORS, Photometric, SampleKind, TiffLayout
from ortstyle.pictures.tiff_values import tag_fractions, tag_number, tag_value, tag_values

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

_RAW_COMPRESSIONS = {32767, 32769, 32770, 34713, 65000, 65535}  # of Sony, Nikon, Pentax and others
_KINDS: dict[int, SampleKind] = {1: "uint", 2: "int", 3: "float", 4: "uint"}
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_MOST_PAGES = 64  # pages whose tags are read
_MOST_SAMPLES = 16
_NAMES = {10: "ITULab", 32844: "LogL", 32845: "LogLuv"}
_COMPRESSION_NAMES = {
    32766: "NeXT's compression",
    32809: "ThunderScan",
    34676: "LogLuv",
    34677: "LogLuv",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34712: "JPEG 2000",
    34887: "LERC",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
_READ = {1, 2, 3, 4, 5, 7, 8, 32773, 32946, 34925, 50000}
_LEFT_TO_PILLOW = {6}


@dataclass(frozen=True)
class TiffPictures:
    """The first full picture of a TIFF, how many there are, and its metadata.

    Attributes
    ----------
    layout
        How the first full picture is stored; None for a compression that is left to Pillow.
    count
        Number of full pictures; reduced ones and masks are not counted.
    offset
        Offset of the picture's directory in the file.
    index
        Index of the picture's directory in the file's chain; None if it is not in the chain.
    profile
        The colour profile; empty for none.
    orientation
        EXIF's orientation.
    byte_order, big
        "<" or ">", and whether offsets have 8 bytes (BigTIFF).
    """

    layout: TiffLayout | None
    count: int
    offset: int
    index: int | None
    profile: bytes
    orientation: int
    byte_order: str
    big: bool


def read_layout(file: BinaryIO, label: str) -> TiffPictures:
    """Read the directories of a TIFF; error messages begin with ``label``.

    Raises
    ------
    PictureError
        It is a camera's raw file, or stores its pixels in a way that is not supported.
    Exception
        Anything that tifffile raises on damage.
    """
    with _opened(file) as tiff:
        total = len(tiff.pages)
        pages = [_whole(page) for page in islice(tiff.pages, _MOST_PAGES)]
        family: list[tuple[int | None, TiffPage]] = list(enumerate(pages))
        inner: list[tuple[int | None, TiffPage]] = [
            (None, _whole(sub)) for page in pages[:4] for sub in islice(page.pages or (), 8)
        ]
        _refuse_raw(file, [page for _, page in (*family, *inner)], label)
        other = {index for index, page in family if _subfile(page) & (_REDUCED | _MASK)}
        full = [item for item in family if item[0] not in other]
        full = full or [item for item in inner if not _subfile(item[1]) & (_REDUCED | _MASK)]
        if not pages:
            raise OSError("it has no directory")
        index, page = (full or family)[0]
        return TiffPictures(
            layout=None
            if _left_to_pillow(page)
            else _layout(page, label, big_endian=tiff.byteorder == ">"),
            count=max(1, total - len(other)),
            offset=page.offset,
            index=index,
            profile=bytes(tag_value(page, 34675, b"")),
            orientation=tag_number(page, 274, 1),
            byte_order=tiff.byteorder,
            big=tiff.is_bigtiff,
        )


@contextmanager
def _opened(file: BinaryIO) -> "Iterator[TiffFile]":
    """Open a file with tifffile, which does not close it, and whose log is not printed."""
    import tifffile  # noqa: PLC0415  few pictures are TIFF

    log, silence = tifffile.logger(), NullHandler()
    log.addHandler(silence)
    file.seek(0)
    try:
        with tifffile.TiffFile(file, name="", offset=0) as tiff:
            tiff.pages.useframes = False
            yield tiff
    finally:
        log.removeHandler(silence)


def _whole(page: Any) -> "TiffPage":
    """Return a page with all its tags."""
    whole: TiffPage = page.aspage()
    return whole


def _subfile(page: "TiffPage") -> int:
    old = {2: _REDUCED}.get(tag_number(page, 255, 0), 0)
    return tag_number(page, 254, old)


def _refuse_raw(file: BinaryIO, pages: "list[TiffPage]", label: str) -> None:
    """Refuse a camera's raw file, whose first pictures are previews."""
    file.seek(8)
    raw = file.read(2) == b"CR" or any(
        50706 in page.tags
        or tag_number(page, 262, 1) in {32803, 34892}
        or tag_number(page, 259, 1) in _RAW_COMPRESSIONS
        for page in pages
    )
    if raw:
        raise PictureError(
            f"{label} is a camera's raw file, which is not supported; develop it into a TIFF, PNG "
            "or JPEG"
        )


def _usual_photometric(page: "TiffPage", samples: int, compression: int) -> Photometric:
    """Return what the colours most likely mean in a picture that does not say it."""
    if samples >= 4 and 332 in page.tags:  # the kind of inks
        return Photometric.CMYK
    if samples >= 3:
        return Photometric.RGB
    is_fax = compression in {2, 3, 4}
    return Photometric.WHITE_IS_ZERO if is_fax else Photometric.BLACK_IS_ZERO


def _layout(page: "TiffPage", label: str, *, big_endian: bool) -> TiffLayout:
    """Read the tags of a picture.

    Raises
    ------
    PictureError
        Its pixels are stored in a way that is not supported.
    """

    def refuse(what: str, into: str = "16-bit RGB") -> PictureError:
        return PictureError(
            f"{label} is a TIFF of {what}, which is not supported; convert it to {into}"
        )

    samples, compression = tag_number(page, 277, 1), tag_number(page, 259, 1)
    number = tag_number(page, 262, _usual_photometric(page, samples, compression))
    if compression not in _READ:
        raise refuse(_COMPRESSION_NAMES.get(compression, f"compression {compression}"))
    if number not in set(Photometric):
        raise refuse(_NAMES.get(number, f"photometric interpretation {number}"))
    photometric = Photometric(number)
    depth, kind = _depth(page, refuse, samples)
    _check_depth(refuse, photometric, bits=depth, kind=kind, compression=compression)
    if not COLORS[photometric] <= samples <= _MOST_SAMPLES:
        raise refuse(f"{photometric.name} with {samples} samples a pixel")
    if photometric == Photometric.CMYK and tag_number(page, 332, 1) != 1:
        raise refuse("inks other than CMYK")
    predictor = tag_number(page, 317, 1)
    if predictor not in {1, 2, 3} or (predictor == 2 and depth not in {8, 16, 32, 64}):
        raise refuse(f"predictor {predictor} of {depth} bits")
    tiled = 322 in page.tags
    height = tag_number(page, 257, 0)
    rows = min(tag_number(page, 278, height) or height, height)
    color_map, dots = None, tag_values(page, 336, ())
    if photometric == Photometric.PALETTE:
        color_map = _color_map(tag_values(page, 320, ()), 1 << depth)
        if color_map is None:
            raise refuse("a palette that is missing")
    return TiffLayout(
        width=tag_number(page, 256, 0),
        height=height,
        big_endian=big_endian,
        bits=depth,
        kind=kind,
        samples=samples,
        planar=tag_number(page, 284, 1) == 2 and samples > 1,
        photometric=photometric,
        compression=compression,
        predictor=predictor if compression not in {2, 3, 4, 7} else 1,
        reversed_bits=tag_number(page, 266, 1) == 2,
        extra=tuple(int(value) for value in tag_values(page, 338, ())),
        tiled=tiled,
        segment_size=(
            (tag_number(page, 322, 0), tag_number(page, 323, 0))
            if tiled
            else (tag_number(page, 256, 0), rows)
        ),
        segments=tuple(zip(page.dataoffsets, page.databytecounts, strict=False)),
        color_map=color_map,
        jpeg_tables=bytes(tag_value(page, 347, b"")),
        fax_options=(tag_number(page, 292, 0), tag_number(page, 293, 0)),
        subsampling=_subsampling(page) if photometric == Photometric.YCBCR else (1, 1),
        luma=_luma(page),
        reference=tag_fractions(tag_values(page, 532, ())),
        inverted_ink=len(dots) > 1 and dots[0] > dots[1],
    )


def _left_to_pillow(page: "TiffPage") -> bool:
    """Tell whether Pillow decodes a picture whole; its compression holds 8 bits a sample."""
    return tag_number(page, 259, 1) in _LEFT_TO_PILLOW


def _depth(
    page: "TiffPage", refuse: Callable[[str], PictureError], samples: int
) -> tuple[int, SampleKind]:
    """Return the bits of all samples, and how they are a number."""
    bits = {int(value) for value in tag_values(page, 258, (1,))[:samples]}
    formats = {int(value) for value in tag_values(page, 339, (1,))[:samples]}
    if len(bits) != 1 or len(formats) != 1:
        raise refuse("samples of different depths")
    (depth,), (number,) = bits, formats
    if number not in _KINDS:
        raise refuse("complex numbers")
    return depth, _KINDS[number]


def _check_depth(
    refuse: Callable[[str], PictureError],
    photometric: Photometric,
    *,
    bits: int,
    kind: SampleKind,
    compression: int,
) -> None:
    """Raise an error for samples that are no numbers of a known kind, or unfit for the colours."""
    depths = {"uint": range(1, 33), "int": (8, 16, 32), "float": (16, 24, 32, 64)}
    if bits not in depths[kind]:
        raise refuse(f"{bits}-bit {kind} samples")
    whole = {Photometric.PALETTE: range(1, 17), Photometric.CIELAB: (8, 16)}
    whole[Photometric.ICCLAB] = whole[Photometric.CIELAB]
    if photometric in whole and (kind != "uint" or bits not in whole[photometric]):
        raise refuse(f"{photometric.name} of {bits}-bit {kind} samples")
    if (compression in {2, 3, 4} and bits != 1) or (compression == 7 and bits != 8):
        raise refuse(f"{bits}-bit samples in {'JPEG' if compression == 7 else 'fax compression'}")


def _color_map(values: tuple[int, ...], count: int) -> NDArray[np.uint8] | None:
    """Return ``(count, 3)`` levels of 8 bits; some programs write 8 bits where 16 are due."""
    if len(values) < 3 * count:
        return None
    levels = np.array(values[: 3 * count], np.int64).reshape(3, count).T
    return (levels >> (8 if levels.max() > 255 else 0)).astype(np.uint8)


def _subsampling(page: "TiffPage") -> tuple[int, int]:
    across, down = (int(value) for value in tag_values(page, 530, (2, 2))[:2])
    return across, down


def _luma(page: "TiffPage") -> tuple[float, float, float]:
    found = tag_fractions(tag_values(page, 529, ()))
    if len(found) == 3 and min(found) > 0:
        return found[0], found[1], found[2]
    return 0.299, 0.587, 0.114
