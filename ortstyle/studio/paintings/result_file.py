"""What the file of a result says of itself, without decoding its pixels."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BEGIN = b"ortstyle" + bytes(5)  # of the chunk iTXt that holds what `provenance` returns
_MOST_TEXT = 1 << 20  # bytes
_MOST_CHUNKS = 64  # before the pixels


class ResultFile(NamedTuple):
    """The size of a result in pixels, its file's bytes, and its provenance, which may be empty."""

    width: int
    height: int
    bytes: int
    provenance: dict[str, Any]


def read_result(path: Path) -> ResultFile | None:
    """Return what a result says of itself; None if there is no file, or it is no PNG."""
    try:
        with path.open("rb") as file:
            if file.read(len(_SIGNATURE)) != _SIGNATURE:
                return None
            size, provenance = (0, 0), dict[str, Any]()
            for kind, length in _chunks(file):
                if kind == b"IHDR":
                    size = struct.unpack(">II", file.read(8))
                elif kind == b"iTXt" and length <= _MOST_TEXT:
                    provenance = _parsed(file.read(length)) or provenance
            return ResultFile(*size, path.stat().st_size, provenance)
    except (OSError, struct.error):
        return None


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield kind and length of each chunk before the pixels, with the file at its data."""
    place = len(_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        file.seek(place)
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind in (b"IDAT", b"IEND"):
            return
        yield kind, length
        place += length + 12


def _parsed(data: bytes) -> dict[str, Any]:
    if not data.startswith(_BEGIN):
        return {}
    try:
        found = json.loads(data[len(_BEGIN) :])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
