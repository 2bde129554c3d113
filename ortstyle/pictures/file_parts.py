"""Parts of open files, one after the other, as one file that is read like any other."""

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Part = tuple[BinaryIO, int, int]
"""A file, and where a part of it begins and ends."""


def join_parts(parts: Sequence[Part]) -> BinaryIO:
    """Return a file that reads as these parts do, which are read when they are asked for."""
    return io.BufferedReader(_Parts([part for part in parts if part[1] < part[2]]))


class _Parts(io.RawIOBase):
    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts, self._place = parts, 0
        self._starts = list(accumulate((end - start for _, start, end in parts), initial=0))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._starts[-1]}[whence]
        self._place = max(0, origin + offset)
        return self._place

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if self._place >= self._starts[-1]:
            return 0
        number = bisect_right(self._starts, self._place) - 1
        file, start, end = self._parts[number]
        place = start + self._place - self._starts[number]
        file.seek(place)
        view = memoryview(buffer).cast("B")
        data = file.read(min(len(view), end - place))
        view[: len(data)] = data
        self._place += len(data)
        return len(data)
