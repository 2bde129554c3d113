"""Chunks of a PNG: found, made, and left out where they would cost the picture.

Pillow refuses a whole picture for one ancillary chunk whose checksum or length is wrong, or whose
text is long. Such a chunk is left out of what Pillow reads, so that it costs nothing but itself.

References
----------
W3C, Portable Network Graphics (PNG) Specification (Third Edition), sections 5 and 11.
"""

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from PIL import Image

from ortstyle.pictures.file_parts import join_parts

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_ANCILLARY = 0x20  # the bit of a kind's first letter that says so
_OF_PIXELS = {b"tRNS", b"acTL", b"fcTL", b"fdAT"}  # ancillary, but the picture depends on them
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
_MOST_BYTES, _MOST_CHUNKS = 1 << 26, 4096  # of metadata that is read
_LARGEST_PROFILE = 1 << 24  # bytes
_DAMAGED = b"a profile that can't be decompressed"
_ONE_PIXEL = zlib.compress(bytes(2))


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield the kind and length of each chunk of a PNG, with the file at the chunk's data."""
    place = len(SIGNATURE)
    while True:
        file.seek(place)
        start = file.read(8)
        if len(start) < 8:
            return
        length, kind = struct.unpack(">I4s", start)
        yield kind, length
        if kind == b"IEND":
            return
        place += length + 12


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG with its length and checksum."""
    checksum = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def open_one_pixel(parts: Sequence[bytes]) -> Image.Image:
    """Return a PNG of one pixel that has some whole chunks, decoded by Pillow.

    Raises
    ------
    Exception
        Anything that Pillow raises.
    """
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    end = (chunk(b"IDAT", _ONE_PIXEL), chunk(b"IEND", b""))
    image = Image.open(io.BytesIO(b"".join([SIGNATURE, header, *parts, *end])), formats=["PNG"])
    image.load()
    return image


def without_odd_chunks(file: BinaryIO) -> BinaryIO:
    """Return the file of a PNG, or one without the chunks for which Pillow would refuse it.

    Parameters
    ----------
    file
        The file, which has to stay open while the result is read.

    Returns
    -------
    BinaryIO
        The file itself if nothing is odd.
    """
    found = list(_metadata_chunks(file))
    if all(part.data for part in found) and _are_sound(found):
        return file
    sound = [part for part in islice(found, _MOST_CHUNKS) if part.data and _are_sound([part])]
    if not _are_sound(sound):  # together their text is too long
        sound = [part for part in sound if part.data[4:8] not in _TEXTS]
    kept = {part.start for part in sound}
    cuts = [(part.start, part.end) for part in found if part.start not in kept]
    ends = [start for start, _ in cuts]
    spans = zip([0, *(end for _, end in cuts)], [*ends, file.seek(0, io.SEEK_END)], strict=True)
    return join_parts([(file, start, end) for start, end in spans])


def read_profile(file: BinaryIO) -> bytes:
    """Return the colour profile of a PNG, of any size up to 16 MB; empty if there is none.

    For one that can't be decompressed it is something that is no profile.
    """
    for kind, length in islice(chunks(file), _MOST_CHUNKS):
        if kind == b"IDAT":
            break
        if kind == b"iCCP":
            _, _, rest = file.read(min(length, _LARGEST_PROFILE)).partition(b"\0")
            with suppress(zlib.error):
                stream = zlib.decompressobj()
                profile = stream.decompress(rest[1:], _LARGEST_PROFILE)
                return _DAMAGED if stream.unconsumed_tail else profile
            return _DAMAGED
    return b""


@dataclass(frozen=True)
class _Chunk:
    """A chunk of metadata: where it lies, and its bytes unless they are too many."""

    start: int
    end: int
    data: bytes


def _metadata_chunks(file: BinaryIO) -> Iterator[_Chunk]:
    """Yield the chunks without which the picture is the same, as they lie in the file."""
    left = _MOST_BYTES
    for kind, length in chunks(file):
        if not kind[0] & _ANCILLARY or kind in _OF_PIXELS:
            continue
        start, data = file.tell() - 8, b""
        if length <= left:
            file.seek(start)
            data = file.read(length + 12)
            left -= length
        yield _Chunk(start, start + length + 12, data)


def _are_sound(parts: Sequence[_Chunk]) -> bool:
    """Return whether Pillow reads a PNG with these chunks."""
    with suppress(Exception):  # Pillow raises errors of many kinds
        open_one_pixel([part.data for part in parts]).close()
        return True
    return False
