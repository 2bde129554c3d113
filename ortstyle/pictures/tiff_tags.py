"""The tags of a picture in a TIFF: how it is stored, and what is refused.

References
----------
TIFF 6.0 (1992), its supplements 1 and 2, and Adobe's Photoshop TIFF technical notes (2002).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ortstyle.errors import PictureError
from ortstyle.pictures.tiff_layout import (
    COLORS,
    DECOMPRESSED_AT_ONCE,
    PREDICTED,
    Compression,
    Photometric,
    SampleKind,
    TiffLayout,
)
from ortstyle.pictures.tiff_values import TiffTag, tag_bytes, tag_fractions, tag_number, tag_values

if TYPE_CHECKING:
    from tifffile import TiffPage

_KINDS: dict[int, SampleKind] = {1: "uint", 2: "int", 3: "float", 4: "uint"}
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
_RGB = "16-bit RGB"  # what pictures that are refused had better become
_OLD_JPEG = 6  # a compression that Pillow reads
_MOST_AT_ONCE = 1 << 29  # bytes
_MOST_FOR_TILES = 1 << 27  # bytes of a row of tiles
_MOST_AROUND = 4  # times the picture that a row of tiles may take beyond that


def layout_of(
    page: "TiffPage", label: str, *, big_endian: bool, file_size: int
) -> TiffLayout | None:
    """Return how a picture is stored; None for a compression that is left to Pillow.

    Raises
    ------
    PictureError
        Its pixels are stored in a way that is not supported.
    """

    def refuse(what: str, into: str = _RGB) -> PictureError:
        return PictureError(
            f"{label} is a TIFF of {what}, which is not supported; convert it to {into}"
        )

    compression = _compression(page, refuse)
    if compression is None:
        return None
    samples = tag_number(page, TiffTag.SAMPLES_PER_PIXEL, 1)
    photometric = _photometric(page, refuse, samples, compression)
    depth, kind = _depth(page, refuse, samples)
    _check_depth(refuse, photometric, bits=depth, kind=kind, compression=compression)
    if not COLORS[photometric] <= samples <= _MOST_SAMPLES:
        raise refuse(f"{photometric.name} with {samples} samples a pixel")
    if photometric == Photometric.CMYK and tag_number(page, TiffTag.INK_SET, 1) != 1:
        raise refuse("inks other than CMYK")
    predictor = tag_number(page, TiffTag.PREDICTOR, 1) if compression in PREDICTED else 1
    if not _can_undo(predictor, bits=depth, kind=kind):
        raise refuse(f"predictor {predictor} of {depth}-bit {kind} samples")
    planar = tag_number(page, TiffTag.PLANAR_CONFIGURATION, 1) == 2 and samples > 1
    subsampling = (1, 1)
    if photometric == Photometric.YCBCR and compression != Compression.JPEG:
        usual = (depth, samples, planar, predictor) == (8, 3, False, 1)
        subsampling = _subsampling(page, refuse, usual=usual)
    width, height = _size(page)
    segment_size = _segment_size(page, width, height)
    _check_memory(
        refuse,
        (width, height),
        segment_size,
        bits=depth,
        samples=1 if planar else samples,
        compression=compression,
    )
    dots = tag_values(page, TiffTag.DOT_RANGE, ())
    return TiffLayout(
        width=width,
        height=height,
        big_endian=big_endian,
        bits=depth,
        kind=kind,
        samples=samples,
        planar=planar,
        photometric=photometric,
        compression=compression,
        predictor=predictor,
        reversed_bits=tag_number(page, TiffTag.FILL_ORDER, 1) == 2,
        extra=tuple(int(value) for value in tag_values(page, TiffTag.EXTRA_SAMPLES, ())),
        tiled=TiffTag.TILE_WIDTH in page.tags,
        segment_size=segment_size,
        segments=_segments(page, file_size),
        color_map=_color_map(page, refuse, 1 << depth)
        if photometric == Photometric.PALETTE
        else None,
        jpeg_tables=tag_bytes(page, TiffTag.JPEG_TABLES),
        fax_options=(
            tag_number(page, TiffTag.T4_OPTIONS, 0),
            tag_number(page, TiffTag.T6_OPTIONS, 0),
        ),
        subsampling=subsampling,
        luma=_luma(page),
        reference=tag_fractions(tag_values(page, TiffTag.REFERENCE_BLACK_WHITE, ())),
        inverted_ink=len(dots) > 1 and dots[0] > dots[1],
    )


def _compression(page: "TiffPage", refuse: Callable[[str], PictureError]) -> Compression | None:
    """Return how the segments are compressed; None for a compression that is left to Pillow."""
    code = tag_number(page, TiffTag.COMPRESSION, 1)
    if code == _OLD_JPEG:
        return None
    if code not in set(Compression):
        raise refuse(_COMPRESSION_NAMES.get(code, f"compression {code}"))
    return Compression(code)


def _photometric(
    page: "TiffPage", refuse: Callable[[str], PictureError], samples: int, compression: Compression
) -> Photometric:
    """Return what the colours mean, or most likely mean in a picture that does not say it."""
    if samples >= 4 and TiffTag.INK_SET in page.tags:
        usual = Photometric.CMYK
    elif samples >= 3:
        usual = Photometric.RGB
    else:
        is_fax = compression.is_fax
        usual = Photometric.WHITE_IS_ZERO if is_fax else Photometric.BLACK_IS_ZERO
    code = tag_number(page, TiffTag.PHOTOMETRIC, usual)
    if code not in set(Photometric):
        raise refuse(_NAMES.get(code, f"photometric interpretation {code}"))
    return Photometric(code)


def _depth(
    page: "TiffPage", refuse: Callable[[str], PictureError], samples: int
) -> tuple[int, SampleKind]:
    """Return the bits of all samples, and how they are a number."""
    bits = {int(value) for value in tag_values(page, TiffTag.BITS_PER_SAMPLE, (1,))[:samples]}
    formats = {int(value) for value in tag_values(page, TiffTag.SAMPLE_FORMAT, (1,))[:samples]}
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
    compression: Compression,
) -> None:
    """Raise an error for samples that are no numbers of a known kind, or unfit for the colours."""
    depths = {"uint": range(1, 33), "int": (8, 16, 32), "float": (16, 24, 32, 64)}
    if bits not in depths[kind]:
        raise refuse(f"{bits}-bit {kind} samples")
    whole = {Photometric.PALETTE: range(1, 17), Photometric.CIELAB: (8, 16)}
    whole[Photometric.ICCLAB] = whole[Photometric.CIELAB]
    if photometric in whole and (kind != "uint" or bits not in whole[photometric]):
        raise refuse(f"{photometric.name} of {bits}-bit {kind} samples")
    if compression.is_fax and bits != 1:
        raise refuse(f"{bits}-bit samples in fax compression")
    if compression == Compression.JPEG and bits != 8:
        raise refuse(f"{bits}-bit samples in JPEG")


def _color_map(
    page: "TiffPage", refuse: Callable[[str], PictureError], count: int
) -> NDArray[np.uint8]:
    """Return ``(count, 3)`` levels of 8 bits; some programs write 8 bits where 16 are due."""
    values = tag_values(page, TiffTag.COLOR_MAP, ())
    if len(values) < 3 * count:
        raise refuse("a palette that is missing")
    levels = np.array(values[: 3 * count], np.int64).reshape(3, count).T
    return (levels >> (8 if levels.max() > 255 else 0)).astype(np.uint8)


def _can_undo(predictor: int, *, bits: int, kind: SampleKind) -> bool:
    """Tell whether a predictor can be undone for samples of a kind."""
    return (
        predictor == 1
        or (predictor == 2 and bits in {8, 16, 32, 64})
        or (predictor == 3 and kind == "float")
    )


def _subsampling(
    page: "TiffPage", refuse: Callable[[str], PictureError], *, usual: bool
) -> tuple[int, int]:
    """Return how many pixels share chroma; ``usual`` tells that they are stored in units."""
    found = tag_values(page, TiffTag.YCBCR_SUBSAMPLING, (2, 2))
    if len(found) != 2 or not {*found} <= {1, 2, 4}:
        raise refuse(f"chroma subsampling {'×'.join(map(str, found[:3]))}")
    across, down = (int(value) for value in found)
    if (across, down) != (1, 1) and not usual:
        raise refuse("subsampled chroma in another form than three samples of 8 bits together")
    return across, down


def _size(page: "TiffPage") -> tuple[int, int]:
    """Return the width and height of a picture."""
    found = [tag_number(page, tag, -1) for tag in (TiffTag.IMAGE_WIDTH, TiffTag.IMAGE_LENGTH)]
    if min(found) < 0:
        raise OSError("the tags of its size are missing")
    return found[0], found[1]


def _segment_size(page: "TiffPage", width: int, height: int) -> tuple[int, int]:
    """Return the width and height of a tile, or of a strip."""
    if TiffTag.TILE_WIDTH not in page.tags:
        return width, min(tag_number(page, TiffTag.ROWS_PER_STRIP, height) or height, height)
    size = tag_number(page, TiffTag.TILE_WIDTH, 0), tag_number(page, TiffTag.TILE_LENGTH, 0)
    if min(size) <= 0:
        raise OSError("its tiles have no size")
    return size


def _check_memory(
    refuse: Callable[[str, str], PictureError],
    size: tuple[int, int],
    segment_size: tuple[int, int],
    *,
    bits: int,
    samples: int,
    compression: Compression,
) -> None:
    """Refuse strips and tiles that take much memory, and tiles that exceed the picture by far.

    Parameters
    ----------
    refuse
        Makes the error, of what is refused and of what to convert it to.
    size, segment_size
        Width and height, in pixels, of the picture and of a strip or tile.
    bits, samples
        Bits of a sample, and samples of a pixel in a strip or tile.
    compression
        How strips and tiles are compressed.
    """
    (width, height), (across, down) = size, segment_size
    held = -(-width // max(1, across)) * across * down * samples * max(8, bits) // 8
    picture = (width + 15) * (height + 15) * samples * max(8, bits) // 8
    if held > max(_MOST_AROUND * picture, _MOST_FOR_TILES):
        raise refuse(f"tiles of {across}×{down} pixels, far more than the picture has", _RGB)
    if compression in DECOMPRESSED_AT_ONCE and across * down * samples * bits > 8 * _MOST_AT_ONCE:
        raise refuse(f"strips or tiles of more than {_MOST_AT_ONCE >> 20} MiB", "smaller ones")


def _segments(page: "TiffPage", file_size: int) -> tuple[tuple[int, int], ...]:
    """Return the offset and length of each tile or strip; a single one may have no length."""
    tiles = tag_values(page, TiffTag.TILE_OFFSETS, ())
    offsets = tiles or tag_values(page, TiffTag.STRIP_OFFSETS, ())
    tiles = tag_values(page, TiffTag.TILE_BYTE_COUNTS, ())
    counts = tiles or tag_values(page, TiffTag.STRIP_BYTE_COUNTS, ())
    if len(offsets) == 1 and counts in {(), (0,)} and offsets[0]:
        counts = (file_size - offsets[0],)
    places = zip(offsets, counts, strict=False)
    return tuple(
        (_within(offset, file_size), _within(count, file_size)) for offset, count in places
    )


def _within(number: float, most: int) -> int:
    return int(min(max(0, number), most))


def _luma(page: "TiffPage") -> tuple[float, float, float]:
    found = tag_fractions(tag_values(page, TiffTag.YCBCR_COEFFICIENTS, ()))
    if len(found) == 3 and min(found) > 0:
        return found[0], found[1], found[2]
    return 0.299, 0.587, 0.114
