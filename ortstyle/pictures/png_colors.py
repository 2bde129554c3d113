"""The colour space that the chunks of a PNG file declare.

References
----------
W3C, Portable Network Graphics (PNG) Specification (Third Edition), sections 11.3.2 and 13.13.
"""

import struct
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Self

from ortstyle.pictures.png_chunks import SIGNATURE, chunks

_GREY_TYPES = (0, 4)
_MAX_CHUNKS = 4096  # before the pixels
_LENGTHS = {b"IHDR": 13, b"cICP": 4, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1}


@dataclass(frozen=True, kw_only=True)
class PngColors:
    """What a PNG says of its colours, beside a profile.

    Attributes
    ----------
    depth
        Bits a channel.
    grey
        Whether the pixels are grey, with or without alpha.
    cicp
        Primaries, transfer function, matrix and range by ITU-T H.273; None for none.
    srgb
        Whether there is an sRGB chunk.
    gamma
        The exponent by which light was encoded, such as 0.45455; None for none.
    chromaticities
        x and y of white, red, green and blue; None for none.
    """

    depth: int = 8
    grey: bool = False
    cicp: tuple[int, int, int, int] | None = None
    srgb: bool = False
    gamma: float | None = None
    chromaticities: tuple[float, ...] | None = None

    @classmethod
    def read(cls, file: BinaryIO) -> Self | None:
        """Read the chunks before the pixels; None if the file is no PNG."""
        file.seek(0)
        if file.read(len(SIGNATURE)) != SIGNATURE:
            return None
        found: dict[bytes, bytes] = {}
        for name, length in islice(chunks(file), _MAX_CHUNKS):
            if name == b"IDAT":
                break
            if _LENGTHS.get(name) == length and name not in found:
                found[name] = file.read(length)
        complete = {name: data for name, data in found.items() if len(data) == _LENGTHS[name]}
        return cls._of_chunks(complete)

    @classmethod
    def _of_chunks(cls, chunks: dict[bytes, bytes]) -> Self:
        header, cicp = chunks.get(b"IHDR"), chunks.get(b"cICP")
        gamma, chromaticities = chunks.get(b"gAMA"), chunks.get(b"cHRM")
        return cls(
            depth=header[8] if header else 8,
            grey=header is not None and header[9] in _GREY_TYPES,
            cicp=(cicp[0], cicp[1], cicp[2], cicp[3]) if cicp else None,
            srgb=b"sRGB" in chunks,
            gamma=struct.unpack(">I", gamma)[0] / 100_000 if gamma else None,
            chromaticities=tuple(v / 100_000 for v in struct.unpack(">8I", chromaticities))
            if chromaticities
            else None,
        )
