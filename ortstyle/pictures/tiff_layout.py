"""How the pixels of a picture in a TIFF are stored."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SampleKind = Literal["uint", "int", "float"]


class Compression(IntEnum):
    """The compressions that are read, as TIFF's tag Compression names them."""

    NONE = 1
    FAX_RLE = 2
    FAX_GROUP_3 = 3
    FAX_GROUP_4 = 4
    LZW = 5
    JPEG = 7
    DEFLATE = 8
    PACKBITS = 32773
    OLD_DEFLATE = 32946
    LZMA = 34925
    ZSTANDARD = 50000

    @property
    def is_fax(self) -> bool:
        """Whether it is one of those of fax, which are for samples of one bit."""
        return self in _FAX


_FAX = {Compression.FAX_RLE, Compression.FAX_GROUP_3, Compression.FAX_GROUP_4}

DECOMPRESSED_AT_ONCE = {Compression.LZW, Compression.PACKBITS, Compression.ZSTANDARD}
"""Compressions of which a strip or tile is decompressed whole, by Pillow's libtiff."""

PREDICTED = {
    Compression.LZW,
    Compression.DEFLATE,
    Compression.OLD_DEFLATE,
    Compression.LZMA,
    Compression.ZSTANDARD,
}
"""Compressions whose data the predictor changes."""


class Photometric(IntEnum):
    """The kinds of colour that are read, as TIFF's tag PhotometricInterpretation names them."""

    WHITE_IS_ZERO = 0
    BLACK_IS_ZERO = 1
    RGB = 2
    PALETTE = 3
    CMYK = 5
    YCBCR = 6
    CIELAB = 8
    ICCLAB = 9


COLORS = {
    Photometric.WHITE_IS_ZERO: 1,
    Photometric.BLACK_IS_ZERO: 1,
    Photometric.RGB: 3,
    Photometric.PALETTE: 1,
    Photometric.CMYK: 4,
    Photometric.YCBCR: 3,
    Photometric.CIELAB: 3,
    Photometric.ICCLAB: 3,
}


@dataclass(frozen=True, kw_only=True)
class TiffLayout:
    """How the pixels of one picture of a TIFF are stored.

    Attributes
    ----------
    width, height
        Size in pixels.
    big_endian
        Whether the most significant byte comes first.
    bits, kind
        Bits of a sample, and how they are a number.
    samples
        Samples of a pixel, colours and others.
    planar
        Whether each sample has segments of its own.
    photometric
        What the colours mean.
    compression, predictor
        How the segments are compressed, and the value of the tag Predictor.
    reversed_bits
        Whether the first bit of each byte is the least significant one.
    extra
        What the samples beside the colours are: 0 unspecified, 1 premultiplied alpha, 2 alpha.
    tiled
        Whether the segments are tiles; otherwise they are strips.
    segment_size
        Width and height of a tile, or of a strip.
    segments
        Offset and length in bytes of each tile or strip.
    color_map
        ``(N, 3)`` uint8; None without a palette.
    jpeg_tables
        The tables that all segments of JPEG share.
    fax_options
        The tags T4Options and T6Options.
    subsampling
        How many pixels share a chroma sample, horizontally and vertically.
    luma
        The weights of red, green and blue in the luma of YCbCr.
    reference
        Black and white of each channel of YCbCr, six numbers; empty for the whole range.
    inverted_ink
        Whether 0 is full ink.
    """

    width: int
    height: int
    big_endian: bool
    bits: int
    kind: SampleKind
    samples: int
    planar: bool
    photometric: Photometric
    compression: Compression
    predictor: int
    reversed_bits: bool
    extra: tuple[int, ...]
    tiled: bool
    segment_size: tuple[int, int]
    segments: tuple[tuple[int, int], ...]
    color_map: NDArray[np.uint8] | None
    jpeg_tables: bytes
    fax_options: tuple[int, int]
    subsampling: tuple[int, int]
    luma: tuple[float, float, float]
    reference: tuple[float, ...]
    inverted_ink: bool

    @property
    def colors(self) -> int:
        """The number of samples of a pixel that are colours."""
        return COLORS[self.photometric]

    @property
    def alpha(self) -> tuple[int, bool] | None:
        """The index of the sample that is alpha, and whether colours are premultiplied by it.

        Four samples of RGB without the tag that says what the fourth is mean alpha; a fifth beside
        CMYK is more often another ink.
        """
        untold = 0 if self.photometric == Photometric.CMYK else 2
        extra = self.extra or (untold,) * (self.samples - self.colors)
        found = [(index, kind == 1) for index, kind in enumerate(extra) if kind in {1, 2, 999}]
        return (self.colors + found[0][0], found[0][1]) if found else None

    @property
    def is_deep(self) -> bool:
        """Whether samples are of more than 8 bits, or signed."""
        return self.bits > 8 or self.kind != "uint"

    @property
    def buffer_bytes(self) -> int:
        """Bytes, or more, that a strip or tile takes which is decompressed whole; 0 if none is."""
        if self.compression == Compression.JPEG:
            copies = 3  # Pillow's image, its pixels as an array, and the file
        elif self.compression in DECOMPRESSED_AT_ONCE or self.compression.is_fax:
            copies = 2
        else:
            return 0
        width, height = self.segment_size
        samples = width * min(height, self.height) * (1 if self.planar else self.samples)
        return copies * samples * max(8, self.bits) // 8

    @property
    def grid(self) -> tuple[int, int]:
        """How many strips or tiles lie side by side, and one below the other, in each plane."""
        width, height = self.segment_size
        return -(-self.width // width), -(-self.height // height)

    def rows_of(self, index: int) -> int:
        """Return the rows of a strip or tile; the last strip of a plane may have fewer."""
        height = self.segment_size[1]
        if self.tiled:
            return height
        down = self.grid[1]
        return min(height, self.height - index % down * height)
